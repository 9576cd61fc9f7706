package lr_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/optim/lr"
)

func ExampleShape() {
	for _, shape := range []lr.Shape{lr.Triangular, lr.Triangular2, lr.ExpRange} {
		fmt.Printf("%.3g\n", rates(lr.Cyclic{Max: 1, Up: 2, Shape: shape, Gamma: 0.9}, 8))
	}
	// Output:
	// [0 0.5 1 0.5 0 0.5 1 0.5]
	// [0 0.5 1 0.5 0 0.25 0.5 0.25]
	// [0 0.45 0.81 0.365 0 0.295 0.531 0.239]
}

// The rate goes up while the momentum comes down.
func ExampleCycler() {
	var c lr.Cycler = lr.Cyclic{Min: 0.1, Max: 0.5, Up: 2}
	for step := range 4 {
		m, _ := c.Momentum(step)
		fmt.Printf("%.2f/%.2f ", c.Rate(0, step), m)
	}
	_, changes := lr.OneCycle{Max: 1, Steps: 4, KeepMomentum: true}.Momentum(0)
	fmt.Println(changes)
	// Output: 0.10/0.90 0.30/0.85 0.50/0.80 0.30/0.85 false
}

// What has groups has rates: schedules work for LBFGS, which is no Algorithm.
func ExampleTrained() {
	lbfgs := optim.LBFGS{}.New(optimizer().Groups()[0].Params)
	for _, opt := range []lr.Trained{optimizer(), lbfgs} {
		sched := lr.New(opt, lr.Exponential{Gamma: 0.5})
		sched.Step()
		fmt.Println(opt.Groups()[0].LR)
	}
	// Output:
	// 0.5
	// 0.5
}

// The best value counts, not the last, and after a change a Cooldown is
// granted.
func ExamplePlateauScheduler() {
	opt := optimizer()
	var s *lr.PlateauScheduler = lr.Plateau{Larger: true, Patience: -1, Cooldown: 2, Min: 0.05}.New(opt)
	for _, accuracy := range []float64{0.5, 0.9, 0.8, 0.8, 0.8, 0.8, 0.95} {
		s.Step(accuracy)
		fmt.Print(opt.LR(), " ")
	}
	fmt.Println("best", s.Best())
	// Output: 1 1 0.1 0.1 0.1 0.05 0.05 best 0.95
}
