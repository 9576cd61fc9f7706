package op

import (
	"math"

	"github.com/hekla-ml/hekla/pointwise"
)

// Formulas of the elementwise table that take more than a line, as most cases
// at 0, infinity and NaN do. They follow PyTorch there.

func isInt(x V) bool { return x.Kind() == pointwise.Int }

// adrift reports whether a remainder r of truncated division by y has the
// other sign than y, so that flooring takes one step more.
func adrift(r, y V) V {
	return r.Ne(num(0)).And(r.Lt(num(0)).Xor(y.Lt(num(0))))
}

func remainder(x, y V) V {
	r := x.Rem(y)
	return adrift(r, y).Select(r.Add(y), r)
}

// floorDivide divides what is left without the remainder, as rounding x/y may
// reach the next integer: floor(x/y) would be 1 for x just below y.
func floorDivide(x, y V) V {
	r := x.Rem(y)
	if isInt(x) {
		q := x.Div(y)
		return adrift(r, y).Select(q.Sub(num(1)), q)
	}
	q := x.Sub(r).Div(y)
	q = adrift(r, y).Select(q.Sub(num(1)), q).Round()
	// 0 takes its sign from x/y, which halved stays below 1.
	q = q.Eq(num(0)).Select(x.Div(y).Mul(num(0.5)).Trunc(), q)
	return y.Eq(num(0)).Select(x.Div(y).Floor(), q)
}

// clamp lets the gradient pass at the bounds, and NaN through from anywhere.
func clamp(x, lo, hi V) V {
	x = x.Ge(lo).Or(x.IsNaN()).Select(x, lo)
	return x.Le(hi).Or(x.IsNaN()).Select(x, hi)
}

// lerp goes from the nearer end, so that both ends are met exactly.
func lerp(x, end, weight V) V {
	d := end.Sub(x)
	return weight.Abs().Lt(num(0.5)).Select(x.Add(weight.Mul(d)), end.Sub(d.Mul(num(1).Sub(weight))))
}

func nanToNum(in, s []V) []V {
	x := in[0]
	if isInt(x) {
		return in
	}
	inf := math.Inf(1)
	return []V{x.IsNaN().Select(s[0], x.Eq(num(inf)).Select(s[1], x.Eq(num(-inf)).Select(s[2], x)))}
}

// negative reports whether x has its sign set, as that of -0 shows in 1/x.
func negative(x V) V {
	if isInt(x) {
		return x.Lt(num(0))
	}
	return x.Lt(num(0)).Or(x.Eq(num(0)).And(x.Reciprocal().Lt(num(0))))
}

// pow squares its way up for integers. From an exponent of 64 on only powers
// of 0, 1 and -1 fit; of the others those of even numbers wrap to 0, and 0 is
// given for all.
func pow(x, y V) V {
	if !isInt(x) {
		return x.Pow(y)
	}
	p, square, e := num(1), x, y
	for range 6 {
		p = e.And(num(1)).Eq(num(1)).Select(p.Mul(square), p)
		square, e = square.Mul(square), e.Shr(num(1))
	}
	unit := x.Abs().Eq(num(1))
	sign := y.And(num(1)).Eq(num(1)).Select(x, num(1)) // of x = 1 or -1
	p = y.Lt(num(0)).Or(y.Gt(num(63))).Select(num(0), p)
	return unit.Select(sign, p)
}

// logAddExp takes the larger operand out. Equal infinities have no difference.
func logAddExp(x, y V) V {
	tail := x.Sub(y).Abs().Neg().Exp().Log1p()
	return x.Eq(y).And(x.IsInf()).Select(x, x.Max(y).Add(tail))
}

func logAddExp2(x, y V) V {
	tail := x.Sub(y).Abs().Neg().Exp2().Log1p().Mul(num(1 / math.Ln2))
	return x.Eq(y).And(x.IsInf()).Select(x, x.Max(y).Add(tail))
}

// zeroTimes returns x*log, where log is a logarithm of y that is not finite
// for y <= least and y = Inf; there, 0 times it is 0.
func zeroTimes(x, y, log V, least float64) V {
	wild := y.Le(num(least)).Or(y.Eq(num(math.Inf(1))))
	return x.Eq(num(0)).And(wild).Select(num(0), x.Mul(log))
}

// hypot divides by the larger magnitude before it squares. An infinity wins
// over NaN, as in C.
func hypot(x, y V) V {
	x, y = x.Abs(), y.Abs()
	large, small := x.Max(y), x.Min(y)
	h := large.Mul(small.Div(large).Square().Add(num(1)).Sqrt())
	inf := num(math.Inf(1))
	h = large.Eq(num(0)).Select(large, h)
	return x.Eq(inf).Or(y.Eq(inf)).Select(inf, h)
}

// sinc is its Taylor series up to 1/2, since the derivative of sin(z)/z cancels
// to nothing there; the first term left out is below 1e-19.
func sinc(x V) V {
	z := x.Mul(num(math.Pi))
	near := z.Abs().Le(num(0.5))
	sq := near.Select(z, num(0)).Square()
	series := num(0)
	for k := 7; k >= 0; k-- { // sum of (-z*z)**k / (2k+1)!
		series = num(1).Sub(series.Mul(sq).Div(num(float64((2*k + 2) * (2*k + 3)))))
	}
	return near.Select(series, z.Sin().Div(z))
}

// softplus returns log(1 + e**x) without overflow, in value or derivative.
func softplus(x V) V { return x.Max(num(0)).Add(x.Abs().Neg().Exp().Log1p()) }
