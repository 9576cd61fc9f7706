package pointwise_test

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// MulAdd rounds once where Mul and Add round twice.
func ExampleValue_MulAdd() {
	float := []pointwise.Kind{pointwise.Float, pointwise.Float}
	p := pointwise.New(float, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		x, y := in[0], in[1]
		product := x.Mul(y)
		return []pointwise.Value{x.MulAdd(y, product.Neg())} // what the product loses in rounding
	})
	fmt.Print(p)
	fmt.Println(p.EvalFloat32([]float64{1 + 0x1p-12, 1 + 0x1p-12}, nil, 0)[0] == 0x1p-24)
	// Output:
	// func(x0 float, x1 float) (%4)
	// %0 = x0
	// %1 = x1
	// %2 = mul.float %0, %1
	// %3 = neg.float %2
	// %4 = muladd.float %0, %1, %3
	// true
}

// Constants take the kind of what they meet; Select chooses by a Bool.
func ExampleValue_Select() {
	leaky := program(func(x pointwise.Value) pointwise.Value {
		return x.Gt(pointwise.Const(0)).Select(x, x.Mul(pointwise.Const(0.1)))
	})
	fmt.Println(leaky.Eval([]float64{3}, nil, 0), leaky.Eval([]float64{-3}, nil, 0))
	// Output: [3] [-0.30000000000000004]
}

// Index makes what a program computes depend on where the element stands.
func ExampleIndex() {
	ramp := pointwise.New(nil, nil, func(_, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{pointwise.Index().Convert(pointwise.Float).Mul(pointwise.Const(0.5))}
	})
	fmt.Println(ramp.Eval(nil, nil, 0), ramp.Eval(nil, nil, 7))
	// Output: [0] [3.5]
}

func ExampleKind() {
	fmt.Println(pointwise.Float, pointwise.Int, pointwise.Bool, pointwise.Bits)
	// Output: float int bool bits
}

func ExampleEvaluator() {
	e := program(pointwise.Value.Square).Evaluator(true, false)
	out := make([]float64, 1)
	for _, x := range []float64{1, 2, 3} {
		e.Eval(out, []float64{x}, nil, 0)
		fmt.Print(out[0], " ")
	}
	// Output: 1 4 9
}

func ExampleInstr() {
	p := program(func(x pointwise.Value) pointwise.Value { return x.Add(pointwise.Const(1)).Sqrt() })
	for i, in := range p.Code {
		fmt.Println(i, in.Op, in.Kind, in.Args())
	}
	// Output:
	// 0 input float []
	// 1 const float []
	// 2 add float [0 1]
	// 3 sqrt float [2]
}

// The derivative of a product: y's own value is not needed.
func ExampleGradient() {
	p := pointwise.New([]pointwise.Kind{pointwise.Float, pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Mul(in[1])}
	})
	g := p.VJP([]int{0, 1})
	fmt.Println(g.UsesIn, g.UsesOut)
	x, y, cotangent := 3.0, 5.0, 1.0
	fmt.Println(g.Eval([]float64{x, y, x * y, cotangent}, nil, 0))
	// Output:
	// [true true] [false]
	// [5 3]
}

func ExampleProgram_JVP() {
	j := program(pointwise.Value.Square).JVP()
	x, tangent := 3.0, 1.0
	fmt.Println(j.Eval([]float64{x, tangent}, nil, 0))
	// Output: [6]
}

func ExampleNoDerivativeError() {
	defer func() { fmt.Println(recover().(*pointwise.NoDerivativeError)) }()
	program(pointwise.Value.Trigamma).VJP([]int{0})
	// Output: pointwise: trigamma has no derivative here
}

// A Spec says how wide the kinds are: one float64 makes all of them so.
func ExampleSpec() {
	p := program(pointwise.Value.Exp)
	narrow := pointwise.Spec{Program: p, In: []dtype.DType{dtype.BFloat16}, Out: []dtype.DType{dtype.Float32}}
	wide := pointwise.Spec{Program: p, In: []dtype.DType{dtype.Float64}, Out: []dtype.DType{dtype.Float32}}
	fmt.Println(narrow.Float64(), wide.Float64())
	// Output: false true
}

// The error of 1.0000001 where tanh is 1 is one unit in the last place.
func ExampleError() {
	next := 1 + 1.0/(1<<23)
	fmt.Println(pointwise.Error(pointwise.OpTanh, 20, next, 1))
	// Output: 1
}

// A sum of five for a device whose kernels see four operands.
func ExampleProgram_Cut() {
	parts, between := sumOfFive().Cut(4)
	fmt.Println(len(parts), "parts, which pass on", between)
	// Output: 2 parts, which pass on [float]
}

// Where the inputs of each part come from, and where its outputs go.
func ExamplePart() {
	parts, _ := sumOfFive().Cut(4)
	for _, p := range parts {
		fmt.Println(p.In, "->", p.Out)
	}
	// Output:
	// [0 1 2] -> [1]
	// [3 4 5] -> [0]
}

func sumOfFive() *pointwise.Program {
	return pointwise.New(slices.Repeat([]pointwise.Kind{pointwise.Float}, 5), nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Add(in[1]).Add(in[2]).Add(in[3]).Add(in[4])}
	})
}

// A device that cannot see all elements at once runs a program piece by piece.
func ExampleProgram_From() {
	ramp := pointwise.New(nil, nil, func(_, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{pointwise.Index().Convert(pointwise.Float).Mul(pointwise.Const(0.5))}
	})
	fmt.Println(ramp.ReadsIndex(), ramp.Eval(nil, nil, 1003))
	fmt.Println(ramp.From().Eval(nil, []float64{1000, 0}, 3))
	// Output:
	// true [501.5]
	// [501.5]
}

// A device that computes both sides of every Select has fewer instructions to do.
func ExampleExpandStraight() {
	exp := pointwise.New([]pointwise.Kind{pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Exp()}
	})
	fmt.Println(len(pointwise.Expand(exp).Code), len(pointwise.ExpandStraight(exp).Code))
	// Output: 53 42
}
