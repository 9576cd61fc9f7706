package pointwise

import "math"

// sinPi returns the sine of π times x's distance to the nearest integer, and
// that distance, which is exact.
func sinPi(x Value) (s, d Value) {
	d = x.Sub(x.Round())
	t := d.Abs()
	// cos π(1/2-t) for t near 1/2 keeps the kernels within π/4.
	far := t.Gt(num(0.25))
	u := far.Select(num(0.5).Sub(t), t).Mul(num(math.Pi))
	return withSign(far.Select(cosKernel(u), sinKernel(u)), d), d
}

// expandLgamma: polynomials about the zeros 1 and 2, the recurrence Γ(x+1) =
// xΓ(x) towards them from below 3/4 and from up to 8, Stirling's series beyond,
// and reflection for x < 0, where log Γ has a zero between any two integers
// below -2 and is accurate only absolutely near them.
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
	l := expandLog(large.Select(a, small.Select(a, prod)))
	y := small.Select(g.Sub(l), g.Add(l))
	// Abramowitz and Stegun 6.1.41.
	r := num(1).Div(a)
	z := r.Mul(r)
	series := r.Mul(poly(z, []float64{1. / 12, -1. / 360, 1. / 1260}))
	stirling := a.Sub(num(0.5)).Mul(l.Sub(num(1))).Add(num(0.5*math.Log(2*math.Pi) - 0.5).Add(series))
	y = large.Select(stirling, y)
	y = a.Eq(infinity).Select(infinity, y)
	// log Γ(-a) = log(π / (a |sin πa|)) - log Γ(a).
	s, dist := sinPi(a)
	mirror := expandLog(num(math.Pi).Div(a.Mul(s.Abs()))).Sub(y)
	// For a tiny a the product underflows and π is not far from s/d.
	mirror = a.Lt(num(1e-8)).Select(y, mirror)
	mirror = dist.Eq(num(0)).Or(a.Eq(infinity)).Select(infinity, mirror)
	return x.Lt(num(0)).Select(mirror, y)
}

// shifted returns x moved up past 6 by the recurrence, and the sum of term(x)
// on the way.
func shifted(x Value, term func(Value) Value) (t, sum Value) {
	t, sum = x, num(0)
	for range 6 {
		step := t.Lt(num(6))
		sum = step.Select(sum.Add(term(t)), sum)
		t = step.Select(t.Add(num(1)), t)
	}
	return t, sum
}

// expandDigamma: recurrence and the asymptotic series, Abramowitz and Stegun
// 6.3.5, 6.3.18; reflection 6.3.7 for x < 0.
func expandDigamma(x Value) Value {
	one := num(1)
	neg := x.Lt(num(0))
	// ψ(x) = ψ(1-x) - π cot πx.
	a := neg.Select(num(1).Sub(x), x)
	t, sum := shifted(a, func(t Value) Value { return one.Div(t) })
	r := one.Div(t)
	z := r.Mul(r)
	series := z.Mul(poly(z, []float64{1. / 12, -1. / 120, 1. / 252, -1. / 240}))
	y := expandLog(t).Sub(r.Mul(num(0.5)).Add(series)).Sub(sum)
	d := x.Sub(x.Round())
	mirror := y.Sub(cotPi(d).Mul(num(math.Pi)))
	mirror = d.Eq(num(0)).Select(nan, mirror)
	y = neg.Select(mirror, y)
	y = x.Eq(infinity).Select(x, y)
	return x.Eq(num(0)).Select(num(-1).Div(x), y)
}

// cotPi returns cot πd for |d| <= 1/2.
func cotPi(d Value) Value {
	a := d.Abs()
	far := a.Gt(num(0.25))
	u := far.Select(num(0.5).Sub(a), a).Mul(num(math.Pi))
	t := odd(u, tanP)
	return withSign(far.Select(t, num(1).Div(t)), d)
}

// expandTrigamma: Abramowitz and Stegun 6.4.6, 6.4.12, 6.4.7.
func expandTrigamma(x Value) Value {
	one := num(1)
	a := x.Lt(num(0)).Select(one.Sub(x), x) // ψ'(1-x) + ψ'(x) = π²/sin² πx
	t, sum := shifted(a, func(t Value) Value { r := one.Div(t); return r.Mul(r) })
	r := one.Div(t)
	z := r.Mul(r)
	y := r.Add(z.Mul(num(0.5))).Add(z.Mul(r).Mul(poly(z, []float64{1. / 6, -1. / 30, 1. / 42, -1. / 30}))).Add(sum)
	s, d := sinPi(x)
	p := num(math.Pi).Div(s)
	mirror := p.Mul(p).Sub(y)
	mirror = d.Eq(num(0)).Select(infinity, mirror)
	mirror = x.Eq(infinity.Neg()).Select(nan, mirror)
	y = x.Lt(num(0)).Select(mirror, y)
	return x.Eq(infinity).Select(num(0), y)
}
