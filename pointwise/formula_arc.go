package pointwise

import "math"

// atanRatio returns atan(y/x) for 0 <= y <= x, x > 0, and its part that is
// too small for the type.
func (t *format) atanRatio(y, x Value) (hi, lo Value) {
	over := y.Gt(x.Mul(t.c(math.Sqrt2 - 1))) // tan π/8
	u := over.Select(y.Sub(x), y).Div(over.Select(y.Add(x), x))
	z := u.Mul(u)
	p := t.poly(z, t.atanP).Mul(z).Mul(u)
	quarter := over.Select(t.c(t.pi[0]/4), t.c(0))
	p = p.Add(over.Select(t.c(t.pi[1]/4), t.c(0)))
	hi = quarter.Add(u)
	return hi, u.Sub(hi.Sub(quarter)).Add(p)
}

func (t *format) atan(x Value) Value {
	a := x.Abs()
	swap := a.Gt(t.c(1))
	// 1/a is 0 for an infinite a, and a/a is not needed.
	hi, lo := t.atanRatio(swap.Select(t.c(1), a), swap.Select(a, t.c(1)))
	hi, lo = turn(swap, t.c(t.pi[0]/2), t.c(t.pi[1]/2), hi, lo)
	y := hi.Add(lo)
	y = a.Eq(infinity).Select(t.c(t.pi[0]/2), y)
	return x.IsNaN().Select(x, t.withSign(y, x))
}

// turn returns c + cl - (hi + lo) where cond holds, else hi + lo, as a
// pair.
func turn(cond, c, cl, hi, lo Value) (Value, Value) {
	s := c.Sub(hi)
	lost := c.Sub(s).Sub(hi)
	return cond.Select(s, hi), cond.Select(lost.Add(cl).Sub(lo), lo)
}

func (t *format) atan2(y, x Value) Value {
	ay, ax := y.Abs(), x.Abs()
	swap := ay.Gt(ax)
	n, d := swap.Select(ax, ay), swap.Select(ay, ax)
	// Keep n+d finite; and 0/0 and Inf/Inf are 0/1 and 1/1.
	huge := d.Gt(t.c(t.huge))
	n, d = huge.Select(n.Mul(t.c(0.25)), n), huge.Select(d.Mul(t.c(0.25)), d)
	one := t.c(1)
	both := n.Eq(infinity)
	n, d = both.Select(one, n), both.Select(one, d)
	d = d.Eq(t.c(0)).Select(one, d)
	hi, lo := t.atanRatio(n, d)
	hi, lo = turn(swap, t.c(t.pi[0]/2), t.c(t.pi[1]/2), hi, lo)
	hi, lo = turn(t.negative(x), t.c(t.pi[0]), t.c(t.pi[1]), hi, lo)
	return x.IsNaN().Or(y.IsNaN()).Select(nan, t.withSign(hi.Add(lo), y))
}
