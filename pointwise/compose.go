package pointwise

import (
	"fmt"
	"math"
)

// Functions composed of the primitives.

// Sign returns -1, 0 or 1, or NaN for NaN. Its derivative is 0.
func (x Value) Sign() Value {
	x = x.as(Float)
	return x.Gt(Const(0)).Select(Const(1), x.Lt(Const(0)).Select(Const(-1), x.Mul(Const(0))))
}

// Square returns x*x.
func (x Value) Square() Value { return x.Mul(x) }

// Reciprocal returns 1/x.
func (x Value) Reciprocal() Value { return Const(1).Div(x) }

// Rsqrt returns 1/√x.
func (x Value) Rsqrt() Value { return x.Sqrt().Reciprocal() }

// Sigmoid returns 1/(1+exp(-x)). VJP knows the pattern: the gradient is made
// from the result alone and does not overflow.
func (x Value) Sigmoid() Value {
	return x.Neg().Exp().Add(Const(1)).Reciprocal()
}

// Clamp limits x to [lo, hi]; NaN stays NaN. The gradient passes at the bounds.
func (x Value) Clamp(lo, hi Value) Value {
	return x.Lt(lo).Select(lo, hi.Lt(x).Select(hi, x))
}

// IsInf reports whether x is an infinity.
func (x Value) IsInf() Value { return x.Abs().Eq(Const(math.Inf(1))) }

// IsFinite reports whether x is neither an infinity nor NaN.
func (x Value) IsFinite() Value { return x.Abs().Lt(Const(math.Inf(1))) }

// Apply returns the Float function o of its one or two operands.
func Apply(o Opcode, x ...Value) Value {
	if len(x) != o.Arity() || o.Arity() < 1 || o.Arity() > 2 {
		panic(fmt.Sprintf("pointwise: %v of %d operands, want %d", o, len(x), o.Arity()))
	}
	if o.Arity() == 2 {
		return binary(o, x[0], x[1])
	}
	return float(o, x[0])
}
