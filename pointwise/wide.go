package pointwise

import "math"

// Expansions for programs that run in float64, for devices that have its
// arithmetic and nothing else. They do without the bits of a float64: those
// would take 64-bit integers, which fewer devices have than float64. What a
// scale by a power of two or an exponent costs beside is a few dozen products.
//
// Sources: series where they converge fast, else the coefficients of FreeBSD's
// msun (which are Sun's fdlibm's).

var wideExpansion = map[Opcode]func(Value) Value{
	OpExp: wideExp, OpExp2: wideExp2, OpExpm1: wideExpm1,
	OpLog: double.log, OpLog2: double.log2, OpLog10: double.log10, OpLog1p: double.log1p,
	OpSin: wideSin, OpCos: wideCos, OpTan: wideTan,
	OpAsin: wideAsin, OpAcos: wideAcos, OpAtan: double.atan,
	OpSinh: double.sinh, OpCosh: double.cosh, OpTanh: wideTanh,
	OpAsinh: double.asinh, OpAcosh: double.acosh, OpAtanh: double.atanh,
	OpErf: wideErf, OpErfc: wideErfc, OpErfinv: wideErfinv,
	OpLgamma: wideLgamma, OpDigamma: double.digamma, OpTrigamma: double.trigamma,
}

// ExpandFloat64 is Expand for a program that runs in float64. The budgets are
// those of float32, in ulp of float64.
func ExpandFloat64(p *Program, kept ...Opcode) *Program {
	return expand(p, wideExpansion, double.pow, double.atan2, kept)
}

func w64(x float64) Value { return Const(x).as(Float) }

func widePoly(x Value, c []float64) Value { return double.poly(x, c) }
func wideOdd(x Value, c []float64) Value  { return double.odd(x, c) }

// inverseFactorials returns 1/from!, 1/(from+step)!, ..., n numbers of the given
// sign and, if that is 0, alternating from minus on.
func inverseFactorials(from, step, n int, alternate bool) []float64 {
	c := make([]float64, n)
	f, k := 1., 0
	for i := range c {
		for ; k < from+i*step; k++ {
			f *= float64(k + 1)
		}
		c[i] = 1 / f
		if alternate && i%2 == 0 {
			c[i] = -c[i]
		}
	}
	return c
}

// wideUpper returns x with 26 significant bits (Veltkamp), |x| < 2^996.
func wideUpper(x Value) Value {
	c := x.Mul(w64(1<<27 + 1))
	return c.Sub(c.Sub(x))
}

// wideNegative reports whether x is below 0, or -0.
func wideNegative(x Value) Value {
	return x.Lt(w64(0)).Or(x.Eq(w64(0)).And(w64(1).Div(x).Lt(w64(0))))
}

// wideOddOf gives y, an odd function of |x|, the sign of x; 0 stays as it is.
func wideOddOf(y, x Value) Value {
	return x.Eq(w64(0)).Select(x, x.Lt(w64(0)).Select(y.Neg(), y))
}

// wideWithSign gives y >= 0 the sign of x, which may be -0.
func wideWithSign(y, x Value) Value { return wideNegative(x).Select(y.Neg(), y) }

// widePow2 returns 2^n for an integer n, -1022 <= n <= 1023.
func widePow2(n Value) Value {
	bits, neg := n.Abs().Convert(Bits), n.Lt(w64(0))
	y := w64(1)
	for k := range 10 {
		set := bits.And(word32(1 << k)).Ne(word32(0))
		f := neg.Select(w64(math.Ldexp(1, -1<<k)), w64(math.Ldexp(1, 1<<k)))
		y = y.Mul(set.Select(f, w64(1)))
	}
	return y
}

// wideScale returns y*2^n, |n| <= 2044, rounded once.
func wideScale(y, n Value) Value {
	half := n.Mul(w64(0.5)).Trunc()
	return y.Mul(widePow2(half)).Mul(widePow2(n.Sub(half)))
}

// wideFraction writes positive finite x, normal or not, as 2^e m, 1 <= m < 2.
func wideFraction(x Value) (m, e Value) {
	tiny := x.Lt(w64(0x1p-1022))
	m = tiny.Select(x.Mul(w64(0x1p54)), x)
	e = tiny.Select(w64(-54), w64(0))
	less := m.Lt(w64(1))
	m = less.Select(m.Mul(w64(0x1p1022)), m)
	e = less.Select(e.Sub(w64(1022)), e)
	for k := 9; k >= 0; k-- {
		p := math.Ldexp(1, 1<<k)
		over := m.Ge(w64(p))
		m = over.Select(m.Mul(w64(1/p)), m)
		e = over.Select(e.Add(w64(float64(int(1)<<k))), e)
	}
	return m, e
}
