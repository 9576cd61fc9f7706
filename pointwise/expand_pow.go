package pointwise

import "math"

// product returns x*y as the sum of two floats (Dekker), but for underflow.
func product(x, y Value) (hi, lo Value) {
	hi = x.Mul(y)
	xh, yh := upper(x), upper(y)
	xl, yl := x.Sub(xh), y.Sub(yh)
	lo = xl.MulAdd(yl, xl.MulAdd(yh, xh.MulAdd(yl, xh.MulAdd(yh, hi.Neg())))) // all exact
	return hi, lo
}

// log2Pair returns log2 of positive finite x as the sum of two floats, to some
// 2^-36 of its value: as the logarithm is multiplied by up to 150, one float
// would leave hundreds of ulps.
func log2Pair(x Value) (hi, lo Value) {
	f, e := logReduce(x)
	// s = f/(2+f) as a pair.
	t := f.Add(num(2))
	tl := f.Sub(t.Sub(num(2)))
	s := f.Div(t)
	ph, pl := product(s, t)
	sl := s.MulAdd(tl.Neg(), f.Sub(ph).Sub(pl)).Div(t)
	// z = s² as a pair.
	z, zl := product(s, s)
	ss := s.Mul(sl)
	zl = zl.Add(ss.Add(ss))
	// w = C0 + C1 z + z²P(z) as a pair; C0 = 2/ln2, C1 = C0/3.
	c0 := float64(float32(2 / math.Ln2))
	c1 := float64(float32(2 / math.Ln2 / 3))
	uh, ul := product(z, num(c1))
	ul = zl.MulAdd(num(c1), z.MulAdd(num(2/math.Ln2/3-c1), ul))
	w := uh.Add(num(c0))
	wl := poly(z, powP).MulAdd(z.Mul(z), uh.Sub(w.Sub(num(c0))).Add(ul).Add(num(2/math.Ln2-c0)))
	// log2 = e + s w.
	hi, lo = product(s, w)
	lo = sl.MulAdd(w, s.MulAdd(wl, lo))
	sum := e.Add(hi)
	return sum, hi.Sub(sum.Sub(e)).Add(lo)
}

// expandPow has the special cases of C99 F.9.4.4.
func expandPow(x, y Value) Value {
	a := x.Abs()
	lh, ll := log2Pair(a)
	// A larger y gives 0, 1 or Inf just as well, and its parts do not overflow.
	z := y.Abs().Gt(num(0x1p40)).Select(withSign(num(0x1p40), y), y)
	ph, pl := product(z, lh)
	pl = z.MulAdd(ll, pl)
	n, bits := exponent(ph)
	r := ph.Sub(n).Add(pl)
	p := exp2Scaled(ph, exp2Kernel(r), n, bits)

	zero := a.Eq(num(0))
	edge := zero.Or(a.Eq(infinity))
	p = edge.Select(zero.Xor(y.Lt(num(0))).Select(num(0), infinity), p)

	// Negative x: odd integers keep the sign, other integers drop it.
	whole := y.Trunc().Eq(y)
	half := y.Mul(num(0.5))
	oddY := whole.And(half.Trunc().Ne(half))
	negative := signBit(x).Ne(word32(0))
	p = negative.And(oddY).Select(p.Neg(), p)
	p = x.Lt(num(0)).And(whole.Or(edge).Not()).Select(nan, p)

	p = x.IsNaN().Or(y.IsNaN()).Select(nan, p)
	return y.Eq(num(0)).Or(x.Eq(num(1))).Select(num(1), p)
}
