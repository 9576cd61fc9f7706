package pointwise

import "math"

// log(1+f) = f - f²/2 + s(f²/2 + R), R = zP(z), z = s², s = f/(2+f): e_log.c.
var wideLogP = []float64{6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
	1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01}

// wideLogReduce writes positive x as 2^e (1+f), √½ <= 1+f < √2.
func wideLogReduce(x Value) (f, e Value) {
	m, e := wideFraction(x)
	over := m.Gt(w64(math.Sqrt2))
	return over.Select(m.Mul(w64(0.5)), m).Sub(w64(1)), over.Select(e.Add(w64(1)), e)
}

// wideLogParts returns f²/2 and s(f²/2 + R).
func wideLogParts(f Value) (half, rest Value) {
	s := f.Div(f.Add(w64(2)))
	z := s.Mul(s)
	half = f.Mul(f).Mul(w64(0.5))
	return half, s.Mul(widePoly(z, wideLogP).MulAdd(z, half))
}

// wideLogSum returns log(1+f) + e ln2 + c.
func wideLogSum(f, e, c Value) Value {
	half, rest := wideLogParts(f)
	low := e.MulAdd(w64(wideLn2Lo), rest.Add(c))
	return e.MulAdd(w64(wideLn2Hi), f.Sub(half.Sub(low)))
}

func wideLog(x Value) Value {
	f, e := wideLogReduce(x)
	return logEdges(x, wideLogSum(f, e, w64(0)))
}

// wideLogTimes: see logTimes.
func wideLogTimes(f Value, c float64) (hi, lo Value) {
	half, rest := wideLogParts(f)
	h := wideUpper(f.Sub(half))
	l := f.Sub(h).Sub(half).Add(rest)
	cHi, cLo := split(c, 26)
	return h.Mul(w64(cHi)), l.Add(h).MulAdd(w64(cLo), l.Mul(w64(cHi)))
}

func wideLog2(x Value) Value {
	f, e := wideLogReduce(x)
	hi, lo := wideLogTimes(f, math.Log2E)
	s := e.Add(hi)
	return logEdges(x, s.Add(lo.Add(hi.Sub(s.Sub(e)))))
}

func wideLog10(x Value) Value {
	f, e := wideLogReduce(x)
	hi, lo := wideLogTimes(f, math.Log10E)
	tHi, tLo := 0x1.34413509f6p-2, 0x1.9fef311f12b36p-42 // log10 2, the first of 40 bits
	t := e.Mul(w64(tHi))
	s := t.Add(hi)
	lo = e.MulAdd(w64(tLo), lo.Add(hi.Sub(s.Sub(t))))
	return logEdges(x, s.Add(lo))
}

// wideLog1pOf returns log(1+x) for x > -1: see log1pPlus.
func wideLog1pOf(x Value) Value {
	u := x.Add(w64(1))
	v := u.Sub(w64(1))
	lost := w64(1).Sub(u.Sub(v)).Add(x.Sub(v)) // 1+x = u+lost
	f, e := wideLogReduce(u)
	near := x.Gt(w64(-0.29)).And(x.Lt(w64(0.41)))
	f = near.Select(x, f)
	e = near.Select(w64(0), e)
	return wideLogSum(f, e, near.Select(w64(0), lost.Div(u)))
}

func wideLog1p(x Value) Value {
	y := x.Abs().Lt(w64(0x1p-54)).Select(x, wideLog1pOf(x))
	y = x.Lt(infinity).Select(y, x)
	return x.Le(w64(-1)).Select(x.Eq(w64(-1)).Select(infinity.Neg(), nan), y)
}

// wideBig is where 1 adds nothing to an operand, and squares are finite.
const wideBig = 0x1p60

func wideAsinh(x Value) Value {
	a := x.Abs()
	huge := a.Gt(w64(wideBig))
	s := a.Mul(a)
	t := a.Add(s.Div(w64(1).Add(w64(1).Add(s).Sqrt())))
	y := wideLog1pOf(huge.Select(a, t)).Add(huge.Select(w64(math.Ln2), w64(0)))
	y = a.Lt(infinity).Select(y, a)
	return a.Lt(w64(0x1p-28)).Select(x, wideOddOf(y, x))
}

func wideAcosh(x Value) Value {
	huge := x.Gt(w64(wideBig))
	t := x.Sub(w64(1))
	u := t.Add(t.Mul(t.Add(w64(2))).Sqrt())
	y := wideLog1pOf(huge.Select(x, u)).Add(huge.Select(w64(math.Ln2), w64(0)))
	return x.Lt(w64(1)).Select(nan, x.Lt(infinity).Select(y, x))
}

func wideAtanh(x Value) Value {
	a := x.Abs()
	t := a.Add(a).Div(w64(1).Sub(a))
	y := wideLog1pOf(t).Mul(w64(0.5))
	y = a.Lt(w64(1)).Select(y, a.Eq(w64(1)).Select(infinity, nan))
	return a.Lt(w64(0x1p-28)).Select(x, wideOddOf(y, x))
}
