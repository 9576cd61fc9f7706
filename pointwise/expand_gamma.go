package pointwise

// expandLgamma: polynomials about the zeros 1 and 2, the recurrence Γ(x+1) =
// xΓ(x) towards them from below 3/4 and from up to 8; lgammaOf does the rest.
func expandLgamma(x Value) Value {
	a := x.Abs()
	// From [3, 8) down to [2, 3): prod of what is passed.
	t, prod := a, num(1)
	for range 5 {
		step := t.Ge(num(3))
		u := t.Sub(num(1))
		prod = step.Select(prod.Mul(u), prod)
		t = step.Select(u, t)
	}
	small := a.Lt(num(0.75))
	// Near 1 and near 2, by the distance, which is exact.
	near1 := small.Select(a.Lt(num(0.5)), a.Lt(num(1.5)))
	d := small.Eq(near1).Select(small.Select(a, t.Sub(num(2))), a.Sub(num(1)))
	g := near1.Select(
		poly(d, lgamma1P).Mul(d.Mul(d.Sub(num(1)))),
		poly(d, lgamma2P).Mul(d.Mul(d.Add(num(1)))))
	large := a.Ge(num(8))
	l := single.log(large.Select(a, small.Select(a, prod)))
	return single.lgammaOf(x, a, small.Select(g.Sub(l), g.Add(l)), l, large)
}
