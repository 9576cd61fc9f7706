package pointwise

import "math"

// logEdges replaces y = log(x) where x is not positive and finite.
func logEdges(x, y Value) Value {
	y = x.Lt(infinity).Select(y, x) // NaN and Inf
	return x.Le(num(0)).Select(x.Eq(num(0)).Select(infinity.Neg(), nan), y)
}

func (t *format) log(x Value) Value {
	f, e := t.logReduce(x)
	return logEdges(x, t.logSum(f, e, none))
}

// logTimes returns log(1+f)*c as the sum of a number that is exact and a small
// one.
func (t *format) logTimes(f Value, c float64) (hi, lo Value) {
	half := f.Mul(f).Mul(t.c(0.5))
	h := t.upper(f.Sub(half))
	l := t.logRest(f, half, f.Sub(h).Sub(half))
	cHi, cLo := split(c, t.half)
	return h.Mul(t.c(cHi)), l.Add(h).MulAdd(t.c(cLo), l.Mul(t.c(cHi)))
}

func (t *format) log2(x Value) Value {
	f, e := t.logReduce(x)
	hi, lo := t.logTimes(f, math.Log2E)
	// e + hi is not exact, but what it loses can be told.
	s := e.Add(hi)
	lo = lo.Add(hi.Sub(s.Sub(e)))
	return logEdges(x, s.Add(lo))
}

func (t *format) log10(x Value) Value {
	f, e := t.logReduce(x)
	hi, lo := t.logTimes(f, math.Log10E)
	l := e.Mul(t.c(t.log10of2[0]))
	s := l.Add(hi)
	lo = e.MulAdd(t.c(t.log10of2[1]), lo.Add(hi.Sub(s.Sub(l))))
	return logEdges(x, s.Add(lo))
}

// log1pOf returns log(1+x) for x > -1.
func (t *format) log1pOf(x Value) Value {
	u := x.Add(t.c(1))
	v := u.Sub(t.c(1))
	lost := t.c(1).Sub(u.Sub(v)).Add(x.Sub(v)) // 1+x = u+lost
	f, e := t.logReduce(u)
	// Where 1+x needs no scaling, f is x itself.
	near := x.Gt(t.c(-0.29)).And(x.Lt(t.c(0.41)))
	f = near.Select(x, f)
	e = near.Select(t.c(0), e)
	c := near.Select(t.c(0), lost.Div(u))
	return t.logSum(f, e, c)
}

func (t *format) log1p(x Value) Value {
	y := x.Abs().Lt(t.c(t.log1pIs)).Select(x, t.log1pOf(x))
	y = x.Lt(infinity).Select(y, x)
	return x.Le(t.c(-1)).Select(x.Eq(t.c(-1)).Select(infinity.Neg(), nan), y)
}
