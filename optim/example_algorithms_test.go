package optim_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// walk prints where an algorithm goes in four steps down x², from 1. The
// outputs below are PyTorch 1.13's, of the same options; those of Lion and
// SparseAdam, which it has not or only for other gradients, are by hand.
func walk(a optim.Algorithm) {
	x := tensor.Ones(tensor.CPU(), dtype.Float64).SetRequiresGrad(true)
	opt := optim.New(a, []*tensor.Tensor{x})
	for range 4 {
		opt.ZeroGrad()
		autograd.Backward(x.Square())
		opt.Step()
		fmt.Printf("%.4f ", x.Item())
	}
}

func ExampleSGD() {
	walk(optim.SGD{LR: 0.1, Momentum: 0.9})
	// Output: 0.8000 0.4600 0.0620 -0.3086
}

func ExampleAdam() {
	walk(optim.Adam{LR: 0.1})
	// Output: 0.9000 0.8004 0.7016 0.6039
}

func ExampleAdamW() {
	walk(optim.AdamW{LR: 0.1, WeightDecay: 0.5})
	// Output: 0.8500 0.7082 0.5750 0.4505
}

func ExampleAdagrad() {
	walk(optim.Adagrad{LR: 0.5})
	// Output: 0.5000 0.2764 0.1564 0.0891
}

func ExampleAdadelta() {
	walk(optim.Adadelta{})
	// Output: 0.9968 0.9936 0.9903 0.9870
}

func ExampleAdamax() {
	walk(optim.Adamax{LR: 0.1})
	// Output: 0.9000 0.8052 0.7155 0.6310
}

func ExampleNAdam() {
	walk(optim.NAdam{LR: 0.1})
	// Output: 0.8944 0.8200 0.7527 0.6877
}

func ExampleRAdam() {
	walk(optim.RAdam{LR: 0.1})
	// Output: 0.8000 0.6211 0.4623 0.3228
}

func ExampleRMSprop() {
	walk(optim.RMSprop{LR: 0.01})
	// Output: 0.9000 0.8329 0.7800 0.7354
}

func ExampleASGD() {
	walk(optim.ASGD{LR: 0.1})
	// Output: 0.8000 0.6400 0.5120 0.4096
}

func ExampleRprop() {
	walk(optim.Rprop{LR: 0.1})
	// Output: 0.9000 0.7800 0.6360 0.4632
}

// Lion's steps are all of one size.
func ExampleLion() {
	walk(optim.Lion{LR: 0.1})
	// Output: 0.9000 0.8000 0.7000 0.6000
}

func ExampleSparseAdam() {
	walk(optim.SparseAdam{LR: 0.1}) // as Adam where all gradients are there
	// Output: 0.9000 0.8004 0.7016 0.6039
}

func ExampleGroup() {
	x := tensor.Ones(tensor.CPU(), dtype.Float64).SetRequiresGrad(true)
	opt := optim.SGD{LR: 0.1}.New([]*tensor.Tensor{x})
	for _, g := range opt.Groups() {
		g.LR *= 2
		fmt.Println(len(g.Params), g.LR, g.Algorithm.Rate())
	}
	// Output: 1 0.2 0.1
}
