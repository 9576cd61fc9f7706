package pointwise

import (
	"math"
	"testing"
)

func float1(f func(x Value) Value) *Program {
	return New([]Kind{Float}, nil, func(in, _ []Value) []Value { return []Value{f(in[0])} })
}

func float2(f func(x, y Value) Value) *Program {
	return New([]Kind{Float, Float}, nil, func(in, _ []Value) []Value { return []Value{f(in[0], in[1])} })
}

func TestSimplify(t *testing.T) {
	c := Const
	for _, test := range []struct {
		why string
		f   func(x, y Value) Value
		ops int // instructions other than inputs and constants
	}{
		{"x+0 turns -0 into 0", func(x, y Value) Value { return x.Add(c(0)) }, 1},
		{"x+(-0) does not", func(x, y Value) Value { return x.Add(c(math.Copysign(0, -1))) }, 0},
		{"", func(x, y Value) Value { return x.Sub(c(0)) }, 0},
		{"", func(x, y Value) Value { return x.Mul(c(1)) }, 0},
		{"x*0 is NaN at Inf", func(x, y Value) Value { return x.Mul(c(0)) }, 1},
		{"", func(x, y Value) Value { return x.Div(c(1)) }, 0},
		{"", func(x, y Value) Value { return x.Neg().Neg() }, 0},
		{"x-x is NaN at Inf", func(x, y Value) Value { return x.Sub(x) }, 1},
		{"x+y = y+x", func(x, y Value) Value { return x.Add(y).Mul(y.Add(x)) }, 2},
		{"", func(x, y Value) Value { return c(1).Lt(c(2)).Select(x, y) }, 0},
		{"", func(x, y Value) Value { return x.Lt(y).Select(y, y) }, 0},
		{"", func(x, y Value) Value { return x.Lt(y).Not().Not().Select(x, y) }, 2},
		{"not(x<y) is not y<=x at NaN, but swaps a select", func(x, y Value) Value { return x.Lt(y).Not().Select(x, y) }, 2},
		{"", func(x, y Value) Value { return x.Bitcast(Bits).Bitcast(Float) }, 0},
		{"", func(x, y Value) Value { return x.Lt(y).Convert(Float).Convert(Bool) }, 1},
		{"x/2 is x*0.5", func(x, y Value) Value { return x.Div(c(2)).Add(x.Mul(c(0.5))) }, 2},
		{"", func(x, y Value) Value { return x.Add(y.Neg()).Mul(x.Sub(y)) }, 2},
		{"", func(x, y Value) Value { return c(2).Exp().Mul(c(3)).Mul(x) }, 1},
		{"", func(x, y Value) Value { return x.Pow(c(2)) }, 1},
		{"x*1 is exact", func(x, y Value) Value { return x.MulAdd(c(1), y).Add(x.Add(y)) }, 2},
		{"x*0 is NaN at Inf", func(x, y Value) Value { return x.MulAdd(c(0), y) }, 2},
		{"", func(x, y Value) Value { return x.Neg().MulAdd(y.Neg(), y).Sub(y.MulAdd(x, y)) }, 2},
		{"", func(x, y Value) Value { return x.Neg().MulAdd(c(2), y).Sub(x.MulAdd(c(-2), y)) }, 2},
		{"x*y+(-0) is x*y", func(x, y Value) Value { return x.MulAdd(y, c(math.Copysign(0, -1))).Sub(y.Mul(x)) }, 2},
	} {
		p := float2(test.f)
		n := 0
		for _, in := range p.Code {
			if in.Op != OpInput && in.Op != OpConst {
				n++
			}
		}
		if n != test.ops {
			t.Errorf("%s: %d operations, want %d:\n%v", test.why, n, test.ops, p)
		}
	}
}

func TestString(t *testing.T) {
	p := New([]Kind{Float, Float}, []Kind{Float}, func(in, u []Value) []Value {
		return []Value{in[1].Mul(in[0]).Add(Const(0.5)).Exp(), in[0].Mul(in[1]).Lt(u[0])}
	})
	const want = `func(x0 float, x1 float; u0 float) (%6, %7)
%0 = x0
%1 = x1
%2 = u0
%3 = mul.float %0, %1
%4 = const.float 0.5
%5 = add.float %3, %4
%6 = exp.float %5
%7 = lt.bool %3, %2
`
	if got := p.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestHash(t *testing.T) {
	sum := float2(func(x, y Value) Value { return x.Add(y) })
	if h := float2(func(x, y Value) Value { return y.Add(x) }).Hash(); h != sum.Hash() {
		t.Errorf("x+y and y+x have hashes %s and %s", sum.Hash(), h)
	}
	if h := float2(func(x, y Value) Value { return y.Sub(x) }).Hash(); h == sum.Hash() {
		t.Error("x+y and y-x have one hash")
	}
	if len(sum.Hash()) != 24 {
		t.Errorf("hash %q", sum.Hash())
	}
}
