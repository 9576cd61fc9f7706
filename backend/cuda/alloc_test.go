//go:build linux && (amd64 || arm64)

package cuda

import (
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// TestLaunchAllocs counts what our side of a launch allocates, by way of a
// driver that refuses to launch.
func TestLaunchAllocs(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	b, err := dev.Alloc(4096)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Free()
	v := backend.View{Buffer: b, DType: dtype.Float32, View: shape.View{Shape: []int{8, 8}, Strides: []int{1, 8}}}
	fn, _ := op.Add.Lower([]op.Meta{{Shape: v.Shape, DType: v.DType}, {Shape: v.Shape, DType: v.DType}}, nil)
	c := &backend.Call{Op: op.Add, Fn: fn, In: []backend.View{v, v}, Out: []backend.View{{Buffer: b, DType: dtype.Float32, View: shape.Contiguous(v.Shape)}}}
	if err := dev.Run(c); err != nil {
		t.Fatal(err)
	}
	d := dev.(*device)
	var s scratch
	n := testing.AllocsPerRun(100, func() {
		key, rank, wide := d.lay(c, &s, 64)
		if _, ok := d.find(key); !ok || rank != 2 || wide {
			t.Fatal("another kernel than before")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations before a launch", n)
	}
}
