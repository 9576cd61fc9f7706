package pointwise

import "math"

// log2(m) = s(C0 + C1 z + z²P(z)), z = s², s = (m-1)/(m+1): the series, to 2^-60 on z <= 0.0295.
var widePowP = func() []float64 {
	c := make([]float64, 10)
	for k := range c {
		c[k] = 2 / math.Ln2 / float64(2*k+5)
	}
	return c
}()

// C0 = 2/ln2 and C1 = C0/3 as pairs.
const (
	widePowC0, widePowC0Low = 0x1.71547652b82fep+1, 0x1.777d0ffda0d24p-55
	widePowC1, widePowC1Low = 0x1.ec709dc3a03fdp-1, 0x1.d27f05548af0cp-55
)

// wideLog2Pair: see log2Pair.
func wideLog2Pair(x Value) (hi, lo Value) {
	f, e := wideLogReduce(x)
	t := f.Add(w64(2))
	tl := f.Sub(t.Sub(w64(2)))
	s := f.Div(t)
	ph, pl := wideProduct(s, t)
	sl := s.MulAdd(tl.Neg(), f.Sub(ph).Sub(pl)).Div(t)
	z, zl := wideProduct(s, s)
	ss := s.Mul(sl)
	zl = zl.Add(ss.Add(ss))
	uh, ul := wideProduct(z, w64(widePowC1))
	ul = zl.MulAdd(w64(widePowC1), z.MulAdd(w64(widePowC1Low), ul))
	w := uh.Add(w64(widePowC0))
	wl := widePoly(z, widePowP).MulAdd(z.Mul(z), uh.Sub(w.Sub(w64(widePowC0))).Add(ul).Add(w64(widePowC0Low)))
	hi, lo = wideProduct(s, w)
	lo = sl.MulAdd(w, s.MulAdd(wl, lo))
	sum := e.Add(hi)
	return sum, hi.Sub(sum.Sub(e)).Add(lo)
}

// widePow has the special cases of C99 F.9.4.4.
func widePow(x, y Value) Value {
	a := x.Abs()
	lh, ll := wideLog2Pair(a)
	z := between(y, -0x1p66, 0x1p66)
	ph, pl := wideProduct(z, lh)
	pl = z.MulAdd(ll, pl)
	n := between(ph, -1200, 1200).Round()
	r := ph.Sub(n).Add(pl)
	p := wideScale(wideExpKernel(r.Mul(w64(math.Ln2))), n)
	p = ph.Gt(w64(1100)).Select(infinity, ph.Lt(w64(-1150)).Select(w64(0), p))

	zero := a.Eq(w64(0))
	edge := zero.Or(a.Eq(infinity))
	p = edge.Select(zero.Xor(y.Lt(w64(0))).Select(w64(0), infinity), p)

	whole := y.Trunc().Eq(y)
	half := y.Mul(w64(0.5))
	oddY := whole.And(half.Trunc().Ne(half))
	p = wideNegative(x).And(oddY).Select(p.Neg(), p)
	p = x.Lt(w64(0)).And(whole.Or(edge).Not()).Select(nan, p)

	p = x.IsNaN().Or(y.IsNaN()).Select(nan, p)
	return y.Eq(w64(0)).Or(x.Eq(w64(1))).Select(w64(1), p)
}
