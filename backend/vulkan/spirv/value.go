package spirv

// A Value is a number that a kernel computes. Methods emit the instruction
// that computes another; both operands must have one type.
type Value struct {
	m  *Module
	id uint32
	t  Type
}

// Type returns the type of v.
func (v Value) Type() Type { return v.t }

func (v Value) float() bool { return v.t == Float || v.t == Double }

func (v Value) binary(t Type, intOp, floatOp uint32, w Value) Value {
	v.m.want(v.t, w)
	op := intOp
	if v.float() {
		op = floatOp
	}
	r := v.m.result(t, op, v.id, w.id)
	if r.float() {
		v.m.note(opDecorate, r.id, decNoContraction)
	}
	return r
}

// Arithmetic. Integers wrap around.

func (v Value) Add(w Value) Value { return v.binary(v.t, opIAdd, opFAdd, w) }
func (v Value) Sub(w Value) Value { return v.binary(v.t, opISub, opFSub, w) }
func (v Value) Mul(w Value) Value { return v.binary(v.t, opIMul, opFMul, w) }

// MulAdd returns v*w + x of floats. Vulkan leaves it to the driver whether the
// product is rounded.
func (v Value) MulAdd(w, x Value) Value {
	v.m.want(v.t, w)
	v.m.want(v.t, x)
	r := v.m.result(v.t, opExtInst, v.m.extension(), extFma, v.id, w.id, x.id)
	v.m.note(opDecorate, r.id, decNoContraction)
	return r
}

// Div divides floats, or integers without sign: then w must not be 0.
func (v Value) Div(w Value) Value { return v.binary(v.t, opUDiv, opFDiv, w) }

// Mod is the rest of the division of integers without sign.
func (v Value) Mod(w Value) Value { return v.binary(v.t, opUMod, 0, w) }

// QuoSigned divides integers with sign, towards zero; what overflows wraps,
// and x/0 is 0. Drivers that run on the CPU would fault at both.
func (v Value) QuoSigned(w Value) Value {
	zero, minus, one := v.m.Int(v.t, 0), v.m.Int(v.t, -1), v.m.Int(v.t, 1)
	none, negate := w.Equal(zero), w.Equal(minus)
	q := v.m.result(v.t, opSDiv, v.id, none.Or(negate).Select(one, w).id)
	return none.Select(zero, negate.Select(v.Neg(), q))
}

// RemSigned is what QuoSigned leaves, with the sign of v; of x/0, 0.
// SPIR-V's own remainder is undefined for negative operands.
func (v Value) RemSigned(w Value) Value {
	zero := v.m.Int(v.t, 0)
	return w.Equal(zero).Select(zero, v.Sub(v.QuoSigned(w).Mul(w)))
}

// Neg returns -v.
func (v Value) Neg() Value {
	if v.float() {
		return v.m.result(v.t, opFNegate, v.id)
	}
	return v.m.result(v.t, opSNegate, v.id)
}

// MulHi returns the high word of the product of two words without sign.
func (v Value) MulHi(w Value) Value {
	v.m.want(Word, v)
	v.m.want(Word, w)
	r := v.m.id()
	v.m.emit(opUMulExtended, v.m.pairType(), r, v.id, w.id)
	return v.m.result(Word, opCompositeExtract, r, 1)
}

// Bitwise on integers, logical on bools.

func (v Value) And(w Value) Value { return v.logic(opBitwiseAnd, opLogicalAnd, w) }
func (v Value) Or(w Value) Value  { return v.logic(opBitwiseOr, opLogicalOr, w) }
func (v Value) Xor(w Value) Value { return v.logic(opBitwiseXor, opLogicalNotEqual, w) }

func (v Value) logic(bits, bools uint32, w Value) Value {
	v.m.want(v.t, w)
	if v.t == Bool {
		return v.m.result(Bool, bools, v.id, w.id)
	}
	return v.m.result(v.t, bits, v.id, w.id)
}

// Not inverts the bits of an integer, or a bool.
func (v Value) Not() Value {
	if v.t == Bool {
		return v.m.result(Bool, opLogicalNot, v.id)
	}
	return v.m.result(v.t, opNot, v.id)
}

// Shl and Shr shift by a word that must be less than the width; Sar keeps the
// sign.

func (v Value) Shl(by Value) Value { return v.shift(opShiftLeft, by) }
func (v Value) Shr(by Value) Value { return v.shift(opShiftRight, by) }
func (v Value) Sar(by Value) Value { return v.shift(opShiftRightSigned, by) }

func (v Value) shift(op uint32, by Value) Value {
	v.m.want(Word, by)
	return v.m.result(v.t, op, v.id, by.id)
}

// Comparisons; Less and LessEqual are those of integers without sign. All are
// false if an operand is NaN, but NotEqual is true.

func (v Value) Less(w Value) Value       { return v.binary(Bool, opULessThan, opFOrdLessThan, w) }
func (v Value) LessEqual(w Value) Value  { return v.binary(Bool, opULessEqual, opFOrdLessEqual, w) }
func (v Value) LessSigned(w Value) Value { return v.binary(Bool, opSLessThan, opFOrdLessThan, w) }
func (v Value) LessEqualSigned(w Value) Value {
	return v.binary(Bool, opSLessEqual, opFOrdLessEqual, w)
}
func (v Value) Equal(w Value) Value {
	if v.t == Bool {
		return v.m.result(Bool, opLogicalEqual, v.id, w.id)
	}
	return v.binary(Bool, opIEqual, opFOrdEqual, w)
}
func (v Value) NotEqual(w Value) Value {
	if v.t == Bool {
		return v.m.result(Bool, opLogicalNotEqual, v.id, w.id)
	}
	return v.binary(Bool, opINotEqual, opFUnordNotEqual, w)
}

// Select returns x if v, a bool, holds, else y.
func (v Value) Select(x, y Value) Value {
	v.m.want(Bool, v)
	x.m.want(x.t, y)
	if x.id == y.id {
		return x
	}
	return v.m.result(x.t, opSelect, v.id, x.id, y.id)
}

// IsNaN tests the bits: a compiler may take it that floats are no NaN.
func (v Value) IsNaN() Value {
	if v.t == Double {
		low := v.m.Long(1<<63 - 1)
		return v.m.Long(0x7ff << 52).Less(v.Bits().And(low))
	}
	return v.m.Word(0x7f800000).Less(v.Bits().And(v.m.Word(1<<31 - 1)))
}

// Min and Max are those of floats, or of integers with sign; NaN if either is.

func (v Value) Min(w Value) Value { return v.pick(v.LessSigned(w), w) }
func (v Value) Max(w Value) Value { return v.pick(w.LessSigned(v), w) }

func (v Value) pick(first, w Value) Value {
	if v.float() {
		first = first.Or(v.IsNaN())
	}
	return first.Select(v, w)
}

// Rounding, and functions that are exact or rounded correctly.

func (v Value) Floor() Value { return v.ext(extFloor) }
func (v Value) Ceil() Value  { return v.ext(extCeil) }
func (v Value) Trunc() Value { return v.ext(extTrunc) }
func (v Value) Round() Value { return v.ext(extRoundEven) }
func (v Value) Sqrt() Value  { return v.ext(extSqrt) }

// Abs returns the absolute value; of the least integer, itself.
func (v Value) Abs() Value {
	if v.float() {
		return v.ext(extFAbs)
	}
	return v.LessSigned(v.m.Int(v.t, 0)).Select(v.Neg(), v)
}

func (v Value) ext(number uint32) Value {
	return v.m.result(v.t, opExtInst, v.m.extension(), number, v.id)
}

// Bits returns the bits of a float as an integer.
func (v Value) Bits() Value {
	if v.t == Double {
		return v.m.result(Long, opBitcast, v.id)
	}
	return v.m.result(Word, opBitcast, v.id)
}

// FromBits returns the float that has the bits of v.
func (v Value) FromBits() Value {
	if v.t == Long {
		return v.m.result(Double, opBitcast, v.id)
	}
	return v.m.result(Float, opBitcast, v.id)
}
