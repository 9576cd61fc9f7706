// Package pointwise is a small language for elementwise math. A scalar
// function is written once, in Go, over Values:
//
//	gelu := func(x pointwise.Value) pointwise.Value {
//		return x.Mul(pointwise.Const(0.5)).Mul(pointwise.Const(1).Add(x.Mul(pointwise.Const(1/math.Sqrt2)).Erf()))
//	}
//
// New turns it into a Program: typed, in single-assignment form, simplified,
// without common subexpressions and with a hash to cache kernels by. Programs
// are evaluated in float64 by Eval (the oracle), differentiated by VJP, and run
// on tensors by the backends, which know only the primitive instructions:
// Expand rewrites the transcendental ones to the same polynomials for all.
package pointwise
