package autograd_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/tensor"
)

// double returns 2x, and keeps x only to show how.
type double struct{}

func (double) Forward(c *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
	c.Save(in[0])
	return []*tensor.Tensor{in[0].MulScalar(2)}
}

func (double) Backward(c *autograd.Context, grads ...*tensor.Tensor) []*tensor.Tensor {
	fmt.Println("saved", c.Saved()[0], "wanted", c.NeedsGrad(0))
	return []*tensor.Tensor{grads[0].MulScalar(2)}
}

func ExampleFunction() {
	x := tensor.From(tensor.CPU(), []float32{3}).SetRequiresGrad(true)
	autograd.Backward(autograd.Call("double", double{}, x)[0])
	fmt.Println(x.Grad())
	// Output:
	// saved tensor([3.]) wanted true
	// tensor([2.])
}

func ExampleContext() {
	x := tensor.From(tensor.CPU(), []float32{3}).SetRequiresGrad(true)
	autograd.Backward(autograd.Call("double", double{}, x)[0].Sum())
	// Output: saved tensor([3.]) wanted true
}

func ExampleOption() {
	x := tensor.From(tensor.CPU(), []float32{3}).SetRequiresGrad(true)
	y := x.Square()
	opts := []autograd.Option{autograd.RetainGraph()}
	autograd.Backward(y, opts...)
	autograd.Backward(y) // the record is still there, for the last time
	fmt.Println(x.Grad())
	// Output: tensor([12.])
}

func ExampleRetainGraph() {
	x := tensor.From(tensor.CPU(), []float32{3}).SetRequiresGrad(true)
	y := x.Square()
	autograd.Backward(y)
	err := tensor.Try(func() error { autograd.Backward(y); return nil })
	fmt.Println(err != nil)
	// Output: true
}

func ExampleWithGrad() {
	x := tensor.From(tensor.CPU(), []float32{1, 2}).SetRequiresGrad(true)
	autograd.Backward(x.Square(), autograd.WithGrad(tensor.From(tensor.CPU(), []float32{1, 10})))
	fmt.Println(x.Grad())
	// Output: tensor([ 2., 40.])
}

func ExampleCreateGraph() {
	x := tensor.From(tensor.CPU(), []float32{2}).SetRequiresGrad(true)
	g := autograd.Grad([]*tensor.Tensor{x.PowScalar(3)}, []*tensor.Tensor{x}, autograd.CreateGraph())[0]
	autograd.Backward(g) // the derivative of 3x^2
	fmt.Println(x.Grad())
	// Output: tensor([12.])
}
