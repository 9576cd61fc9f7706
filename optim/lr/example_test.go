package lr_test

import (
	"fmt"
	"maps"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/optim/lr"
	"github.com/hekla-ml/hekla/tensor"
)

func optimizer() *optim.Optimizer {
	p := tensor.Zeros(tensor.CPU(), dtype.Float32, 1).SetRequiresGrad(true)
	return optim.SGD{LR: 1, Momentum: 0.9}.New([]*tensor.Tensor{p})
}

func rates(s lr.Schedule, n int) (l []float64) {
	for i := range n {
		l = append(l, s.Rate(1, i))
	}
	return l
}

func Example() {
	opt := optimizer()
	sched := lr.New(opt, lr.Warmup{Steps: 4, Then: lr.Cosine{Steps: 4}})
	for range 9 {
		fmt.Printf("%.2f ", opt.LR())
		opt.Step()
		sched.Step()
	}
	// Output: 0.25 0.50 0.75 1.00 1.00 0.85 0.50 0.15 0.00
}

func ExampleScheduler_StateDict() {
	sched := lr.New(optimizer(), lr.Exponential{Gamma: 0.5})
	sched.Step()
	sched.Step()
	opt := optimizer()
	again := lr.New(opt, lr.Exponential{Gamma: 0.5})
	fmt.Println(again.LoadStateDict(maps.Collect(sched.StateDict())), opt.LR())
	fmt.Println(again.LoadStateDict(nil))
	// Output:
	// <nil> 0.25
	// lr: state has no number step: it is of another scheduler
}

func ExampleChain() {
	fmt.Println(rates(lr.Chain{lr.Constant{Factor: 0.5, Steps: 2}, lr.Step{Every: 3, Gamma: 0.5}}, 5))
	// Output: [0.5 0.5 1 0.5 0.5]
}

func ExampleSequence() {
	fmt.Println(rates(lr.Sequence{Of: []lr.Schedule{lr.Linear{Start: 0.5, Steps: 2}, lr.Polynomial{Steps: 4}}, At: []int{2}}, 7))
	// Output: [0.5 0.75 1 0.75 0.5 0.25 0]
}

func ExampleFunc() {
	fmt.Println(rates(lr.Func(func(step int) float64 { return 1 / float64(1+step) }), 4))
	fmt.Println(rates(lr.Multiplicative(func(step int) float64 { return 1 / float64(step) }), 4))
	// Output:
	// [1 0.5 0.3333333333333333 0.25]
	// [1 1 0.5 0.16666666666666666]
}

func ExampleOneCycle() {
	opt := optimizer()
	sched := lr.New(opt, lr.OneCycle{Max: 1, Steps: 10, Rise: 0.5, Linear: true})
	for range 10 {
		fmt.Printf("%.2f/%.2f ", opt.LR(), opt.Groups()[0].Algorithm.(optim.SGD).Momentum)
		sched.Step()
	}
	// Output: 0.04/0.95 0.28/0.92 0.52/0.90 0.76/0.88 1.00/0.85 0.80/0.87 0.60/0.89 0.40/0.91 0.20/0.93 0.00/0.95
}

func ExamplePlateau() {
	opt := optimizer()
	sched := lr.Plateau{Patience: 1, Factor: 0.5}.New(opt)
	for _, loss := range []float64{3, 2, 2, 2, 1, 1} {
		sched.Step(loss)
		fmt.Print(opt.LR(), " ")
	}
	// Output: 1 1 1 0.5 0.5 0.5
}
