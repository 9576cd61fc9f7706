package pointwise

import "math"

// Functions that Go's math has right to a few ulp only: Log2 and Log10 near 1,
// and Pow, where the error grows with the exponent (10^200 is 3 ulp off).
// A device whose own error is within an ulp or two must not be compared with
// those. Here numbers are sums of two floats, and series give only small terms.

const (
	ln2Upper = 0x1.62e42fefa38p-1 // times an exponent that is exact
	ln2Lower = math.Ln2 - ln2Upper
)

var expTerms = inverseFactorials(3, 1, 13, false)

// twoSum returns a+b, and what is lost by rounding it (Knuth).
func twoSum(a, b float64) (s, lost float64) {
	s = a + b
	t := s - a
	return s, (a - (s - t)) + (b - t)
}

func horner(x float64, c []float64) float64 {
	y := 0.
	for i := len(c) - 1; i >= 0; i-- {
		y = y*x + c[i]
	}
	return y
}

// preciseLog returns log x, x > 0 and finite, to within 2^-64 of it: with x =
// 2^k m and s = (m-1)/(m+1) it is k ln2 + 2(s + s³/3 + s⁵/5 + ...).
func preciseLog(x float64) (hi, lo float64) {
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, k = 2*m, k-1
	}
	d, dl := twoSum(m, 1)
	s := (m - 1) / d
	sl := (math.FMA(-s, d, m-1) - s*dl) / d
	z := s * s
	zl := math.FMA(s, s, -z) + 2*s*sl
	p := s * z
	pl := math.FMA(s, z, -p) + s*zl + sl*z
	q := p / 3
	ql := (math.FMA(-3, q, p) + pl) / 3
	rest := 0.
	for i := 27; i >= 5; i -= 2 {
		rest = rest*z + 1/float64(i)
	}
	hi, lo = twoSum(s, q)
	lo += sl + ql + p*z*rest
	e := float64(k)
	hi, l := twoSum(e*ln2Upper, 2*hi)
	return twoSum(hi, l+2*lo+e*ln2Lower)
}

// logOf is log x times cHi + cLo.
func logOf(x, cHi, cLo float64) float64 {
	if !(x > 0) || x > math.MaxFloat64 {
		return math.Log(x)
	}
	h, l := preciseLog(x)
	p := h * cHi
	return p + (math.FMA(h, cHi, -p) + h*cLo + l*cHi)
}

func log2(x float64) float64 {
	const hi = 0x1.71547652b82fep0
	return logOf(x, hi, 1/math.Ln2-hi)
}

func log10(x float64) float64 {
	const hi = 0x1.bcb7b1526e50ep-2
	return logOf(x, hi, 1/math.Ln10-hi)
}

func power(x, y float64) float64 {
	a := math.Abs(x)
	if !(a > 0) || a > math.MaxFloat64 || y-y != 0 || y == 0 || x < 0 && y != math.Trunc(y) {
		return math.Pow(x, y)
	}
	sign := 1.
	if x < 0 && math.Mod(y, 2) != 0 {
		sign = -1
	}
	h, l := preciseLog(a)
	p := y * h
	switch {
	case p > 710:
		return math.Inf(int(sign))
	case p < -746:
		return math.Copysign(0, sign)
	}
	return sign * preciseExp(p, math.FMA(y, h, -p)+y*l)
}

// preciseExp returns e^(x+low) = 2^k (1 + r + r²/2 + ...), |r| <= ln2/2.
func preciseExp(x, low float64) float64 {
	k := math.RoundToEven(x / math.Ln2)
	r, rl := twoSum(x-k*ln2Upper, -k*ln2Lower)
	r, rl = twoSum(r, rl+low)
	z := r * r
	h, l := twoSum(1, r)
	h, l2 := twoSum(h, z/2)
	return math.Ldexp(h+(l+l2+math.FMA(r, r, -z)/2+r*z*horner(r, expTerms)+rl*h), int(k))
}
