package cpu_test

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// A kernel that panics, here the reference of an op from outside, is an error of
// the call; the process goes on.
func ExamplePanicError() {
	dev, err := backend.Open("cpu")
	if err != nil {
		fmt.Println(err)
		return
	}
	careless := &op.Op{Name: "careless", Ref: func(in []*op.Array, attrs any) []*op.Array { panic("not finished") }}
	b, _ := dev.Alloc(4)
	defer b.Free()
	x := backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous([]int{1})}
	err = dev.Run(&backend.Call{Op: careless, In: []backend.View{x}, Out: []backend.View{x}})
	var p *cpu.PanicError
	fmt.Println(errors.As(err, &p), err)
	fmt.Println(p.Op, len(p.Stack) > 0)
	// Output:
	// true cpu: careless: not finished
	// careless true
}
