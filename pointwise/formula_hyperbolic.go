package pointwise

import "math"

func (t *format) sinh(x Value) Value {
	a := x.Abs()
	h := t.halfExp(a)
	far := h.Sub(t.c(0.25).Div(h))
	return a.Lt(t.c(1)).Select(t.odd(x, t.sinhP), t.withSign(far, x))
}

func (t *format) cosh(x Value) Value {
	h := t.halfExp(x.Abs())
	return h.Add(t.c(0.25).Div(h))
}

// The inverse hyperbolic functions take log1p of what is left when 1 is drawn
// out, so that they keep their accuracy near 0; beyond big the root adds
// nothing, and its square would overflow.

func (t *format) asinh(x Value) Value {
	a := x.Abs()
	huge := a.Gt(t.c(t.big))
	s := a.Mul(a)
	u := a.Add(s.Div(t.c(1).Add(t.c(1).Add(s).Sqrt())))
	y := t.log1pOf(huge.Select(a, u)).Add(huge.Select(t.c(math.Ln2), t.c(0)))
	y = a.Lt(infinity).Select(y, a)
	return t.withSign(a.Lt(t.c(t.small)).Select(a, y), x)
}

func (t *format) acosh(x Value) Value {
	huge := x.Gt(t.c(t.big))
	d := x.Sub(t.c(1))
	u := d.Add(d.Mul(d.Add(t.c(2))).Sqrt())
	y := t.log1pOf(huge.Select(x, u)).Add(huge.Select(t.c(math.Ln2), t.c(0)))
	return x.Lt(t.c(1)).Select(nan, x.Lt(infinity).Select(y, x))
}

func (t *format) atanh(x Value) Value {
	a := x.Abs()
	u := a.Add(a).Div(t.c(1).Sub(a))
	y := t.log1pOf(u).Mul(t.c(0.5))
	y = a.Lt(t.c(t.small)).Select(a, y)
	y = a.Lt(t.c(1)).Select(y, a.Eq(t.c(1)).Select(infinity, nan))
	return x.IsNaN().Select(x, t.withSign(y, x))
}
