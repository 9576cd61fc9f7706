//go:build linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// step is a training step of a small net with a convolution, whose kernels need
// temporaries, and a resize, whose kernels need tables, written out: w becomes
// w - rate * gradient.
func step(x, w, v *tensor.Tensor) (loss *tensor.Tensor, w2, v2 *tensor.Tensor) {
	w, v = w.Detach().SetRequiresGrad(true), v.Detach().SetRequiresGrad(true)
	y := x.Conv(w, op.ConvAttrs{Pad: []int{0}}).Tanh()
	y = tensor.Apply(nil, op.Resize, op.ResizeAttrs{Size: []int{4, 4}, Mode: op.ResizeLinear}, y)[0]
	y = y.Reshape(x.Shape()[0], -1).MatMul(v)
	loss = y.Square().Mean()
	autograd.Backward(loss)
	return loss.Detach(), w.Detach().Sub(w.Grad().MulScalar(1e-4)), v.Detach().Sub(v.Grad().MulScalar(1e-4))
}

// TestGraph captures a training step with new parameters written over the old, and
// replays it: the losses are those of steps one by one, to the bit.
func TestGraph(t *testing.T) {
	m := &fakecuda.Machine{}
	rec := backend.Record(backend.Pool(openFake(t, m)))
	losses := func(replay bool, n int) []float32 {
		x, w, v := sequence(rec, dtype.Float32, 5, 2, 3, 6, 6), sequence(rec, dtype.Float32, 3, 8, 3, 3, 3).MulScalar(0.1), sequence(rec, dtype.Float32, 5, 128, 2).MulScalar(0.1)
		rec.Reset()
		var out []float32
		var loss *tensor.Tensor
		for i := range n {
			if !replay || i == 0 {
				var w2, v2 *tensor.Tensor
				loss, w2, v2 = step(x, w, v)
				w.CopyInPlace(w2)
				v.CopyInPlace(v2)
			} else if err := rec.Replay(); err != nil {
				t.Fatal(err)
			}
			out = append(out, tensor.Data[float32](loss)[0])
		}
		return out
	}
	want := losses(false, 4)
	before := m.Launches
	got := losses(true, 4)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("losses %v, want %v", got, want)
			break
		}
	}
	if got[3] >= got[0] {
		t.Errorf("losses %v: nothing is learned", got)
	}
	if m.Replays != 3 {
		t.Errorf("%d graphs were launched for %d kernels, want 3", m.Replays, m.Launches-before)
	}
	rec.Reset()
	if m.Left() != 0 {
		t.Errorf("%d streams and graphs are left", m.Left())
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}

// TestGraphFails: drivers that cannot, and captures that fail, and what is left then.
func TestGraphFails(t *testing.T) {
	run := func(t *testing.T, m *fakecuda.Machine) (*backend.Recorder, error) {
		rec := backend.Record(openFake(t, m))
		x := sequence(rec, dtype.Float32, 5, 4)
		rec.Reset()
		y := x.Neg()
		err := rec.Replay()
		if got := tensor.Data[float32](y); err == nil && got[0] != -tensor.Data[float32](x)[0] {
			t.Errorf("replay: %v", got)
		}
		return rec, err
	}
	t.Run("old driver", func(t *testing.T) {
		m := &fakecuda.Machine{Missing: map[string]bool{"cuGraphInstantiateWithFlags": true}}
		if _, err := run(t, m); err != nil || m.Replays != 0 {
			t.Errorf("%v, %d graphs launched; want calls one by one", err, m.Replays)
		}
	})
	for _, name := range []string{"cuStreamCreate", "cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphInstantiateWithFlags", "cuGraphLaunch"} {
		t.Run(name, func(t *testing.T) {
			m := &fakecuda.Machine{Fail: map[string]uint32{name: 2}}
			rec, err := run(t, m)
			if err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(strings.TrimSuffix(name, "_v2"), "WithFlags")) {
				t.Errorf("%v, want one of %s", err, name)
			}
			m.Fail = nil
			if err := rec.Replay(); err != nil {
				t.Errorf("after it failed: %v", err)
			}
			rec.Reset()
			if m.Left() > 0 {
				t.Errorf("%d streams and graphs are left", m.Left())
			}
		})
	}
	t.Run("lost", func(t *testing.T) {
		m := &fakecuda.Machine{}
		rec, err := run(t, m)
		if err != nil {
			t.Fatal(err)
		}
		m.Fail = map[string]uint32{"cuGraphLaunch": 700}
		if err := rec.Replay(); !errors.Is(err, backend.ErrDeviceLost) || !strings.Contains(err.Error(), "replay of 1 calls") {
			t.Errorf("%v", err)
		}
	})
}
