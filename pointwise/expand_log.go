package pointwise

import "math"

// rootHalf is the bits of √½ as float32.
const rootHalf = 0x3f3504f3

// logReduce writes positive x, normal or not, as 2^e (1+f), √½ <= 1+f < √2.
func logReduce(x Value) (f, e Value) {
	tiny := x.Lt(num(0x1p-126))
	b := tiny.Select(x.Mul(num(0x1p23)), x).Bitcast(Bits).Add(word32(0x3f800000 - rootHalf))
	// An integer below 2^23 over the bits of 2^23 is 2^23 more than itself.
	biased := b.Shr(word32(23)).Or(word32(0x4b000000)).Bitcast(Float)
	e = biased.Sub(tiny.Select(num(0x1p23+127+23), num(0x1p23+127)))
	f = b.And(word32(0x7fffff)).Add(word32(rootHalf)).Bitcast(Float).Sub(num(1))
	return f, e
}

// logEdges replaces y = log(x) where x is not positive and finite.
func logEdges(x, y Value) Value {
	y = x.Lt(infinity).Select(y, x) // NaN and Inf
	return x.Le(num(0)).Select(x.Eq(num(0)).Select(infinity.Neg(), nan), y)
}

// logSum returns log(1+f) + e ln2 + c, c small.
func logSum(f, e, c Value) Value {
	z := f.Mul(f)
	rest := e.Mul(num(ln2Lo))
	if c != none {
		rest = e.MulAdd(num(ln2Lo), c)
	}
	y := poly(f, logP).MulAdd(f.Mul(z), rest)
	y = z.MulAdd(num(-0.5), y)
	return e.MulAdd(num(ln2Hi), f.Add(y))
}

func expandLog(x Value) Value {
	f, e := logReduce(x)
	return logEdges(x, logSum(f, e, none))
}

// logTimes returns log(1+f)*c as the sum of a number that is exact and a small
// one.
func logTimes(f Value, c float64) (hi, lo Value) {
	half := f.Mul(f).Mul(num(0.5))
	h := upper(f.Sub(half))
	l := poly(f, logP).MulAdd(f.Mul(f.Mul(f)), f.Sub(h).Sub(half))
	cHi, cLo := split(c, 12)
	return h.Mul(num(cHi)), l.Add(h).MulAdd(num(cLo), l.Mul(num(cHi)))
}

func expandLog2(x Value) Value {
	f, e := logReduce(x)
	hi, lo := logTimes(f, math.Log2E)
	// e + hi is not exact, but what it loses can be told.
	s := e.Add(hi)
	lo = lo.Add(hi.Sub(s.Sub(e)))
	return logEdges(x, s.Add(lo))
}

func expandLog10(x Value) Value {
	f, e := logReduce(x)
	hi, lo := logTimes(f, math.Log10E)
	tHi, tLo := split(math.Ln2/math.Ln10, 12)
	t := e.Mul(num(tHi))
	s := t.Add(hi)
	lo = e.MulAdd(num(tLo), lo.Add(hi.Sub(s.Sub(t))))
	return logEdges(x, s.Add(lo))
}

// log1pPlus returns log(1+x)+c for x > -1.
func log1pPlus(x Value) Value {
	u := x.Add(num(1))
	v := u.Sub(num(1))
	lost := num(1).Sub(u.Sub(v)).Add(x.Sub(v)) // 1+x = u+lost
	f, e := logReduce(u)
	// Where 1+x needs no scaling, f is x itself.
	near := x.Gt(num(-0.29)).And(x.Lt(num(0.41)))
	f = near.Select(x, f)
	e = near.Select(num(0), e)
	c := near.Select(num(0), lost.Div(u))
	return logSum(f, e, c)
}

func expandLog1p(x Value) Value {
	y := x.Abs().Lt(num(0x1p-25)).Select(x, log1pPlus(x))
	y = x.Lt(infinity).Select(y, x)
	return x.Le(num(-1)).Select(x.Eq(num(-1)).Select(infinity.Neg(), nan), y)
}

// The inverse hyperbolic functions take log1p of what is left when 1 is drawn
// out, so that they keep their accuracy near 0; beyond big the root adds
// nothing, and its square would overflow.
const big = 1e8

func expandAsinh(x Value) Value {
	a := x.Abs()
	huge := a.Gt(num(big))
	s := a.Mul(a)
	t := a.Add(s.Div(num(1).Add(num(1).Add(s).Sqrt())))
	y := log1pPlus(huge.Select(a, t)).Add(huge.Select(num(math.Ln2), num(0)))
	y = a.Lt(infinity).Select(y, a)
	return withSign(a.Lt(num(1e-4)).Select(a, y), x)
}

func expandAcosh(x Value) Value {
	huge := x.Gt(num(big))
	t := x.Sub(num(1))
	u := t.Add(t.Mul(t.Add(num(2))).Sqrt())
	y := log1pPlus(huge.Select(x, u)).Add(huge.Select(num(math.Ln2), num(0)))
	return x.Lt(num(1)).Select(nan, x.Lt(infinity).Select(y, x))
}

func expandAtanh(x Value) Value {
	a := x.Abs()
	t := a.Add(a).Div(num(1).Sub(a))
	y := log1pPlus(t).Mul(num(0.5))
	y = a.Lt(num(1e-4)).Select(a, y)
	y = a.Lt(num(1)).Select(y, a.Eq(num(1)).Select(infinity, nan))
	return x.IsNaN().Select(x, withSign(y, x))
}
