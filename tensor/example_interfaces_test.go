package tensor_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

// A place beyond the last element: nothing, the edge, or what lies as far inside.
func ExampleGridPadding() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 3}, 1, 1, 3)
	grid := tensor.From(tensor.CPU(), []float32{2}, 1, 1, 1)
	for _, p := range []tensor.GridPadding{tensor.GridZeros, tensor.GridBorder, tensor.GridReflect} {
		fmt.Print(x.GridSample(grid, tensor.Sampler{Padding: p, AlignCorners: true}).Item(), " ")
	}
	// Output: 0 3 2
}

// everywhere applies a function of one to three numbers to each row by itself.
func everywhere[F tensor.MapFunc](f F, rows ...*tensor.Tensor) *tensor.Tensor {
	return tensor.Map(f, rows...)
}

func ExampleMapFunc() {
	x, y := tensor.From(tensor.CPU(), []float32{3, 5}), tensor.From(tensor.CPU(), []float32{4, 12})
	hypot := func(x, y pointwise.Value) pointwise.Value { return x.Square().Add(y.Square()).Sqrt() }
	fmt.Println(everywhere(hypot, x, y))
	fmt.Println(everywhere(pointwise.Value.Neg, x))
	// Output:
	// tensor([ 5., 13.])
	// tensor([-3., -5.])
}

// printing is all that CheckLeaks needs of a test.
type printing struct{ atEnd []func() }

func (p *printing) Helper()                           {}
func (p *printing) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (p *printing) Cleanup(f func())                  { p.atEnd = append(p.atEnd, f) }

// A program can look for leaks as a test does.
func ExampleTB() {
	p := &printing{}
	var t tensor.TB = p
	tensor.CheckLeaks(t, tensor.CPU())
	kept := tensor.From(tensor.CPU(), make([]float32, 100))
	for _, f := range p.atEnd {
		f()
	}
	kept.Free()
	// Output: tensor: 448 bytes in 1 buffers of cpu:0 are still in use, which the test did not start with
}

// One step of what autograd does: the gradient rule of a recorded call.
func ExampleContext() {
	x := tensor.From(tensor.CPU(), []float32{1, 2}).SetRequiresGrad(true)
	n, _ := x.Square().Node()
	var c tensor.Context
	if err := c.Load(n, nil, false); err != nil {
		fmt.Println(err)
	}
	c.G = []op.Value{tensor.From(tensor.CPU(), []float32{1, 10})}
	fmt.Println(n.Op.Gradient(tensor.Builder(tensor.CPU(), false), &c.GradContext)[0])
	// Output: tensor([ 2., 40.])
}
