package pointwise

import "math"

// Functions that Go's math has wrong at the ends of the range of float64, as of
// Go 1.26 on amd64: Log(5e-324) is -709.09 where -744.44 is right, since its
// assembly takes denormals for normal numbers, and with it Lgamma; Exp
// gives +Inf from 709.44 on, though the largest number is exp(709.78); Sinh and
// Cosh from there on, though theirs is at 710.47; Acos loses half its digits near
// 1; Atan2 has the wrong sign where the quotient underflows. The reference for
// all devices must not be wrong anywhere.

const (
	smallestNormal = 0x1p-1022
	expFrom        = 709 // the largest integer below which Exp is right
	exp64          = 6235149080811616882909238708.92846974483139184623579991438859
)

func logarithm(x float64) float64 {
	if x > 0 && x < smallestNormal {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

func acos(x float64) float64 {
	switch {
	case x > 0.5:
		return 2 * math.Asin(math.Sqrt((1-x)/2))
	case x < -0.5:
		return math.Pi - 2*math.Asin(math.Sqrt((1+x)/2))
	}
	return math.Acos(x)
}

func atan2(y, x float64) float64 { return math.Copysign(math.Atan2(y, x), y) }

// exp takes e⁶⁴ out: a difference of integers from x is exact.
func exp(x float64) float64 {
	if x > expFrom {
		return math.Exp(x-64) * exp64
	}
	return math.Exp(x)
}

func sinh(x float64) float64 {
	if math.Abs(x) > expFrom {
		return math.Copysign(math.Exp(math.Abs(x)-64)*(exp64/2), x)
	}
	return math.Sinh(x)
}

func cosh(x float64) float64 {
	if math.Abs(x) > expFrom {
		return math.Exp(math.Abs(x)-64) * (exp64 / 2)
	}
	return math.Cosh(x)
}
