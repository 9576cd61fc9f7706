package pointwise

import "math"

// expandErf: near 0 a polynomial; beyond, 1 - exp(log erfc|x|), where log erfc
// is a polynomial, too.
func expandErf(x Value) Value {
	a := x.Abs()
	small := a.Lt(num(0.9375))
	t := a.Gt(num(3.95)).Select(num(3.95), a) // erf is 1 from 3.92 on
	far := num(1).Sub(expNear(poly(t, erfTailP).Mul(t).Add(t).Neg()))
	return small.Select(erfKernel(x), x.IsNaN().Select(x, withSign(far, x)))
}

// erfKernel returns erf(x) for |x| < 0.9375.
func erfKernel(x Value) Value { return poly(x.Mul(x), erfP).Mul(x).Add(x) }

// expandErfc: 1 - erf(x) near 0, else exp(-x²) P / (1+2x), the square as a pair.
func expandErfc(x Value) Value {
	a := x.Abs()
	t := a.Gt(num(10.1)).Select(num(10.1), a) // erfc is 0 from 10.06 on
	q := t.Sub(num(2)).Div(t.Add(num(2)))
	h := upper(t)
	s := h.Mul(h)
	l := t.Sub(h).Mul(t.Add(h)) // t² = s + l
	n, bits := exponent(s.Mul(num(-math.Log2E)))
	r := s.Neg().Sub(n.Mul(num(ln2Hi))).Sub(n.Mul(num(ln2Lo))).Sub(l)
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
	w := expandLog(num(1).Sub(a).Mul(num(1).Add(a))).Neg()
	center := poly(w.Sub(num(2.5)), erfinvP)
	tail := poly(w.Sqrt().Sub(num(3)), erfinvTailP)
	y := w.Lt(num(5)).Select(center, tail).Mul(x)
	return a.Eq(num(1)).Select(withSign(infinity, x), y)
}
