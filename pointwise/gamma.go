package pointwise

import "math"

// lgamma returns log |Γ(x)|. As in C, and unlike math.Lgamma, it is +Inf at -Inf.
func lgamma(x float64) float64 {
	if math.Abs(x) < smallestNormal {
		return -logarithm(math.Abs(x)) // Γ(x) is 1/x there
	}
	y, _ := math.Lgamma(math.Max(x, -math.MaxFloat64))
	return y
}

// digamma returns ψ(x), the derivative of Lgamma. As in PyTorch, ψ(±0) = ∓Inf
// and ψ at the negative integers is NaN.
func digamma(x float64) float64 {
	switch {
	case x == 0:
		return -1 / x
	case math.IsInf(x, 1):
		return x
	case x < 0 && x == math.Floor(x), math.IsInf(x, -1):
		return math.NaN()
	}
	var r float64
	if x < 0 { // ψ(1-x) - ψ(x) = π cot πx; the period keeps the argument exact
		r = -math.Pi / math.Tan(math.Pi*(x-math.Round(x)))
		x = 1 - x
	}
	for x < 10 { // ψ(x+1) = ψ(x) + 1/x
		r -= 1 / x
		x++
	}
	// Abramowitz and Stegun 6.3.18; the next term is 1/(12 x^14) < 1e-15.
	z := 1 / (x * x)
	s := z * (1./12 - z*(1./120-z*(1./252-z*(1./240-z*(1./132-z*(691./32760))))))
	return r + math.Log(x) - 0.5/x - s
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
		s := math.Sin(math.Pi * (x - math.Round(x)))
		return math.Pi*math.Pi/(s*s) - trigamma(1-x)
	}
	var r float64
	for x < 12 { // ψ'(x+1) = ψ'(x) - 1/x²
		r += 1 / (x * x)
		x++
	}
	// Abramowitz and Stegun 6.4.12; the next term is 7/(6 x^15) < 1e-16.
	z := 1 / (x * x)
	s := 1./6 - z*(1./30-z*(1./42-z*(1./30-z*(5./66-z*(691./2730)))))
	return r + 1/x + z/2 + z/x*s
}
