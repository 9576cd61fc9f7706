package spirv

import "fmt"

// A pair is a 64-bit integer in two words.
type pair struct{ low, high Value }

func (x pair) m() *Module { return x.low.m }

// or returns x where c holds, else y.
func (x pair) or(c Value, y pair) pair { return pair{c.Select(x.low, y.low), c.Select(x.high, y.high)} }

func (x pair) add(y pair) pair {
	low := x.low.Add(y.low)
	return pair{low, x.high.Add(y.high).Add(low.Less(x.low).Flag())}
}

func (x pair) sub(y pair) pair {
	return pair{x.low.Sub(y.low), x.high.Sub(y.high).Sub(x.low.Less(y.low).Flag())}
}

func (x pair) neg() pair {
	zero := x.m().Word(0)
	return pair{zero, zero}.sub(x)
}

func (x pair) mul(y pair) pair {
	high := x.low.MulHi(y.low).Add(x.low.Mul(y.high)).Add(x.high.Mul(y.low))
	return pair{x.low.Mul(y.low), high}
}

// abs returns the distance from 0, which has no sign.
func (x pair) abs() pair { return x.neg().or(x.negative(), x) }

func (x pair) negative() Value { return x.high.LessSigned(x.m().Word(0)) }

// binary emits an instruction of two longs.
func (x pair) binary(op uint32, y pair) pair {
	switch op {
	case opIAdd:
		return x.add(y)
	case opISub:
		return x.sub(y)
	case opIMul:
		return x.mul(y)
	case opUDiv:
		q, _ := x.divide(y)
		return q
	case opUMod:
		_, r := x.divide(y)
		return r
	case opSDiv:
		q, _ := x.abs().divide(y.abs())
		return q.neg().or(pair{x.low, x.high.Xor(y.high)}.negative(), q)
	case opBitwiseAnd:
		return pair{x.low.And(y.low), x.high.And(y.high)}
	case opBitwiseOr:
		return pair{x.low.Or(y.low), x.high.Or(y.high)}
	case opBitwiseXor:
		return pair{x.low.Xor(y.low), x.high.Xor(y.high)}
	}
	panic(fmt.Sprintf("spirv: instruction %d does not work on pairs", op))
}

func (x pair) compare(op uint32, y pair) Value {
	same := x.high.Equal(y.high)
	switch op {
	case opIEqual:
		return same.And(x.low.Equal(y.low))
	case opINotEqual:
		return same.And(x.low.Equal(y.low)).Not()
	case opULessThan:
		return same.Select(x.low.Less(y.low), x.high.Less(y.high))
	case opULessEqual:
		return same.Select(x.low.LessEqual(y.low), x.high.Less(y.high))
	case opSLessThan:
		return same.Select(x.low.Less(y.low), x.high.LessSigned(y.high))
	case opSLessEqual:
		return same.Select(x.low.LessEqual(y.low), x.high.LessSigned(y.high))
	}
	panic(fmt.Sprintf("spirv: instruction %d does not compare pairs", op))
}

// shift shifts by a word below 64.
func (x pair) shift(op uint32, by Value) pair {
	m := x.m()
	one, most := m.Word(1), m.Word(31)
	n := by.And(most)
	back := n.Xor(most) // 31 - n: a word cannot be shifted by 32
	far := most.Less(by)
	switch op {
	case opShiftLeft:
		near := pair{x.low.Shl(n), x.high.Shl(n).Or(x.low.Shr(one).Shr(back))}
		return pair{m.Word(0), near.low}.or(far, near)
	case opShiftRight:
		near := pair{x.low.Shr(n).Or(x.high.Shl(one).Shl(back)), x.high.Shr(n)}
		return pair{near.high, m.Word(0)}.or(far, near)
	}
	near := pair{x.low.Shr(n).Or(x.high.Shl(one).Shl(back)), x.high.Sar(n)}
	return pair{near.high, x.high.Sar(most)}.or(far, near)
}

// divide divides integers without sign: by words if they are short, else bit
// by bit.
func (x pair) divide(y pair) (quotient, rest pair) {
	m := x.m()
	zero, one, top := m.Word(0), m.Word(1), m.Word(31)
	var q, r [2]Var
	for i := range q {
		q[i], r[i] = m.Var(zero), m.Var(zero)
	}
	get := func(v [2]Var) pair { return pair{v[0].Get(), v[1].Get()} }
	set := func(v [2]Var, p pair) {
		v[0].Set(p.low)
		v[1].Set(p.high)
	}
	m.IfElse(x.high.Or(y.high).Equal(zero), func() {
		set(q, pair{x.low.Div(y.low), zero})
		set(r, pair{x.low.Mod(y.low), zero})
	}, func() {
		set(q, x) // its bits leave at the top as the quotient's come in below
		m.For(m.Word(64), func(Value) {
			a, b := get(q), get(r)
			b = pair{b.low.Shl(one).Or(a.high.Shr(top)), b.high.Shl(one).Or(b.low.Shr(top))}
			fits := get(r).negative().Or(y.compare(opULessEqual, b)) // a bit left at the top, too
			set(r, b.sub(y).or(fits, b))
			set(q, pair{a.low.Shl(one).Or(fits.Flag()), a.high.Shl(one).Or(a.low.Shr(top))})
		})
	})
	return get(q), get(r)
}

// toReal converts to the nearest float, ties to even.
func (x pair) toReal(t Type) Value {
	m := x.m()
	if t == Double { // both parts are exact
		return x.high.ToReal(t).Mul(m.Double(1 << 32)).Add(x.low.UnsignedToReal(t))
	}
	a := x.abs()
	zero, one := m.Word(0), m.Word(1)
	long := a.high.NotEqual(zero)
	first := long.Select(a.high, a.low).ext(extFindUMsb) // not of 0, see below
	msb := first.Add(long.Select(m.Word(32), zero))
	n := a.shift(opShiftLeft, m.Word(63).Sub(msb).And(m.Word(63)))
	// The first 24 bits are the significand, the next says how to round, if
	// none of the others or the last does.
	man, half := n.high.Shr(m.Word(8)), n.high.Shr(m.Word(7)).And(one)
	others := n.high.And(m.Word(0x7f)).Or(n.low).NotEqual(zero).Flag()
	up := half.And(others.Or(man.And(one)))
	bits := msb.Add(m.Word(126)).Shl(m.Word(23)).Add(man).Add(up) // man brings one more
	bits = a.high.Or(a.low).Equal(zero).Select(zero, bits)
	return bits.Or(x.high.And(m.Word(1 << 31))).FromBits()
}

// truncate converts a float of less than 2^63.
func (m *Module) truncate(v Value) pair {
	a := v.Abs()
	high := m.result(Word, opConvertFToU, a.Mul(m.Real(v.t, 0x1p-32)).id)
	rest := a.Sub(high.UnsignedToReal(v.t).Mul(m.Real(v.t, 0x1p32))) // exact
	p := pair{m.result(Word, opConvertFToU, rest.id), high}
	return p.neg().or(v.Less(m.Real(v.t, 0)), p)
}
