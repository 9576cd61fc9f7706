package optim_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// Of a matrix of 64·32 numbers Adafactor keeps 64 + 32, where Adam keeps twice
// 64·32.
func ExampleAdafactor() {
	w := tensor.Ones(tensor.CPU(), dtype.Float32, 64, 32).SetRequiresGrad(true)
	w.SetGrad(tensor.OnesLike(w))
	opt := optim.Adafactor{}.New([]*tensor.Tensor{w})
	opt.Step()
	for name, t := range opt.StateDict() {
		fmt.Println(name, t.Shape())
	}
	// Output:
	// group.0.lr []
	// 0.step []
	// 0.row_var [64 1]
	// 0.col_var [1 32]
}

// What a schedule does that changes the momentum: algorithms without one, here
// Rprop, are left alone.
func ExampleMomentumSetter() {
	for _, a := range []optim.Algorithm{optim.SGD{Momentum: 0.9}, optim.Adam{}, optim.Rprop{}} {
		if m, ok := a.(optim.MomentumSetter); ok {
			fmt.Printf("%+v\n", m.WithMomentum(0.8))
		}
	}
	// Output:
	// {LR:0 Momentum:0.8 Dampening:0 Nesterov:false WeightDecay:0 Maximize:false}
	// {LR:0 Betas:[0.8 0.999] Eps:0 WeightDecay:0 AMSGrad:false Maximize:false}
}

// Most algorithms begin with zeros; a Starter says with what instead.
func ExampleStarter() {
	var s optim.Starter = optim.Adagrad{InitialAccumulator: 0.1}
	tensors, numbers := s.Start(0.01)
	fmt.Println(tensors, numbers)
	// Output: [0.1] []
}

// unit is SGD with gradients of length 1 and a running mean of them: not a
// pointwise function, as the length needs all elements.
type unit struct{ LR float64 }

var unitKernel = optim.NewTensorKernel(
	func(p *tensor.Tensor) []optim.Slot { return []optim.Slot{{Name: "mean", Shape: p.Shape()}} },
	func(p, grad *tensor.Tensor, state []*tensor.Tensor, scalars []float64) {
		state[0].MulScalarInPlace(0.5).AddInPlace(grad.Div(grad.Norm(2)).MulScalar(0.5))
		p.SubInPlace(state[0].MulScalar(scalars[0]))
	})

func (u unit) Rate() float64                                { return u.LR }
func (u unit) Kernel() *optim.Kernel                        { return unitKernel }
func (u unit) Scalars(lr float64, _ *optim.State) []float64 { return []float64{lr} }

func ExampleNewTensorKernel() {
	x := tensor.Zeros(tensor.CPU(), dtype.Float64, 2).SetRequiresGrad(true)
	opt := optim.New(unit{LR: 1}, []*tensor.Tensor{x})
	for range 2 {
		x.SetGrad(tensor.From(tensor.CPU(), []float64{30, -40})) // of length 50
		opt.Step()
		fmt.Printf("%.2f\n", x.Float64s())
	}
	// Output:
	// [-0.30 0.40]
	// [-0.75 1.00]
}

// Rosenbrock's valley, (1-x)² + 100(y-x²)², whose bottom is 0 at (1, 1). Step
// returns the loss it began with; the outputs are PyTorch 1.13's.
func ExampleLBFGSOptimizer() {
	p := tensor.From(tensor.CPU(), []float64{-1.2, 1}).SetRequiresGrad(true)
	opt := optim.LBFGS{StrongWolfe: true, MaxIter: 12}.New([]*tensor.Tensor{p})
	evaluate := func() float64 {
		opt.ZeroGrad()
		x, y := p.Select(0, 0), p.Select(0, 1)
		loss := x.SubScalar(1).Square().Add(y.Sub(x.Square()).Square().MulScalar(100))
		autograd.Backward(loss)
		return loss.Item()
	}
	for range 4 {
		fmt.Printf("%.4f ", opt.Step(evaluate))
	}
	fmt.Printf("%.4f\n", p.Float64s())
	// Output: 24.2000 1.8205 0.1025 0.0000 [1.0000 1.0000]
}
