package spirv

import "math"

// ToReal converts an integer with sign, or another float, to a float type.
func (v Value) ToReal(t Type) Value {
	switch {
	case v.t == t:
		return v
	case v.float():
		return v.m.result(t, opFConvert, v.id)
	case v.t == Bool:
		return v.Select(v.m.Real(t, 1), v.m.Real(t, 0))
	}
	return v.m.result(t, opConvertSToF, v.id)
}

// UnsignedToReal converts an integer without sign to a float type.
func (v Value) UnsignedToReal(t Type) Value { return v.m.result(t, opConvertUToF, v.id) }

// ToInt truncates a float to an integer with sign: what is out of range gives
// the nearest, and NaN 0. Drivers differ there, so it is all spelled out.
func (v Value) ToInt(t Type) Value {
	m := v.m
	bound, least, most := m.Real(v.t, 0x1p31), m.Int(t, math.MinInt32), m.Int(t, math.MaxInt32)
	if t == Long {
		bound, least, most = m.Real(v.t, 0x1p63), m.Long(1<<63), m.Long(math.MaxInt64)
	}
	in := v.Abs().Less(bound)
	r := m.result(t, opConvertFToS, in.Select(v, m.Real(v.t, 0)).id)
	r = bound.LessEqual(v).Select(most, r)
	return v.LessEqual(bound.Neg()).Select(least, r)
}

// ToUnsigned is ToInt for words without sign.
func (v Value) ToUnsigned() Value {
	m := v.m
	zero, bound := m.Real(v.t, 0), m.Real(v.t, 0x1p32)
	in := zero.Less(v).And(v.Less(bound))
	r := m.result(Word, opConvertFToU, in.Select(v, zero).id)
	return bound.LessEqual(v).Select(m.Word(math.MaxUint32), r)
}

// Low returns the low word of an integer.
func (v Value) Low() Value {
	if v.t == Word {
		return v
	}
	return v.m.result(Word, opUConvert, v.id)
}

// Widen returns a word as an integer of type t: with zeros above.
func (v Value) Widen(t Type) Value {
	if v.t == t {
		return v
	}
	return v.m.result(t, opUConvert, v.id)
}

// Extend returns a word as an integer of type t, with its sign. It is put
// together, as Mesa 22.3 compares extended words wrongly.
func (v Value) Extend(t Type) Value {
	if v.t == t {
		return v
	}
	return v.Join(v.Sar(v.m.Word(31)))
}

// Join returns the long of two words.
func (v Value) Join(high Value) Value {
	m := v.m
	return v.Widen(Long).Or(high.Widen(Long).Shl(m.Word(32)))
}

// Split returns the words of a long.
func (v Value) Split() (low, high Value) {
	return v.Low(), v.Shr(v.m.Word(32)).Low()
}

// Flag returns 1 or 0 as a word.
func (v Value) Flag() Value { return v.Select(v.m.Word(1), v.m.Word(0)) }

// SignBits extends the sign of the low n bits of a word to all.
func (v Value) SignBits(n uint32) Value {
	s := v.m.Word(32 - n)
	return v.Shl(s).Sar(s)
}
