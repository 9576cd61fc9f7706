package pointwise

// log2Pair returns log2 of positive finite x as the sum of two floats, to some
// 2^-36 of its value: as the logarithm is multiplied by up to 150, one float
// would leave hundreds of ulps.
func (t *format) log2Pair(x Value) (hi, lo Value) {
	f, e := t.logReduce(x)
	// s = f/(2+f) as a pair.
	d := f.Add(t.c(2))
	dl := f.Sub(d.Sub(t.c(2)))
	s := f.Div(d)
	ph, pl := t.product(s, d)
	sl := s.MulAdd(dl.Neg(), f.Sub(ph).Sub(pl)).Div(d)
	// z = s² as a pair.
	z, zl := t.product(s, s)
	ss := s.Mul(sl)
	zl = zl.Add(ss.Add(ss))
	// w = C0 + C1 z + z²P(z) as a pair.
	c0, c1 := t.c(t.powC0[0]), t.c(t.powC1[0])
	uh, ul := t.product(z, c1)
	ul = zl.MulAdd(c1, z.MulAdd(t.c(t.powC1[1]), ul))
	w := uh.Add(c0)
	wl := t.poly(z, t.powP).MulAdd(z.Mul(z), uh.Sub(w.Sub(c0)).Add(ul).Add(t.c(t.powC0[1])))
	// log2 = e + s w.
	hi, lo = t.product(s, w)
	lo = sl.MulAdd(w, s.MulAdd(wl, lo))
	sum := e.Add(hi)
	return sum, hi.Sub(sum.Sub(e)).Add(lo)
}

// pow has the special cases of C99 F.9.4.4.
func (t *format) pow(x, y Value) Value {
	a := x.Abs()
	lh, ll := t.log2Pair(a)
	// A larger y gives 0, 1 or Inf just as well, and its parts do not overflow.
	z := y.Abs().Gt(t.c(t.powMost)).Select(t.withSign(t.c(t.powMost), y), y)
	ph, pl := t.product(z, lh)
	p := t.exp2(ph, z.MulAdd(ll, pl))

	zero := a.Eq(t.c(0))
	edge := zero.Or(a.Eq(infinity))
	p = edge.Select(zero.Xor(y.Lt(t.c(0))).Select(t.c(0), infinity), p)

	// Negative x: odd integers keep the sign, other integers drop it.
	whole := y.Trunc().Eq(y)
	half := y.Mul(t.c(0.5))
	oddY := whole.And(half.Trunc().Ne(half))
	p = t.negative(x).And(oddY).Select(p.Neg(), p)
	p = x.Lt(t.c(0)).And(whole.Or(edge).Not()).Select(nan, p)

	p = x.IsNaN().Or(y.IsNaN()).Select(nan, p)
	return y.Eq(t.c(0)).Or(x.Eq(t.c(1))).Select(t.c(1), p)
}
