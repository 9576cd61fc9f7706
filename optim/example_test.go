package optim_test

import (
	"fmt"
	"maps"
	"math"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// Minimize (x - 3)².
func Example() {
	x := tensor.Zeros(tensor.CPU(), dtype.Float64).SetRequiresGrad(true)
	opt := optim.SGD{LR: 0.1, Momentum: 0.5}.New([]*tensor.Tensor{x})
	for range 50 {
		autograd.Backward(x.SubScalar(3).Square())
		opt.Step()
		opt.ZeroGrad()
	}
	fmt.Printf("%.4f\n", x.Item())
	// Output: 3.0000
}

// Groups have options of their own; here biases do not decay.
func ExampleOptimizer_Add() {
	weight := tensor.Ones(tensor.CPU(), dtype.Float32, 2, 2).SetRequiresGrad(true)
	bias := tensor.Ones(tensor.CPU(), dtype.Float32, 2).SetRequiresGrad(true)
	opt := optim.AdamW{LR: 0.1, WeightDecay: 0.5}.New([]*tensor.Tensor{weight})
	opt.Add(optim.AdamW{LR: 0.1, WeightDecay: optim.None}, []*tensor.Tensor{bias})
	weight.SetGrad(tensor.ZerosLike(weight))
	bias.SetGrad(tensor.ZerosLike(bias))
	opt.Step()
	fmt.Printf("%.2f %.2f\n", weight.Float64s(), bias.Float64s())
	// Output: [0.95 0.95 0.95 0.95] [1.00 1.00]
}

func ExampleOptimizer_SetLR() {
	x := tensor.Zeros(tensor.CPU(), dtype.Float64).SetRequiresGrad(true)
	opt := optim.Adam{}.New([]*tensor.Tensor{x})
	for epoch := range 3 {
		opt.SetLR(1e-3 * math.Pow(0.5, float64(epoch)))
		fmt.Println(opt.LR())
	}
	// Output:
	// 0.001
	// 0.0005
	// 0.00025
}

// The state continues where it was saved.
func ExampleOptimizer_StateDict() {
	x := tensor.Zeros(tensor.CPU(), dtype.Float64, 2).SetRequiresGrad(true)
	opt := optim.Adam{}.New([]*tensor.Tensor{x})
	x.SetGrad(tensor.OnesLike(x))
	opt.Step()
	for name, t := range opt.StateDict() {
		fmt.Printf("%s %.3f\n", name, t.Float64s())
	}
	again := optim.Adam{}.New([]*tensor.Tensor{x})
	fmt.Println(again.LoadStateDict(maps.Collect(opt.StateDict())))
	// Output:
	// group.0.lr [0.001]
	// 0.step [1.000]
	// 0.exp_avg [0.100 0.100]
	// 0.exp_avg_sq [0.001 0.001]
	// <nil>
}

// signSGD is an algorithm from outside: a step of fixed size against the sign of
// the gradient (Bernstein et al. 2018).
type signSGD struct{ LR float64 }

var signKernel = optim.NewKernel(nil, 1, func(p, grad optim.V, _, scalars []optim.V) (optim.V, []optim.V) {
	zero := grad.Sub(grad)
	step := grad.Gt(zero).Select(scalars[0], grad.Lt(zero).Select(scalars[0].Neg(), zero))
	return p.Sub(step), nil
})

func (s signSGD) Rate() float64                                { return s.LR }
func (s signSGD) Kernel() *optim.Kernel                        { return signKernel }
func (s signSGD) Scalars(lr float64, _ *optim.State) []float64 { return []float64{lr} }

// Any step that is a pointwise function is an algorithm.
func ExampleNewKernel() {
	x := tensor.Zeros(tensor.CPU(), dtype.Float32, 3).SetRequiresGrad(true)
	x.SetGrad(tensor.From(tensor.CPU(), []float32{5, 0, -0.1}))
	optim.New(signSGD{LR: 0.5}, []*tensor.Tensor{x}).Step()
	fmt.Println(x.Float64s())
	// Output: [-0.5 0 0.5]
}

// Muon is for matrices; the rest has a group of its own.
func ExampleMuon() {
	weight := tensor.Eye(tensor.CPU(), dtype.Float32, 2, 2).SetRequiresGrad(true)
	bias := tensor.Zeros(tensor.CPU(), dtype.Float32, 2).SetRequiresGrad(true)
	opt := optim.Muon{LR: 0.02}.New([]*tensor.Tensor{weight})
	opt.Add(optim.AdamW{LR: 3e-4}, []*tensor.Tensor{bias})
	for _, g := range opt.Groups() {
		fmt.Printf("%T %v\n", g.Algorithm, g.LR)
	}
	// Output:
	// optim.Muon 0.02
	// optim.AdamW 0.0003
}

// Minimize (x - 3)² + x⁴ in a few steps.
func ExampleLBFGS() {
	x := tensor.Zeros(tensor.CPU(), dtype.Float64).SetRequiresGrad(true)
	opt := optim.LBFGS{StrongWolfe: true}.New([]*tensor.Tensor{x})
	for range 3 {
		opt.Step(func() float64 {
			opt.ZeroGrad()
			loss := x.SubScalar(3).Square().Add(x.PowScalar(4))
			autograd.Backward(loss)
			return loss.Item()
		})
	}
	fmt.Printf("%.2f\n", x.Item())
	// Output: 1.00
}
