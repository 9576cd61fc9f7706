package pointwise

import "math"

// magic is 1.5*2^23: x+magic is rounded to an integer, which stands in the low
// bits of the sum.
const magic = 12582912

// Cody and Waite's parts of ln 2: n*ln2Hi is exact for |n| < 2^15. Cephes uses
// the same.
var ln2Hi, ln2Lo = split(math.Ln2, 9)

// exponent returns n = x rounded to an integer, as a float and in the low bits
// of a word.
func exponent(x Value) (n, bits Value) {
	t := x.Add(num(magic))
	return t.Sub(num(magic)), t.Bitcast(Bits)
}

// pow2 returns 2^n for the n in the low bits, -126 <= n <= 127.
func pow2(bits Value) Value {
	return bits.Shl(word32(23)).Add(word32(0x3f800000)).Bitcast(Float)
}

// scale returns y*2^n, for n that a power of two cannot express, too; it rounds
// once, also to a denormal.
func scale(y, n, bits Value) Value {
	_, half := exponent(n.Mul(num(0.5)))
	return y.Mul(pow2(half)).Mul(pow2(bits.Sub(half)))
}

// expReduce returns x = n ln2 + r, |r| <= ln2/2.
func expReduce(x Value) (r, n, bits Value) {
	n, bits = exponent(x.Mul(num(math.Log2E)))
	return x.Sub(n.Mul(num(ln2Hi))).Sub(n.Mul(num(ln2Lo))), n, bits
}

// expKernel returns exp(r) for |r| <= ln2/2.
func expKernel(r Value) Value {
	return poly(r, expP).Mul(r.Mul(r)).Add(r).Add(num(1))
}

func expandExp(x Value) Value {
	r, n, bits := expReduce(x)
	y := scale(expKernel(r), n, bits)
	// log of the largest float32, and of a quarter of the smallest.
	return x.Gt(num(88.72284)).Select(infinity, x.Lt(num(-104.5)).Select(num(0), y))
}

func expandExp2(x Value) Value {
	n, bits := exponent(x)
	y := scale(exp2Kernel(x.Sub(n)), n, bits)
	return x.Ge(num(128)).Select(infinity, x.Lt(num(-151)).Select(num(0), y))
}

func exp2Kernel(r Value) Value { return poly(r, exp2P).Mul(r).Add(num(1)) }

// expandExpm1: with q = expm1(r), exp(x)-1 = 2(t q + t - 1/2), t = 2^(n-1). The
// factor 2 keeps t finite up to the largest result, and all but the kernel and
// one sum is exact.
func expandExpm1(x Value) Value {
	y := x.Lt(num(-18)).Select(num(-18), x.Gt(num(89)).Select(num(89), x))
	r, _, bits := expReduce(y)
	t := pow2(bits.Sub(word32(1)))
	q := poly(r, expm1P).Mul(r.Mul(r)).Add(r)
	e := t.Mul(q).Add(t.Sub(num(0.5)))
	return x.Abs().Lt(num(1e-8)).Select(x, e.Add(e))
}

// halfExp returns exp(x)/2, which is finite for all x up to the largest with a
// finite Sinh, for x >= 0.
func halfExp(x Value) Value {
	r, n, bits := expReduce(x)
	one := word32(1)
	y := scale(expKernel(r), n.Sub(num(1)), bits.Sub(one))
	return x.Gt(num(89.4160)).Select(infinity, y) // the largest is 89.41599
}

func expandSinh(x Value) Value {
	a := x.Abs()
	h := halfExp(a)
	big := h.Sub(num(0.25).Div(h))
	return a.Lt(num(1)).Select(odd(x, sinhP), withSign(big, x))
}

func expandCosh(x Value) Value {
	h := halfExp(x.Abs())
	return h.Add(num(0.25).Div(h))
}

// expandTanh: 1-2/(exp(2|x|)+1) where that does not cancel.
func expandTanh(x Value) Value {
	a := x.Abs()
	e := expandExp(a.Add(a))
	big := num(1).Sub(num(2).Div(e.Add(num(1))))
	return withSign(a.Lt(num(0.625)).Select(odd(a, tanhP), big), x)
}
