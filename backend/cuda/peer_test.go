//go:build linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// openPair opens both GPUs of a machine, as backend.Open does. At the end nothing may be
// left on them.
func openPair(t *testing.T, m *fakecuda.Machine) (a, b backend.Device) {
	t.Helper()
	m.Devices = 2
	p := onMachine(m)
	infos, skipped := p.List()
	if len(infos) != 2 {
		t.Fatal(infos, skipped)
	}
	var devs [2]backend.Device
	for i := range devs {
		dev, err := p.Open(infos[i])
		if err != nil {
			t.Fatal(err)
		}
		devs[i] = backend.Pool(dev)
	}
	t.Cleanup(func() {
		for _, d := range devs {
			if s, _ := backend.As[backend.MemoryStats](d); s.Stats().Buffers != 0 {
				t.Errorf("%d buffers are left on %s", s.Stats().Buffers, d.Info().Name)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
		if m.Pinned() != 0 || m.Used() != 0 {
			t.Errorf("%d events and pieces of pinned memory, %d bytes are left", m.Pinned(), m.Used())
		}
	})
	return devs[0], devs[1]
}

func counted(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i)
	}
	return x
}

// TestPeerCopy moves tensors to and fro by every way there is: what arrives is the same,
// and so is what is computed of it at once, before anything waits.
func TestPeerCopy(t *testing.T) {
	const n = 2*slotBytes/4 + 5 // uploaded in three pieces, of which the last are under way still
	for _, c := range []struct {
		name          string
		m             *fakecuda.Machine
		peers, direct int
	}{
		{"access", &fakecuda.Machine{}, 3, 3},
		{"no access", &fakecuda.Machine{Apart: true}, 3, 0},
		{"access refused", &fakecuda.Machine{Fail: map[string]uint32{"cuCtxEnablePeerAccess": 217}}, 3, 0},
		{"too many peers", &fakecuda.Machine{Fail: map[string]uint32{"cuCtxEnablePeerAccess": 711}}, 3, 0},
		{"nobody knows of access", &fakecuda.Machine{Fail: map[string]uint32{"cuDeviceCanAccessPeer": 101}}, 3, 0},
		{"enabled by others", &fakecuda.Machine{Fail: map[string]uint32{"cuCtxEnablePeerAccess": 704}}, 3, 0}, // the machine knows nothing of it
		{"copy fails", &fakecuda.Machine{Fail: map[string]uint32{"cuMemcpyPeerAsync": 801}}, 0, 0},
		{"no memory for events", &fakecuda.Machine{Fail: map[string]uint32{"cuEventCreate": 2}}, 0, 0},
		{"no symbol of copies", &fakecuda.Machine{Missing: map[string]bool{"cuMemcpyPeerAsync": true}}, 0, 0},
		{"no symbol of events", &fakecuda.Machine{Missing: map[string]bool{"cuStreamWaitEvent": true}}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := openPair(t, c.m)
			tensor.Scope(func(s *tensor.Arena) {
				want := counted(n)
				y := s.Own(tensor.From(a, want)).ToDevice(b)
				back := y.AddScalar(1).ToDevice(a)
				if got := tensor.Data[float32](back.AddScalar(-1)); !slices.Equal(got, want) {
					t.Error("other values came back")
				}
				// A view: every second column from the second on, turned.
				v := s.Own(tensor.From(a, want[:7*9], 7, 9)).SliceStep(1, 1, 9, 2).Transpose(0, 1)
				w := v.ToDevice(b)
				if !slices.Equal(w.Shape(), v.Shape()) || !slices.Equal(tensor.Data[float32](w.MulScalar(2)), tensor.Data[float32](v.MulScalar(2))) {
					t.Errorf("a view arrived as %v", w)
				}
				if e := v.Slice(0, 3, 3).ToDevice(b); e.Numel() != 0 || e.Device() != b {
					t.Errorf("nothing arrived as %v", e)
				}
			})
			if c.m.Peers != c.peers || c.m.Direct != c.direct {
				t.Errorf("%d copies between devices, %d of them direct, want %d and %d", c.m.Peers, c.m.Direct, c.peers, c.direct)
			}
		})
	}
}

// TestPeerOrder: without events what is computed of a copy is not what was copied, and a
// block that is used again on the target is overwritten too early.
func TestPeerOrder(t *testing.T) {
	for name, deaf := range map[string]bool{"events": false, "deaf": true} {
		t.Run(name, func(t *testing.T) {
			a, b := openPair(t, &fakecuda.Machine{Deaf: deaf})
			tensor.Scope(func(s *tensor.Arena) {
				want := counted(100)
				x := s.Own(tensor.From(a, want))
				// This block's upload on b is under way when it is freed and filled anew.
				tensor.From(b, make([]float32, 100)).Free()
				y := x.ToDevice(b)
				if got := tensor.Data[float32](y.AddScalar(0)); slices.Equal(got, want) == deaf {
					t.Errorf("at once: %v", got)
				}
				// The source may be written over at once.
				z := x.ToDevice(b)
				x.CopyInPlace(x.MulScalar(-1))
				if got := tensor.Data[float32](z.AddScalar(0)); !slices.Equal(got, want) {
					t.Errorf("once the source has other values: %v", got)
				}
			})
		})
	}
}

// TestPeerGrad: the gradient moves back.
func TestPeerGrad(t *testing.T) {
	m := &fakecuda.Machine{}
	a, b := openPair(t, m)
	tensor.Scope(func(s *tensor.Arena) {
		x := s.Own(tensor.From(a, []float32{1, 2, 3})).SetRequiresGrad(true)
		autograd.Backward(x.Square().ToDevice(b).MulScalar(3).Sum())
		if g := x.Grad(); g.Device() != a || !slices.Equal(tensor.Data[float32](g), []float32{6, 12, 18}) {
			t.Errorf("gradient %v", g)
		}
		x.SetGrad(nil)
	})
	if m.Peers != 2 {
		t.Errorf("%d copies between devices, want 2", m.Peers)
	}
}

// TestPeerThreads copies both ways at once: each thread has a context of its own.
func TestPeerThreads(t *testing.T) {
	m := &fakecuda.Machine{}
	a, b := openPair(t, m)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			from, to := a, b
			if i%2 == 1 {
				from, to = b, a
			}
			tensor.Scope(func(s *tensor.Arena) {
				x, want := s.Own(tensor.Full(from, dtype.Float32, float64(i), 64)), float32(i)
				for range 20 {
					x = x.ToDevice(to).AddScalar(1)
					from, to, want = to, from, want+1
				}
				for _, got := range tensor.Data[float32](x) {
					if got != want {
						t.Errorf("%v, want %v", got, want)
						return
					}
				}
			})
		})
	}
	all.Wait()
}

// TestPeerMemory: a target without memory is an error that says so, and nothing is kept.
func TestPeerMemory(t *testing.T) {
	m := &fakecuda.Machine{Memory: 1 << 22}
	a, b := openPair(t, m)
	tensor.Scope(func(s *tensor.Arena) {
		full := s.Own(tensor.Empty(b, dtype.Uint8, 3<<20))
		x := s.Own(tensor.Empty(a, dtype.Uint8, 2<<20))
		err := tensor.Try(func() error { x.ToDevice(b); return nil })
		var e *backend.MemoryError
		if !errors.As(err, &e) || e.Device != "cuda:1" {
			t.Errorf("%v", err)
		}
		full.Free()
		if y := x.ToDevice(b); y.Device() != b {
			t.Error("no copy once there is memory")
		}
	})
}

// TestPeerLost: a source that is lost is named, and the target lives on.
func TestPeerLost(t *testing.T) {
	a, b := openPair(t, &fakecuda.Machine{})
	x, y := tensor.From(a, counted(8)), tensor.From(b, counted(8))
	defer y.Free()
	defer x.Free()
	source, _ := backend.As[*device](a)
	v := backend.View{Buffer: &buffer{dev: source, at: 64, size: 32}, DType: dtype.Float32, View: shape.Contiguous([]int{8})}
	fn, _ := op.Neg.Lower([]op.Meta{{Shape: []int{8}, DType: dtype.Float32}}, nil)
	if err := a.Run(&backend.Call{Op: op.Neg, Fn: fn, In: []backend.View{v}, Out: []backend.View{v}}); err != nil {
		t.Fatal(err)
	}
	err := tensor.Try(func() error { x.ToDevice(b); return nil })
	if !errors.Is(err, backend.ErrDeviceLost) || !strings.Contains(err.Error(), "cuda:0") {
		t.Errorf("%v", err)
	}
	if got := tensor.Data[float32](y); got[7] != 7 {
		t.Errorf("the other device has %v", got)
	}
}

// TestPeerIndex: of a bad index on one device the host hears when it reads, on another,
// what came of it, even by way of a third hand.
func TestPeerIndex(t *testing.T) {
	m := &fakecuda.Machine{}
	a, b := openPair(t, m)
	tensor.Scope(func(s *tensor.Arena) {
		x := s.Own(tensor.From(a, counted(4)))
		y := x.Gather(0, s.Own(tensor.From(a, []int64{1, 9}))).ToDevice(b).AddScalar(1)
		for i, want := range []bool{true, false} { // reported once
			err := tensor.Try(func() error { y.Bytes(); return nil })
			if (err != nil && strings.Contains(err.Error(), "gather, or a call before it: index 9 is out of range")) != want {
				t.Errorf("read %d: %v", i, err)
			}
		}
	})
}

// TestPeerForeign: buffers of the other device are refused where it has no business.
func TestPeerForeign(t *testing.T) {
	a, b := openPair(t, &fakecuda.Machine{})
	x, err := a.Alloc(16)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Free()
	if err := b.Upload(x, 0, make([]byte, 4)); err == nil || !strings.Contains(err.Error(), "buffer is of cuda:0, want one of cuda:1") {
		t.Errorf("%v", err)
	}
	if err := backend.Copy(b, x, 0, a, x, 0, 4); err == nil || !strings.Contains(err.Error(), "buffer is of cuda:0") {
		t.Errorf("%v", err)
	}
	if err := backend.Copy(a, x, 8, a, x, 0, 9); err == nil || !strings.Contains(err.Error(), "out of bounds") {
		t.Errorf("%v", err)
	}
}
