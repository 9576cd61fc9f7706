package pointwise_test

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/pointwise"
)

// Softplus, log(1+eˣ), in a form that does not overflow.
func softplus(x pointwise.Value) pointwise.Value {
	return x.Max(pointwise.Const(0)).Add(x.Abs().Neg().Exp().Log1p())
}

func program(f func(x pointwise.Value) pointwise.Value) *pointwise.Program {
	return pointwise.New([]pointwise.Kind{pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{f(in[0])}
	})
}

func ExampleNew() {
	p := program(softplus)
	fmt.Printf("%.4f\n", p.Eval([]float64{0}, nil, 0)[0])
	fmt.Print(p)
	// Output:
	// 0.6931
	// func(x0 float) (%7)
	// %0 = x0
	// %1 = const.float 0
	// %2 = max.float %0, %1
	// %3 = abs.float %0
	// %4 = neg.float %3
	// %5 = exp.float %4
	// %6 = log1p.float %5
	// %7 = add.float %2, %6
}

// The gradient of tanh needs only its result: the input need not be kept.
func ExampleProgram_VJP() {
	p := program(pointwise.Value.Tanh)
	g := p.VJP([]int{0})
	fmt.Println("reads input:", g.UsesIn[0], "reads output:", g.UsesOut[0])
	y := math.Tanh(0.5)
	fmt.Printf("%.4f\n", g.Eval([]float64{0, y, 1}, nil, 0)[0])
	// Output:
	// reads input: false reads output: true
	// 0.7864
}

// Run in float32 on polynomials, exp is within an ulp and a half everywhere.
func ExampleExpand() {
	p := pointwise.Expand(program(pointwise.Value.Exp))
	got := p.EvalFloat32([]float64{1}, nil, 0)[0]
	fmt.Println(got == float64(float32(math.E)), pointwise.Budget(pointwise.OpExp))
	// Output: true 1.5
}
