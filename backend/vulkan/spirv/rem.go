package spirv

import "math"

// remFloat returns C's fmod of two floats, exactly: a long division of their
// significands bit by bit, since a driver's own loses all digits where the
// quotient is large.
func (v Value) remFloat(w Value) Value {
	m := v.m
	v.m.want(Float, v)
	magnitude := m.Word(0x7fffffff)
	a, b := v.Bits().And(magnitude), w.Bits().And(magnitude)
	sign := v.Bits().And(m.Word(0x80000000))
	inf, zero := m.Word(0x7f800000), m.Word(0)
	bad := inf.LessEqual(a).Or(inf.Less(b)).Or(b.Equal(zero))
	result := m.Var(a)
	m.If(bad.Not().And(b.LessEqual(a)), func() {
		ea, ma := significand(a)
		eb, mb := significand(b)
		rest := m.Var(ma.Mod(mb))
		m.For(ea.Sub(eb), func(Value) {
			r := rest.Get()
			r = r.Add(r) // mb < 2^24
			rest.Set(mb.LessEqual(r).Select(r.Sub(mb), r))
		})
		r := rest.Get()
		// r has b's exponent: normalise it.
		e := m.Var(eb)
		x := m.Var(r)
		m.While(func() Value {
			y := x.Get()
			return y.NotEqual(zero).And(y.Less(m.Word(1 << 23))).And(m.Word(1).Less(e.Get()))
		}, func() {
			y := x.Get()
			x.Set(y.Add(y))
			e.Set(e.Get().Sub(m.Word(1)))
		})
		y := x.Get()
		normal := y.And(m.Word(1<<23 - 1)).Or(e.Get().Shl(m.Word(23)))
		result.Set(y.Less(m.Word(1<<23)).Select(y, normal))
	})
	return bad.Select(m.Word(0x7fc00000), result.Get().Or(sign)).FromBits()
}

// significand splits the bits of a finite float, not negative, into its
// exponent, at least 1, and its significand.
func significand(x Value) (exp, man Value) {
	m := x.m
	exp = x.Shr(m.Word(23))
	man = x.And(m.Word(1<<23 - 1))
	tiny := exp.Equal(m.Word(0))
	return tiny.Select(m.Word(1), exp), tiny.Select(man, man.Or(m.Word(1<<23)))
}

// remDouble is remFloat of float64, without its bits: it takes off the largest
// 2^k w that is left until nothing as large as w is. No step rounds.
func (v Value) remDouble(w Value) Value {
	m := v.m
	m.want(Double, v)
	zero, inf := m.Double(0), m.Double(math.Inf(1))
	a, b := v.Abs(), w.Abs()
	good := a.Less(inf).And(zero.Less(b)).And(b.LessEqual(inf))
	rest := m.Var(a)
	m.If(good.And(b.LessEqual(a)), func() {
		part := m.Var(b)
		for _, k := range [...]int{1023, 1023, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1} {
			more := part.Get().Mul(m.Double(math.Ldexp(1, k)))
			part.Set(more.LessEqual(a).Select(more, part.Get()))
		}
		m.While(func() Value { return b.LessEqual(rest.Get()) }, func() {
			r, p := rest.Get(), part.Get()
			rest.Set(p.LessEqual(r).Select(r.Sub(p), r))
			part.Set(p.Mul(m.Double(0.5)))
		})
	})
	r := rest.Get()
	r = v.Equal(zero).Select(v, v.Less(zero).Select(r.Neg(), r))
	return good.Select(r, m.Double(math.NaN()))
}
