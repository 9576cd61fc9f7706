//go:build linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// TestStart breaks what opening a device needs, one thing at a time. Each says
// what is wrong, and leaves the process alone.
func TestStart(t *testing.T) {
	for _, c := range []struct {
		name    string
		machine *fakecuda.Machine
		says    string
	}{
		{"no device", &fakecuda.Machine{None: true}, "no device"},
		{"stub", &fakecuda.Machine{Fail: map[string]uint32{"cuInit": 34}}, "stub"},
		{"old driver", &fakecuda.Machine{Version: 8000}, "the driver is for CUDA 8.0: want 9 or newer"},
		{"missing symbol", &fakecuda.Machine{Missing: map[string]bool{"cuMemAlloc_v2": true}}, "the driver has no cuMemAlloc_v2"},
		{"module mismatch", &fakecuda.Machine{Fail: map[string]uint32{"cuInit": 803}}, "do not match"},
		{"count", &fakecuda.Machine{Fail: map[string]uint32{"cuDeviceGetCount": 999}}, "cuDeviceGetCount"},
		{"name", &fakecuda.Machine{Fail: map[string]uint32{"cuDeviceGetName": 101}}, "invalid device"},
	} {
		infos, skipped := onMachine(c.machine).List()
		if len(infos) != 0 || len(skipped) != 1 || !strings.Contains(skipped[0].Reason, c.says) {
			t.Errorf("%s: %v, skipped %v; want the reason %q", c.name, infos, skipped, c.says)
		}
	}
	p := &platform{load: func() (driver.Driver, error) { return nil, errors.New("no library") }}
	if _, err := p.Open(backend.Info{Name: "cuda:0"}); !errors.Is(err, backend.ErrNoDevice) {
		t.Errorf("open without a library: %v", err)
	}
	m := &fakecuda.Machine{Fail: map[string]uint32{"cuDevicePrimaryCtxRetain": 2}}
	p = onMachine(m)
	if _, err := p.Open(backend.Info{Name: "cuda:0"}); err == nil || !strings.Contains(err.Error(), "out of memory") {
		t.Errorf("open without memory: %v", err)
	}
	// The driver came back: the same platform works.
	m.Fail = nil
	dev, err := p.Open(backend.Info{Name: "cuda:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
	if err := dev.Sync(); !errors.Is(err, backend.ErrClosed) {
		t.Errorf("sync after close: %v", err)
	}
}

// TestOldDrivers runs a kernel on drivers that lack what came later, from the oldest that is
// enough on. They have older forms of functions, no UUID, and no graphs.
func TestOldDrivers(t *testing.T) {
	for _, version := range []int{9000, 9020, 10000, 10010, 11000, 11040, 13000} {
		m := &fakecuda.Machine{Version: version}
		p := onMachine(m)
		infos, skipped := p.List()
		if len(infos) != 1 || (infos[0].UUID == "") != (version < 9020) {
			t.Fatalf("version %d: %+v, skipped %v", version, infos, skipped)
		}
		dev, err := p.Open(infos[0])
		if err != nil {
			t.Fatal(err)
		}
		rec := backend.Record(dev)
		x := tensor.Full(rec, dtype.Float32, 2, 3)
		rec.Reset()
		y := x.Neg()
		if err := rec.Replay(); err != nil {
			t.Error(err)
		}
		if got := tensor.Data[float32](y); got[2] != -2 {
			t.Errorf("version %d: %v", version, got)
		}
		if (m.Replays == 1) != (version >= 11040) {
			t.Errorf("version %d: %d graphs launched", version, m.Replays)
		}
		rec.Reset()
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestRealLibrary asks for the real driver: a device, or a reason.
func TestRealLibrary(t *testing.T) {
	infos, skipped := (&platform{load: driver.Open}).List()
	if len(infos) == 0 && (len(skipped) == 0 || skipped[0].Reason == "") {
		t.Error("neither a device nor a reason")
	}
	t.Log(infos, skipped)
	t.Setenv(driver.PathVariable, "/nonexistent/libcuda.so")
	_, skipped = (&platform{load: driver.Open}).List()
	if len(skipped) != 1 || !strings.Contains(skipped[0].Reason, "/nonexistent/libcuda.so") {
		t.Errorf("skipped %v", skipped)
	}
}

func TestOutOfMemory(t *testing.T) {
	dev := openFake(t, &fakecuda.Machine{Memory: 1 << 20})
	b, err := dev.Alloc(1 << 19)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Free()
	_, err = dev.Alloc(1 << 20)
	var m *backend.MemoryError
	if !errors.Is(err, backend.ErrOutOfMemory) || !errors.As(err, &m) || m.Requested != 1<<20 || m.InUse != 1<<19 {
		t.Errorf("%v", err)
	}
}

// TestLost gives a kernel an address that is not its own: what comes after
// names the last launches, and the process goes on.
func TestLost(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	x := tensor.Full(dev, dtype.Float32, 1, 8)
	b, err := dev.Alloc(32)
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.Run(negate(&buffer{dev: dev.(*device), at: b.(*buffer).at + 64, size: 32}, 8)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err = dev.Sync()
		if !errors.Is(err, backend.ErrDeviceLost) || !strings.Contains(fmt.Sprint(err), "illegal address") || !strings.Contains(err.Error(), "neg, full") {
			t.Errorf("sync after a bad launch: %v", err)
		}
	}
	if m.Fault == nil || !strings.Contains(m.Fault.Error(), "kernel pointwise, block (0,0,0), thread (0,0,0), ptx line") {
		t.Errorf("fault %v", m.Fault)
	}
	if err := tensor.Try(func() error { x.Neg(); return nil }); !errors.Is(err, backend.ErrDeviceLost) {
		t.Errorf("an op on a lost device: %v", err)
	}
	x.Free()
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
	again, err := (&platform{load: func() (driver.Driver, error) { return driver.New(m) }}).Open(dev.Info())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if y := tensor.Data[float32](tensor.Full(again, dtype.Float32, 2, 3).Neg()); y[2] != -2 {
		t.Errorf("after it was opened again: %v", y)
	}
}

func TestBadPTX(t *testing.T) {
	dev := openFake(t, &fakecuda.Machine{Fail: map[string]uint32{"cuModuleLoadDataEx": 222}})
	err := tensor.Try(func() error { tensor.Full(dev, dtype.Float32, 1, 8); return nil })
	if err == nil || !strings.Contains(err.Error(), "kernel pointwise") || !strings.Contains(err.Error(), "PTX is newer than the driver") {
		t.Errorf("%v", err)
	}
	a, err := driver.New(fakecuda.Install(&fakecuda.Machine{}))
	if err != nil {
		t.Fatal(err)
	}
	d, _, _ := a.Properties(0)
	c, _ := a.Retain(d)
	leave, err := a.Enter(c)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	if _, err := a.Compile("nonsense"); err == nil || !strings.Contains(err.Error(), "ptx line 1") {
		t.Errorf("the compiler's log is lost: %v", err)
	}
}

func TestBounds(t *testing.T) {
	dev := openFake(t, &fakecuda.Machine{})
	b, err := dev.Alloc(16)
	if err != nil {
		t.Fatal(err)
	}
	if dev.Upload(b, 8, make([]byte, 9)) == nil || dev.Download(make([]byte, 1), b, 16) == nil || dev.Upload(b, -1, []byte{1}) == nil {
		t.Error("copies beyond a buffer")
	}
	c := negate(b, 5)
	if err := dev.Run(c); err == nil || !strings.Contains(err.Error(), "needs 5 elements") {
		t.Errorf("%v", err)
	}
	b.Free()
	b.Free() // nothing comes of that
	for what, err := range map[string]error{
		"run": dev.Run(negate(b, 4)), "upload": dev.Upload(b, 0, make([]byte, 4)), "download": dev.Download(make([]byte, 4), b, 4),
	} {
		if err == nil || !strings.Contains(err.Error(), "used after it was freed") {
			t.Errorf("%s of a buffer that was freed: %v", what, err)
		}
	}
}

// negate is a call that changes the signs of n numbers in a buffer.
func negate(b backend.Buffer, n int) *backend.Call {
	v := backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous([]int{n})}
	fn, _ := op.Neg.Lower([]op.Meta{{Shape: []int{n}, DType: dtype.Float32}}, nil)
	return &backend.Call{Op: op.Neg, Fn: fn, In: []backend.View{v}, Out: []backend.View{v}}
}
