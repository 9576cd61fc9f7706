//go:build linux && (amd64 || arm64)

package cuda

import (
	"testing"

	"github.com/ebitengine/purego"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// idle is a driver whose calls of the hot path reach C and do nothing: a function
// of the C library that returns 0 whatever it is given. The rest is a machine's.
type idle struct {
	*fakecuda.Machine
	nothing uintptr
}

func (i idle) Symbol(name string) (uintptr, error) {
	if name == "cuLaunchKernel" || name == "cuCtxSetCurrent" || name == "cuGraphLaunch" {
		return i.nothing, nil
	}
	return i.Machine.Symbol(name)
}

// openIdle returns a device whose launches do nothing, and a call of add on it.
func openIdle(t testing.TB) (backend.Device, *backend.Call) {
	t.Helper()
	libc, err := purego.Dlopen("libc.so.6", purego.RTLD_NOW)
	if err != nil {
		t.Skip(err)
	}
	nothing, err := purego.Dlsym(libc, "sched_yield") // takes nothing, returns 0
	if err != nil {
		t.Skip(err)
	}
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	b, err := dev.Alloc(4096)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Free)
	v := backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous([]int{8, 8})}
	fn, _ := op.Add.Lower([]op.Meta{{Shape: v.Shape, DType: v.DType}, {Shape: v.Shape, DType: v.DType}}, nil)
	c := &backend.Call{Op: op.Add, Fn: fn, In: []backend.View{v, v}, Out: []backend.View{v}}
	if err := dev.Run(c); err != nil { // the kernel is there from here on
		t.Fatal(err)
	}
	api, err := driver.New(idle{m, nothing})
	if err != nil {
		t.Fatal(err)
	}
	real := dev.(*device).api
	dev.(*device).api = api
	t.Cleanup(func() { dev.(*device).api = real }) // to set the context of the thread that closes the device
	return dev, c
}

// TestRunAllocs: a call whose kernel is there allocates nothing, from Run into C.
func TestRunAllocs(t *testing.T) {
	dev, c := openIdle(t)
	n := testing.AllocsPerRun(1000, func() {
		if err := dev.Run(c); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations in a call", n)
	}
}

// BenchmarkRun is what a call costs the host: at most 5 µs, GPUs need about that
// themselves. The C function that stands for the driver's is a system call, twice.
func BenchmarkRun(b *testing.B) {
	dev, c := openIdle(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := dev.Run(c); err != nil {
			b.Fatal(err)
		}
	}
}
