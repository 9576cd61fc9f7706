package pointwise

import "math"

// expandErf: near 0 a polynomial; beyond, 1 - 2^log2(erfc|x|), where the
// logarithm is a polynomial, too. NaN goes all the way.
func expandErf(x Value) Value {
	a := x.Abs()
	t := a.Min(num(3.95)) // erf is 1 from 3.92 on
	p := poly(t, erfTailP)
	sum := t.MulAdd(p, num(magic))
	r := t.MulAdd(p, num(magic).Sub(sum))
	minus := make([]float64, len(exp2ShortP)) // the power is at most 0.19
	for i, c := range exp2ShortP {
		minus[i] = -c
	}
	far := poly(r, minus).MulAdd(r, num(-1)).MulAdd(pow2(sum.Bitcast(Bits)), num(1))
	signed := far.Bitcast(Bits).Or(signBit(x)).Bitcast(Float)
	return a.Lt(num(0.9375)).Select(erfKernel(x), signed)
}

// erfKernel returns erf(x) for |x| < 0.9375.
func erfKernel(x Value) Value { return poly(x.Mul(x), erfP).MulAdd(x, x) }

// expandErfc: 1 - erf(x) near 0, else exp(-x²) P / (1+2x), the square as a pair.
func expandErfc(x Value) Value {
	a := x.Abs()
	t := a.Gt(num(10.1)).Select(num(10.1), a) // erfc is 0 from 10.06 on
	q := t.Sub(num(2)).Div(t.Add(num(2)))
	h := upper(t)
	s := h.Mul(h)
	l := t.Sub(h).Mul(t.Add(h)) // t² = s + l; s is exact
	n, bits := exponentOf(s, -math.Log2E)
	r := lessLn2(s.Neg(), n).Sub(l)
	// l shifts r by up to 0.05.
	y := expKernel(r).Mul(poly(q, erfcP)).Div(t.Add(t).Add(num(1)))
	y = t.Gt(num(9)).Select(scale(y, n, bits), y.Mul(pow2(bits)))
	y = x.Lt(num(0)).Select(num(2).Sub(y), y)
	return a.Lt(num(0.47)).Select(num(1).Sub(erfKernel(x)), y)
}

// expandErfinv: polynomials in w = -log(1-x²) and √w, the form of Giles,
// "Approximating the erfinv function", GPU Computing Gems 2 (2011).
func expandErfinv(x Value) Value {
	a := x.Abs()
	w := single.log(num(1).Sub(a).Mul(num(1).Add(a))).Neg()
	center := poly(w.Sub(num(2.5)), erfinvP)
	tail := poly(w.Sqrt().Sub(num(3)), erfinvTailP)
	y := w.Lt(num(5)).Select(center, tail).Mul(x)
	return a.Eq(num(1)).Select(withSign(infinity, x), y)
}
