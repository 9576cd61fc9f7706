package pointwise

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// unaryOps lists every function of one Float with a range on which it is
// smooth and its first two derivatives are not negligible.
var unaryOps = []struct {
	name   string
	f      func(x Value) Value
	lo, hi float64
}{
	{"neg", Value.Neg, -2, 2}, {"abs", Value.Abs, 0.1, 2}, {"abs-", Value.Abs, -2, -0.1},
	{"sqrt", Value.Sqrt, 0.1, 9}, {"exp", Value.Exp, -3, 3}, {"exp2", Value.Exp2, -3, 3}, {"expm1", Value.Expm1, -3, 3},
	{"log", Value.Log, 0.1, 9}, {"log2", Value.Log2, 0.1, 9}, {"log10", Value.Log10, 0.1, 9}, {"log1p", Value.Log1p, -0.8, 9},
	{"sin", Value.Sin, -4, 4}, {"cos", Value.Cos, -4, 4}, {"tan", Value.Tan, -1.3, 1.3},
	{"asin", Value.Asin, -0.9, 0.9}, {"acos", Value.Acos, -0.9, 0.9}, {"atan", Value.Atan, -4, 4},
	{"sinh", Value.Sinh, -3, 3}, {"cosh", Value.Cosh, -3, 3}, {"tanh", Value.Tanh, -2, 2},
	{"asinh", Value.Asinh, -3, 3}, {"acosh", Value.Acosh, 1.2, 9}, {"atanh", Value.Atanh, -0.8, 0.8},
	{"erf", Value.Erf, -2, 2}, {"erfc", Value.Erfc, -2, 2}, {"erfinv", Value.Erfinv, -0.9, 0.9},
	{"lgamma", Value.Lgamma, 0.3, 9}, {"lgamma-", Value.Lgamma, -1.8, -1.2},
	{"rsqrt", Value.Rsqrt, 0.2, 4}, {"reciprocal", Value.Reciprocal, 0.3, 4}, {"square", Value.Square, -3, 3},
	{"sigmoid", Value.Sigmoid, -4, 4},
	{"3/x", func(x Value) Value { return Const(3).Div(x) }, 0.3, 4},
	{"2^x", func(x Value) Value { return Const(2).Pow(x) }, -2, 2},
	{"x^2.5", func(x Value) Value { return x.Pow(Const(2.5)) }, 0.2, 3},
	{"x^x", func(x Value) Value { return x.Pow(x) }, 0.2, 3},
	{"x/(1+x²)", func(x Value) Value { return x.Div(x.Square().Add(Const(1))) }, -3, 3},
	{"where", func(x Value) Value { return x.Gt(Const(0)).Select(x.Sin(), x.Expm1().Mul(x)) }, -2, 2},
	{"max", func(x Value) Value { return x.Sin().Max(x.Cos().Mul(x)) }, 1.5, 3},
	{"rem", func(x Value) Value { return x.Square().Rem(x.Add(Const(3))) }, 0.1, 1.5},
	{"uses result", func(x Value) Value { return x.Exp().Mul(x.Tanh()).Add(x.Exp().Log1p()) }, -2, 2},
}

func TestDerivative(t *testing.T) {
	for _, op := range unaryOps {
		p := float1(op.f)
		g := p.VJP([]int{0})
		jvp := p.JVP()
		grad := func(x float64) float64 {
			y := p.Eval([]float64{x}, nil, 0)[0]
			return g.Eval([]float64{x, y, 1}, nil, 0)[0]
		}
		// The second derivative, through a program of x alone.
		first := float1(func(x Value) Value {
			w := newVJP(p, []Value{x}, nil, nil)
			w.add(p.Outputs[0], nil, Const(1))
			return w.run()[0]
		})
		second := first.VJP([]int{0})
		for i := range 200 {
			x := op.lo + (op.hi-op.lo)*(float64(i)+0.5)/200
			h := 1e-4 * max(math.Abs(x), 0.3)
			if op.name == "where" && math.Abs(x) < 2*h {
				continue // the kink
			}
			got, want := grad(x), difference(func(x float64) float64 { return p.Eval([]float64{x}, nil, 0)[0] }, x, h)
			if e := math.Abs(got - want); !(e <= 1e-8*max(1, math.Abs(want))) {
				t.Fatalf("%s'(%v) = %v, want %v", op.name, x, got, want)
			}
			if fwd := jvp.Eval([]float64{x, 1}, nil, 0)[0]; !(math.Abs(fwd-got) <= 1e-13*max(1, math.Abs(got))) {
				t.Fatalf("%s'(%v) = %v forward, %v reverse", op.name, x, fwd, got)
			}
			y := first.Eval([]float64{x}, nil, 0)[0]
			got2, want2 := second.Eval([]float64{x, y, 1}, nil, 0)[0], difference(grad, x, h)
			if e := math.Abs(got2 - want2); !(e <= 1e-7*max(1, math.Abs(want2))) {
				t.Fatalf("%s''(%v) = %v, want %v", op.name, x, got2, want2)
			}
		}
	}
}

// difference returns the fourth-order central difference.
func difference(f func(float64) float64, x, h float64) float64 {
	return (8*(f(x+h)-f(x-h)) - (f(x+2*h) - f(x-2*h))) / (12 * h)
}

func TestBinaryDerivative(t *testing.T) {
	for _, op := range []struct {
		name string
		f    func(x, y Value) Value
	}{
		{"add", Value.Add}, {"sub", Value.Sub}, {"mul", Value.Mul}, {"div", Value.Div}, {"pow", Value.Pow},
		{"atan2", Value.Atan2}, {"min", Value.Min}, {"max", Value.Max},
		{"muladd", func(x, y Value) Value { return x.MulAdd(y, x.Mul(Const(3))) }},
		{"atan2 of 0 by its second operand", func(x, y Value) Value { return y.Sub(x).Atan2(x).Add(Const(0).Atan2(y)) }},
		{"hypot", func(x, y Value) Value { return x.Square().Add(y.Square()).Sqrt() }},
	} {
		p := float2(op.f)
		g := p.VJP([]int{0, 1})
		r := rand.New(rand.NewPCG(1, 2))
		for range 200 {
			x := [2]float64{0.2 + 3*r.Float64(), 0.2 + 3*r.Float64()}
			if math.Abs(x[0]-x[1]) < 0.01 {
				continue
			}
			z := p.Eval(x[:], nil, 0)[0]
			got := g.Eval([]float64{x[0], x[1], z, 1}, nil, 0)
			for k := range 2 {
				want := difference(func(v float64) float64 {
					y := x
					y[k] = v
					return p.Eval(y[:], nil, 0)[0]
				}, x[k], 1e-4)
				if !(math.Abs(got[k]-want) <= 1e-8*max(1, math.Abs(want))) {
					t.Fatalf("%s at %v by operand %d: %v, want %v", op.name, x, k, got[k], want)
				}
			}
		}
	}
}

func TestSubgradient(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	c := Const
	where := func(x Value) Value { return x.Gt(c(0)).Select(x.Log(), c(0)) }
	nested := func(x Value) Value { return x.Gt(c(0)).Select(x.Sqrt().Log().Mul(x.Rsqrt()), x) }
	for _, test := range []struct {
		why     string
		f       func(x, y Value) Value
		x, y, g float64
		dx, dy  float64
	}{
		{"|x|' at 0", func(x, y Value) Value { return x.Abs() }, 0, 0, 1, 0, 0},
		{"ties share", Value.Max, 2, 2, 1, 0.5, 0.5},
		{"ties share", Value.Min, 2, 2, 1, 0.5, 0.5},
		{"floor is a step", func(x, y Value) Value { return x.Floor() }, 1.5, 0, 1, 0, 0},
		{"sign is a step", func(x, y Value) Value { return x.Sign() }, 0, 0, 1, 0, 0},
		{"clamp passes at the bound", func(x, y Value) Value { return x.Clamp(c(-1), c(1)) }, 1, 0, 3, 3, 0},
		{"clamp stops beyond", func(x, y Value) Value { return x.Clamp(c(-1), c(1)) }, 1.5, 0, 3, 0, 0},
		{"0^0 by both", Value.Pow, 0, 0, 1, 0, 0},
		{"0^2 by y", Value.Pow, 0, 2, 1, 0, 0},
		{"5^0", Value.Pow, 5, 0, 1, 0, math.Log(5)},
		{"the log not taken", func(x, y Value) Value { return where(x) }, 0, 0, 1, 0, 0},
		{"the log not taken", func(x, y Value) Value { return where(x) }, -1, 0, 1, 0, 0},
		{"NaN there too", func(x, y Value) Value { return where(x) }, nan, 0, 1, 0, 0},
		{"behind further steps", func(x, y Value) Value { return nested(x.Mul(y)) }, -1, 2, 1, 2, -1},
		{"at 0", func(x, y Value) Value { return nested(x.Mul(y)) }, 0, 2, 1, 2, 0},
		{"max loses an Inf", func(x, y Value) Value { return x.Sqrt().Max(y) }, 0, 2, 1, 0, 1},
		{"sigmoid does not overflow", func(x, y Value) Value { return x.Sigmoid() }, -800, 0, 1, 0, 0},
		{"an infinite cotangent is masked", func(x, y Value) Value { return where(x) }, -1, 0, inf, 0, 0},
		{"atan2 at the origin", Value.Atan2, 0, 0, 1, 0, 0},
	} {
		p := float2(test.f)
		z := p.Eval([]float64{test.x, test.y}, nil, 0)[0]
		got := p.VJP([]int{0, 1}).Eval([]float64{test.x, test.y, z, test.g}, nil, 0)
		if got[0] != test.dx || got[1] != test.dy {
			t.Errorf("%s: at (%v, %v): %v, want [%v %v]", test.why, test.x, test.y, got, test.dx, test.dy)
		}
	}
}

func TestGradientReads(t *testing.T) {
	for _, test := range []struct {
		f       func(x Value) Value
		in, out bool
	}{
		{Value.Exp, false, true}, {Value.Tanh, false, true}, {Value.Sigmoid, false, true}, {Value.Sqrt, false, true},
		{Value.Rsqrt, false, true}, {Value.Reciprocal, false, true}, {Value.Erfinv, false, true}, {Value.Tan, false, true},
		{Value.Sin, true, false}, {Value.Log, true, false}, {Value.Neg, false, false}, {Value.Square, true, false},
	} {
		p := float1(test.f)
		g := p.VJP([]int{0})
		if g.UsesIn[0] != test.in || g.UsesOut[0] != test.out {
			t.Errorf("gradient reads input %v, output %v, want %v, %v:\n%v%v", g.UsesIn[0], g.UsesOut[0], test.in, test.out, p, g)
		}
	}
}

func TestNoDerivative(t *testing.T) {
	defer func() {
		var e *NoDerivativeError
		if err, _ := recover().(error); !errors.As(err, &e) || e.Op != OpTrigamma {
			t.Errorf("panic %v, want NoDerivativeError", err)
		}
	}()
	float1(Value.Trigamma).VJP([]int{0})
}
