package lr_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/optim/lr"
)

// show prints the first n rates of a schedule, from a rate of 1. The outputs are
// PyTorch 1.13's.
func show(s lr.Schedule, n int) {
	for _, rate := range rates(s, n) {
		fmt.Printf("%.4g ", rate)
	}
}

func ExampleStep() {
	show(lr.Step{Every: 2, Gamma: 0.5}, 6)
	// Output: 1 1 0.5 0.5 0.25 0.25
}

func ExampleMultiStep() {
	show(lr.MultiStep{At: []int{2, 4}, Gamma: 0.1}, 6)
	// Output: 1 1 0.1 0.1 0.01 0.01
}

func ExampleConstant() {
	show(lr.Constant{Factor: 0.5, Steps: 2}, 4)
	// Output: 0.5 0.5 1 1
}

func ExampleLinear() {
	show(lr.Linear{Start: 0.2, Steps: 4}, 6)
	// Output: 0.2 0.4 0.6 0.8 1 1
}

func ExampleExponential() {
	show(lr.Exponential{Gamma: 0.5}, 4)
	// Output: 1 0.5 0.25 0.125
}

func ExampleCosine() {
	show(lr.Cosine{Steps: 4}, 5)
	// Output: 1 0.8536 0.5 0.1464 0
}

func ExampleCosineRestarts() {
	show(lr.CosineRestarts{Steps: 2, Factor: 2}, 7)
	// Output: 1 0.5 1 0.8536 0.5 0.1464 1
}

func ExamplePolynomial() {
	show(lr.Polynomial{Steps: 4, Power: 2}, 6)
	// Output: 1 0.5625 0.25 0.0625 0 0
}

func ExampleCyclic() {
	show(lr.Cyclic{Min: 0.1, Max: 1, Up: 3, Shape: lr.Triangular2}, 10)
	// Output: 0.1 0.4 0.7 1 0.7 0.4 0.1 0.25 0.4 0.55
}

// The rate rises to that of the optimizer and then follows another schedule.
func ExampleWarmup() {
	show(lr.Warmup{Steps: 4, Then: lr.Exponential{Gamma: 0.5}}, 7)
	// Output: 0.25 0.5 0.75 1 1 0.5 0.25
}
