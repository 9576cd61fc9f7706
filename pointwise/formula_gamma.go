package pointwise

import "math"

// sinPi returns the sine of π times x's distance to the nearest integer, and
// that distance, which is exact.
func (t *format) sinPi(x Value) (s, d Value) {
	d = x.Sub(x.Round())
	a := d.Abs()
	// cos π(1/2-a) for a near 1/2 keeps the kernels within π/4.
	far := a.Gt(t.c(0.25))
	u := far.Select(t.c(0.5).Sub(a), a).Mul(t.c(math.Pi))
	return t.withSign(far.Select(t.cos(u), t.sin(u)), d), d
}

// stirlingTerms are B(2k)/(2k(2k-1)).
var stirlingTerms = []float64{1. / 12, -1. / 360, 1. / 1260, -1. / 1680, 1. / 1188, -691. / 360360, 1. / 156}

// lgammaOf returns Lgamma of x from y, that of a = |x| where it is not large, and
// l = log a where it is: Stirling's series beyond, and reflection for x < 0,
// where log Γ has a zero between any two integers below -2 and is accurate only
// absolutely near them.
func (t *format) lgammaOf(x, a, y, l, large Value) Value {
	// Abramowitz and Stegun 6.1.41.
	r := t.c(1).Div(a)
	z := r.Mul(r)
	series := r.Mul(t.poly(z, stirlingTerms[:t.stirling]))
	stirling := a.Sub(t.c(0.5)).Mul(l.Sub(t.c(1))).Add(t.c(0.5*math.Log(2*math.Pi) - 0.5).Add(series))
	y = large.Select(stirling, y)
	y = a.Eq(infinity).Select(infinity, y)
	// log Γ(-a) = log(π / (a |sin πa|)) - log Γ(a).
	s, dist := t.sinPi(a)
	mirror := t.log(t.c(math.Pi).Div(a.Mul(s.Abs()))).Sub(y)
	// For a tiny a the product underflows and π is not far from s/d.
	mirror = a.Lt(t.c(t.mirrorFrom)).Select(y, mirror)
	mirror = dist.Eq(t.c(0)).Or(a.Eq(infinity)).Select(infinity, mirror)
	return x.Lt(t.c(0)).Select(mirror, y)
}

// shifted returns x moved up past t.shift by the recurrence, and the sum of
// term(x) on the way.
func (t *format) shifted(x Value, term func(Value) Value) (y, sum Value) {
	y, sum = x, t.c(0)
	for range t.shift {
		step := y.Lt(t.c(float64(t.shift)))
		sum = step.Select(sum.Add(term(y)), sum)
		y = step.Select(y.Add(t.c(1)), y)
	}
	return y, sum
}

// The coefficients of the asymptotic series: B(2k)/(2k), and B(2k).
var (
	digammaTerms  = []float64{1. / 12, -1. / 120, 1. / 252, -1. / 240, 1. / 132, -691. / 32760}
	trigammaTerms = []float64{1. / 6, -1. / 30, 1. / 42, -1. / 30, 5. / 66, -691. / 2730}
)

// digamma: recurrence and the asymptotic series, Abramowitz and Stegun
// 6.3.5, 6.3.18; reflection 6.3.7 for x < 0.
func (t *format) digamma(x Value) Value {
	one := t.c(1)
	neg := x.Lt(t.c(0))
	// ψ(x) = ψ(1-x) - π cot πx.
	a := neg.Select(t.c(1).Sub(x), x)
	u, sum := t.shifted(a, func(u Value) Value { return one.Div(u) })
	r := one.Div(u)
	z := r.Mul(r)
	series := z.Mul(t.poly(z, digammaTerms[:t.terms]))
	y := t.log(u).Sub(r.Mul(t.c(0.5)).Add(series)).Sub(sum)
	d := x.Sub(x.Round())
	mirror := y.Sub(t.cotPi(d).Mul(t.c(math.Pi)))
	mirror = d.Eq(t.c(0)).Select(nan, mirror)
	y = neg.Select(mirror, y)
	y = x.Eq(infinity).Select(x, y)
	return x.Eq(t.c(0)).Select(t.c(-1).Div(x), y)
}

// cotPi returns cot πd for |d| <= 1/2.
func (t *format) cotPi(d Value) Value {
	a := d.Abs()
	far := a.Gt(t.c(0.25))
	u := far.Select(t.c(0.5).Sub(a), a).Mul(t.c(math.Pi))
	tan := t.tan(u)
	return t.withSign(far.Select(tan, t.c(1).Div(tan)), d)
}

// trigamma: Abramowitz and Stegun 6.4.6, 6.4.12, 6.4.7.
func (t *format) trigamma(x Value) Value {
	one := t.c(1)
	a := x.Lt(t.c(0)).Select(one.Sub(x), x) // ψ'(1-x) + ψ'(x) = π²/sin² πx
	u, sum := t.shifted(a, func(u Value) Value { r := one.Div(u); return r.Mul(r) })
	r := one.Div(u)
	z := r.Mul(r)
	y := r.Add(z.Mul(t.c(0.5))).Add(z.Mul(r).Mul(t.poly(z, trigammaTerms[:t.terms]))).Add(sum)
	s, d := t.sinPi(x)
	p := t.c(math.Pi).Div(s)
	mirror := p.Mul(p).Sub(y)
	mirror = d.Eq(t.c(0)).Select(infinity, mirror)
	mirror = x.Eq(infinity.Neg()).Select(nan, mirror)
	y = x.Lt(t.c(0)).Select(mirror, y)
	return x.Eq(infinity).Select(t.c(0), y)
}
