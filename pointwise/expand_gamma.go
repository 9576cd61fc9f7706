package pointwise

import "math"

// stirlingTerms are B(2k)/(2k(2k-1)).
var stirlingTerms = []float64{1. / 12, -1. / 360, 1. / 1260, -1. / 1680, 1. / 1188, -691. / 360360, 1. / 156}

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
	l := single.log(large.Select(a, small.Select(a, prod)))
	y := small.Select(g.Sub(l), g.Add(l))
	// Abramowitz and Stegun 6.1.41.
	r := num(1).Div(a)
	z := r.Mul(r)
	series := r.Mul(poly(z, stirlingTerms[:3]))
	stirling := a.Sub(num(0.5)).Mul(l.Sub(num(1))).Add(num(0.5*math.Log(2*math.Pi) - 0.5).Add(series))
	y = large.Select(stirling, y)
	y = a.Eq(infinity).Select(infinity, y)
	// log Γ(-a) = log(π / (a |sin πa|)) - log Γ(a).
	s, dist := single.sinPi(a)
	mirror := single.log(num(math.Pi).Div(a.Mul(s.Abs()))).Sub(y)
	// For a tiny a the product underflows and π is not far from s/d.
	mirror = a.Lt(num(1e-8)).Select(y, mirror)
	mirror = dist.Eq(num(0)).Or(a.Eq(infinity)).Select(infinity, mirror)
	return x.Lt(num(0)).Select(mirror, y)
}
