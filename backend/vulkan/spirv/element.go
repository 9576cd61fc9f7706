package spirv

import "github.com/hekla-ml/hekla/dtype"

// LoadElement returns element i, a word, of a buffer of d: floats of 16 bits as
// Float, integers of up to 32 bits as a Word with their sign extended. Only
// words are read, so no device feature is needed for small types.
func (m *Module) LoadElement(buffer int, i Value, d dtype.DType) Value {
	switch d.Size() {
	case 4:
		return m.decode(d, m.Load(buffer, i))
	case 8:
		at := i.Shl(m.Word(1))
		return m.decode(d, m.Load(buffer, at).Join(m.Load(buffer, at.Or(m.Word(1)))))
	}
	word, at := m.within(i, d)
	return m.decode(d, m.Load(buffer, word).Shr(at))
}

// decode returns the element that has some bits, the low ones of a word or all
// of a word or long.
func (m *Module) decode(d dtype.DType, bits Value) Value {
	switch d {
	case dtype.Int32, dtype.Int64:
		return bits
	case dtype.Float32, dtype.Float64:
		return bits.FromBits()
	case dtype.Bool:
		return bits.And(m.Word(0xff)).NotEqual(m.Word(0))
	case dtype.Uint8:
		return bits.And(m.Word(0xff))
	case dtype.Int8:
		return bits.SignBits(8)
	case dtype.Int16:
		return bits.SignBits(16)
	case dtype.Float16:
		return bits.And(m.Word(0xffff)).fromF16()
	case dtype.BFloat16:
		return bits.Shl(m.Word(16)).FromBits()
	}
	panic("spirv: no elements of type " + d.String())
}

// encode returns the bits of an element; those above its own may be set.
func (m *Module) encode(d dtype.DType, v Value) Value {
	switch d {
	case dtype.Int64:
		return v
	case dtype.Float32, dtype.Float64:
		return v.Bits()
	case dtype.Bool:
		return v.Flag()
	case dtype.Float16:
		return v.toF16()
	case dtype.BFloat16:
		return v.toBF16()
	}
	return v.Low()
}

// StoreElement sets element i of a buffer of d to a value of the type that
// LoadElement gives; integers wrap. Several invocations may store elements that
// share a word.
func (m *Module) StoreElement(buffer int, i Value, d dtype.DType, v Value) {
	bits := m.encode(d, v)
	switch d.Size() {
	case 4:
		m.Store(buffer, i, bits)
	case 8:
		low, high := bits.Split()
		at := i.Shl(m.Word(1))
		m.Store(buffer, at, low)
		m.Store(buffer, at.Or(m.Word(1)), high)
	default:
		word, at := m.within(i, d)
		m.StoreBits(buffer, word, at, bits, uint32(8*d.Size()))
	}
}

// CopyElement copies an element as it is, bit for bit.
func (m *Module) CopyElement(to int, i Value, from int, k Value, size int) {
	one := m.Word(1)
	switch size {
	case 4:
		m.Store(to, i, m.Load(from, k))
	case 8:
		i, k = i.Shl(one), k.Shl(one)
		m.Store(to, i, m.Load(from, k))
		m.Store(to, i.Or(one), m.Load(from, k.Or(one)))
	default:
		d := dtype.Uint8
		if size == 2 {
			d = dtype.Int16
		}
		m.StoreElement(to, i, d, m.LoadElement(from, k, d))
	}
}

// within returns the word that holds element i of a small type, and where in
// it.
func (m *Module) within(i Value, d dtype.DType) (word, at Value) {
	if d.Size() == 2 {
		return i.Shr(m.Word(1)), i.And(m.Word(1)).Shl(m.Word(4))
	}
	return i.Shr(m.Word(2)), i.And(m.Word(3)).Shl(m.Word(3))
}

// fromF16 widens the bits of a float16, exactly.
func (v Value) fromF16() Value {
	m := v.m
	sign := v.And(m.Word(0x8000)).Shl(m.Word(16))
	exp, man := v.Shr(m.Word(10)).And(m.Word(31)), v.And(m.Word(0x3ff))
	normal := exp.Add(m.Word(112)).Shl(m.Word(23)).Or(man.Shl(m.Word(13)))
	tiny := man.UnsignedToReal(Float).Mul(m.Float(0x1p-24)).Bits()
	huge := man.Shl(m.Word(13)).Or(m.Word(0x7f800000))
	bits := exp.Equal(m.Word(0)).Select(tiny, exp.Equal(m.Word(31)).Select(huge, normal))
	return bits.Or(sign).FromBits()
}

// toF16 rounds to the nearest float16, ties to even.
func (v Value) toF16() Value {
	m := v.m
	all := v.Bits()
	b := all.And(m.Word(0x7fffffff))
	sign := all.Shr(m.Word(16)).And(m.Word(0x8000))
	rebased := b.Sub(m.Word(112 << 23))
	odd := rebased.Shr(m.Word(13)).And(m.Word(1))
	normal := rebased.Add(m.Word(0xfff)).Add(odd).Shr(m.Word(13))
	// Adding a half aligns a subnormal's mantissa so that the addition rounds it.
	tiny := b.FromBits().Add(m.Float(0.5)).Bits().Sub(m.Word(0x3f000000))
	nan := m.Word(0x7e00).Or(b.Shr(m.Word(13)).And(m.Word(0x1ff)))
	r := b.Less(m.Word(0x38800000)).Select(tiny, normal)
	r = b.Less(m.Word(0x47800000)).Select(r, m.Word(0x7c00))
	return m.Word(0x7f800000).Less(b).Select(nan, r).Or(sign)
}

// toBF16 rounds to the nearest bfloat16, ties to even.
func (v Value) toBF16() Value {
	m := v.m
	b := v.Bits()
	sixteen := m.Word(16)
	odd := b.Shr(sixteen).And(m.Word(1))
	r := b.Add(m.Word(0x7fff)).Add(odd).Shr(sixteen)
	return v.IsNaN().Select(b.Shr(sixteen).Or(m.Word(0x40)), r)
}
