package pointwise

import "math"

// lgamma returns log |Γ(x)|, for x > 0 to within two ulp, which math.Lgamma is
// not below 8. As in C it is +Inf at -Inf.
func lgamma(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a < smallestNormal:
		return -logarithm(a) // Γ(x) is 1/x there
	case x < 0 && a == math.Floor(a):
		return math.Inf(1)
	case x < -0x1p-60:
		d := a - math.Round(a)
		return logarithm(math.Pi/(a*math.Abs(sin(math.Pi*d)))) - lgamma(a)
	case !(a < 8):
		y, _ := math.Lgamma(a)
		return y
	}
	// The series of wideLgamma, and the logarithm as a sum of two floats.
	t, of, sign := a, 1., 1.
	for t >= 2.5 {
		t--
		of *= t
	}
	d := t - 2
	if a < 1.25 {
		d, of, sign = a-1, a, -1
	}
	tail := 0.
	if a < 0.5 {
		d, tail = a, math.Log1p(a)
	}
	lead := d * wideLgammaP[0]
	g, lost := twoSum(lead, d*d*horner(d, wideLgammaP[1:]))
	l, low := preciseLog(of)
	s, lost2 := twoSum(g, sign*l)
	return s + (math.FMA(d, wideLgammaP[0], -lead) + lost + lost2 + sign*(low+tail))
}

// digamma returns ψ(x), the derivative of Lgamma. As in PyTorch, ψ(±0) = ∓Inf
// and ψ at the negative integers is NaN.
func digamma(x float64) float64 {
	switch {
	case math.Abs(x) < smallestNormal:
		return -1 / x // and what may overflow is not summed
	case math.IsInf(x, 1):
		return x
	case x < 0 && x == math.Floor(x), math.IsInf(x, -1):
		return math.NaN()
	}
	var r, lost, l float64
	if x < 0 { // ψ(1-x) - ψ(x) = π cot πx; the period keeps the argument exact
		r = -math.Pi / tan(math.Pi*(x-math.Round(x)))
		x = 1 - x
	}
	for x < 10 { // ψ(x+1) = ψ(x) + 1/x
		r, l = twoSum(r, -1/x)
		lost += l
		x++
	}
	// Abramowitz and Stegun 6.3.18; the next term is 1/(12 x^14) < 1e-15.
	z := 1 / (x * x)
	r, l = twoSum(r, math.Log(x))
	return r + (l + lost - 0.5/x - z*horner(z, digammaTerms))
}

// trigamma returns ψ'(x). At 0 and the negative integers it is +Inf.
func trigamma(x float64) float64 {
	switch {
	case math.IsInf(x, 1):
		return 0
	case math.IsInf(x, -1):
		return math.NaN()
	case x <= 0 && x == math.Floor(x):
		return math.Inf(1)
	}
	if x < 0 { // ψ'(1-x) + ψ'(x) = π²/sin² πx
		s := sin(math.Pi * (x - math.Round(x)))
		return math.Pi*math.Pi/(s*s) - trigamma(1-x)
	}
	var r float64
	for x < 12 { // ψ'(x+1) = ψ'(x) - 1/x²
		r += 1 / (x * x)
		x++
	}
	// Abramowitz and Stegun 6.4.12; the next term is 7/(6 x^15) < 1e-16.
	z := 1 / (x * x)
	return r + 1/x + z/2 + z/x*horner(z, trigammaTerms)
}
