package autograd_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

func Example() {
	x := tensor.From(tensor.CPU(), []float32{1, 2}).SetRequiresGrad(true)
	autograd.Backward(x.Square().Sum())
	fmt.Println(x.Grad())
	// Output: tensor([2., 4.])
}

func ExampleBackward() {
	x := tensor.From(tensor.CPU(), []float32{1, 2}).SetRequiresGrad(true)
	y := x.Exp()
	v := tensor.From(tensor.CPU(), []float32{1, 0})
	autograd.Backward(y, autograd.WithGrad(v), autograd.RetainGraph())
	fmt.Println(x.Grad())
	autograd.Backward(y, autograd.WithGrad(v)) // gradients add up
	fmt.Println(x.Grad())
	// Output:
	// tensor([2.7183, 0.0000])
	// tensor([5.4366, 0.0000])
}

func ExampleGrad() {
	x := tensor.From(tensor.CPU(), []float32{3}).SetRequiresGrad(true)
	y := x.PowScalar(3)
	for range 3 {
		y = autograd.Grad([]*tensor.Tensor{y}, []*tensor.Tensor{x}, autograd.CreateGraph())[0]
		fmt.Println(y.Detach())
	}
	// Output:
	// tensor([27.])
	// tensor([18.])
	// tensor([6.])
}

func ExampleAllowUnused() {
	x := tensor.From(tensor.CPU(), []float32{3}).SetRequiresGrad(true)
	other := tensor.From(tensor.CPU(), []float32{1}).SetRequiresGrad(true)
	g := autograd.Grad([]*tensor.Tensor{x.Square()}, []*tensor.Tensor{x, other}, autograd.AllowUnused())
	fmt.Println(g[0], g[1] == nil)
	// Output: tensor([6.]) true
}

// clip passes its gradient through, as if nothing had been clipped.
type clip struct{}

func (clip) Forward(c *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
	return []*tensor.Tensor{in[0].Clamp(-1, 1)}
}

func (clip) Backward(c *autograd.Context, grads ...*tensor.Tensor) []*tensor.Tensor {
	return grads
}

func ExampleCall() {
	x := tensor.From(tensor.CPU(), []float32{0.5, 3}).SetRequiresGrad(true)
	y := autograd.Call("clip", clip{}, x)[0]
	autograd.Backward(y.MulScalar(2).Sum())
	fmt.Println(y.Detach(), x.Grad())
	// Output: tensor([0.5000, 1.0000]) tensor([2., 2.])
}

func ExampleCheckpoint() {
	g := tensor.NewGenerator(1)
	w := tensor.Ones(tensor.CPU(), dtype.Float32, 4).SetRequiresGrad(true)
	block := func(in ...*tensor.Tensor) *tensor.Tensor { return g.Dropout(in[0].Mul(w), 0.5) }
	y := autograd.Checkpoint(block, []*tensor.Generator{g}, tensor.Ones(tensor.CPU(), dtype.Float32, 4))
	autograd.Backward(y.Sum())
	fmt.Println(y.Detach().Sub(w.Grad())) // the same elements were dropped again
	// Output: tensor([0., 0., 0., 0.])
}

func ExampleCheck() {
	x := tensor.From(tensor.CPU(), []float64{0.5, -1}).SetRequiresGrad(true)
	f := func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Tanh().Mul(in[0]) }
	fmt.Println(autograd.Check(f, x), autograd.CheckSecond(f, x))
	// Output: <nil> <nil>
}

func ExampleDetectAnomaly() {
	autograd.DetectAnomaly(true)
	defer autograd.DetectAnomaly(false)
	x := tensor.From(tensor.CPU(), []float32{0}).SetRequiresGrad(true)
	err := tensor.Try(func() error {
		autograd.Backward(x.Sqrt().MulScalar(0).Sum()) // 0 times infinity
		return nil
	})
	fmt.Println(err != nil)
	// Output: true
}

func ExampleJacobian() {
	x := tensor.From(tensor.CPU(), []float32{1, 2})
	fmt.Println(autograd.Jacobian((*tensor.Tensor).Square, x))
	// Output:
	// tensor([[2., 0.],
	//         [0., 4.]])
}

func ExampleHessian() {
	x := tensor.From(tensor.CPU(), []float32{1, 2})
	fmt.Println(autograd.Hessian(func(x *tensor.Tensor) *tensor.Tensor { return x.Prod() }, x))
	// Output:
	// tensor([[0., 1.],
	//         [1., 0.]])
}

func ExampleVJP() {
	f := func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Mul(in[1]) }
	in := []*tensor.Tensor{vec(1, 2), vec(3, 4)}
	y, g := autograd.VJP(f, in, vec(1, 10))
	fmt.Println(y.Float64s(), g[0].Float64s(), g[1].Float64s())
	// Output: [3 8] [3 40] [1 20]
}

func ExampleJVP() {
	f := func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Mul(in[1]) }
	in := []*tensor.Tensor{vec(1, 2), vec(3, 4)}
	y, d := autograd.JVP(f, in, []*tensor.Tensor{vec(1, 0), vec(0, 1)})
	fmt.Println(y.Float64s(), d.Float64s())
	// Output: [3 8] [3 2]
}
