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
func exponent(x Value) (n, bits Value) { return integer(x.Add(num(magic))) }

// exponentOf returns exponent(x*c).
func exponentOf(x Value, c float64) (n, bits Value) {
	return integer(x.MulAdd(num(c), num(magic)))
}

func integer(t Value) (n, bits Value) { return t.Sub(num(magic)), t.Bitcast(Bits) }

// lessLn2 returns x - n ln2.
func lessLn2(x, n Value) Value {
	return n.MulAdd(num(-ln2Lo), n.MulAdd(num(-ln2Hi), x))
}

// pow2 returns 2^n for the n in the low bits, -126 <= n <= 127.
func pow2(bits Value) Value {
	return bits.Shl(word32(23)).Add(word32(0x3f800000)).Bitcast(Float)
}

// scale returns y*2^n, for n that a power of two cannot express, too; it rounds
// once, also to a denormal.
func scale(y, n, bits Value) Value {
	_, half := exponentOf(n, 0.5)
	return y.Mul(pow2(half)).Mul(pow2(bits.Sub(half)))
}

// expReduce returns x = n ln2 + r, |r| <= ln2/2.
func expReduce(x Value) (r, n, bits Value) {
	n, bits = exponentOf(x, math.Log2E)
	return lessLn2(x, n), n, bits
}

// expKernel returns exp(r) for |r| <= ln2/2.
func expKernel(r Value) Value {
	return poly(r, expP).MulAdd(r, num(1)).MulAdd(r, num(1))
}

// expNear returns exp(x) for |x| <= 87, where one power of two does.
func expNear(x Value) Value {
	r, _, bits := expReduce(x)
	return expKernel(r).Mul(pow2(bits))
}

func expandExp(x Value) Value {
	r, n, bits := expReduce(x)
	k := expKernel(r)
	// log of the largest float32, and of a quarter of the smallest.
	far := x.Gt(num(88.72284)).Select(infinity, x.Lt(num(-104.5)).Select(num(0), scale(k, n, bits)))
	return x.Abs().Gt(num(87)).Select(far, k.Mul(pow2(bits)))
}

func expandExp2(x Value) Value {
	n, bits := exponent(x)
	return exp2Scaled(x, exp2Kernel(x.Sub(n)), n, bits)
}

// exp2Scaled returns y*2^n, where x is n and a fraction.
func exp2Scaled(x, y, n, bits Value) Value {
	far := x.Ge(num(129)).Select(infinity, x.Lt(num(-152)).Select(num(0), scale(y, n, bits)))
	return x.Abs().Gt(num(125)).Select(far, y.Mul(pow2(bits)))
}

// exp2Pair: see format.
func exp2Pair(hi, lo Value) Value {
	n, bits := exponent(hi)
	return exp2Scaled(hi, exp2Kernel(hi.Sub(n).Add(lo)), n, bits)
}

func exp2Kernel(r Value) Value { return poly(r, exp2P).MulAdd(r, num(1)) }

// expandExpm1: with q = expm1(r), exp(x)-1 = 2(t q + t - 1/2), t = 2^(n-1). The
// factor 2 keeps t finite up to the largest result, and all but the kernel and
// one sum is exact.
func expandExpm1(x Value) Value {
	y := x.Lt(num(-18)).Select(num(-18), x.Gt(num(89)).Select(num(89), x))
	r, _, bits := expReduce(y)
	t := pow2(bits.Sub(word32(1)))
	q := poly(r, expm1P).MulAdd(r.Mul(r), r)
	e := t.MulAdd(q, t.Sub(num(0.5)))
	return x.Abs().Lt(num(1e-8)).Select(x, e.Add(e))
}

// halfExp returns exp(x)/2, which is finite for all x up to the largest with a
// finite Sinh, for x >= 0.
func halfExp(x Value) Value {
	r, n, bits := expReduce(x)
	one := word32(1)
	k := expKernel(r)
	far := x.Gt(num(89.4160)).Select(infinity, scale(k, n.Sub(num(1)), bits.Sub(one))) // the largest is 89.41599
	return x.Gt(num(87)).Select(far, k.Mul(pow2(bits.Sub(one))))
}

// expandTanh: 1-2/(exp(2|x|)+1) where that does not cancel.
func expandTanh(x Value) Value {
	a := x.Abs()
	e := expNear(a.Add(a).Min(num(20))) // 1-2/(e^20+1) is 1
	big := num(1).Sub(num(2).Div(e.Add(num(1))))
	return withSign(a.Lt(num(0.625)).Select(odd(a, tanhP), big), x)
}
