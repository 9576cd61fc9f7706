package pointwise

import "math"

// A format is a float type as formulas that serve both types see it: constants
// of that type, what is done differently for want of its bits, and where a
// series or a shortcut is good enough.
type format struct {
	c        func(x float64) Value  // a constant
	upper    func(x Value) Value    // half the digits: products of two such are exact
	withSign func(y, x Value) Value // y >= 0 with the sign of x
	negative func(x Value) Value    // whether x is below 0, or -0

	logReduce          func(x Value) (f, e Value)   // positive x = 2^e (1+f), √½ <= 1+f < √2
	logSum             func(f, e, c Value) Value    // log(1+f) + e ln2 + c, c small, or none
	logRest            func(f, half, c Value) Value // log(1+f) - f + half + c, half = f²/2
	exp2               func(hi, lo Value) Value     // 2^(hi+lo)
	halfExp            func(x Value) Value          // exp(x)/2, x >= 0
	sin, cos, tan      func(r Value) Value          // |r| <= π/4
	sinhP, atanP, powP []float64

	half         int // significant bits of an upper
	log10of2     [2]float64
	powC0, powC1 [2]float64 // 2/ln2 and 2/(3 ln2) as pairs
	pi           [2]float64 // π as a pair
	log1pIs      float64    // below, log1p(x) is x
	small, big   float64    // below, asinh(x) is x; beyond, 1 adds nothing to x²
	powMost      float64    // as large an exponent as any in Pow
	huge         float64    // whose double overflows, divided by 2
	shift, terms int        // how far Digamma goes up to its series, and terms of that
	stirling     int        // terms of the series of Lgamma
	mirrorFrom   float64    // below, Lgamma(-x) is Lgamma(x)
}

var single, double format

func init() {
	low := func(x float64) float64 { return x - float64(float32(x)) }
	pair := func(x float64) [2]float64 { return [2]float64{float64(float32(x)), low(x)} }
	hi, lo := split(math.Ln2/math.Ln10, 12)
	single = format{
		c: num, upper: upper, withSign: withSign, negative: func(x Value) Value { return signBit(x).Ne(word32(0)) },
		logReduce: logReduce, logSum: logSum, logRest: logRest, exp2: exp2Pair, halfExp: halfExp, sin: sinKernel, cos: cosKernel, tan: tanKernel,
		sinhP: sinhP, atanP: atanP, powP: powP,
		half: 12, log10of2: [2]float64{hi, lo}, powC0: pair(2 / math.Ln2), powC1: pair(2 / math.Ln2 / 3), pi: pair(math.Pi),
		log1pIs: 0x1p-25, small: 1e-4, big: 1e8, powMost: 0x1p40, huge: 0x1p126, shift: 6, terms: 4, stirling: 3, mirrorFrom: 1e-8,
	}
	double = format{
		c: w64, upper: wideUpper, withSign: wideWithSign, negative: wideNegative,
		logReduce: wideLogReduce, logSum: wideLogSum, logRest: wideLogRest, exp2: wideExp2Pair, halfExp: wideHalfExp, sin: wideSinKernel, cos: wideCosKernel, tan: wideTanKernel,
		sinhP: wideSinhP, atanP: wideAtanP, powP: widePowP,
		half: 26, log10of2: [2]float64{0x1.34413509f6p-2, 0x1.9fef311f12b36p-42}, // the first of 40 bits
		powC0: [2]float64{0x1.71547652b82fep+1, 0x1.777d0ffda0d24p-55}, powC1: [2]float64{0x1.ec709dc3a03fdp-1, 0x1.d27f05548af0cp-55},
		pi:      [2]float64{math.Pi, 2 * pio2Low},
		log1pIs: 0x1p-54, small: 0x1p-28, big: 0x1p60, powMost: 0x1p66, huge: 0x1p1020, shift: 12, terms: 6, stirling: 7, mirrorFrom: 0x1p-60,
	}
}

// poly evaluates the polynomial with coefficients c, lowest first, by Horner.
func (t *format) poly(x Value, c []float64) Value {
	y := t.c(c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		y = y.MulAdd(x, t.c(c[i]))
	}
	return y
}

// odd returns x + x³P(x²).
func (t *format) odd(x Value, c []float64) Value {
	z := x.Mul(x)
	return t.poly(z, c).Mul(z).MulAdd(x, x)
}

// product returns x*y as the sum of two floats (Dekker), but for underflow.
func (t *format) product(x, y Value) (hi, lo Value) {
	hi = x.Mul(y)
	xh, yh := t.upper(x), t.upper(y)
	xl, yl := x.Sub(xh), y.Sub(yh)
	lo = xl.MulAdd(yl, xl.MulAdd(yh, xh.MulAdd(yl, xh.MulAdd(yh, hi.Neg())))) // all exact
	return hi, lo
}
