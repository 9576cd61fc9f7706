package pointwise

import "fmt"

// A Value is a scalar in the making: a node of an expression graph. Values are
// immutable; methods make new ones. Mixing kinds panics, except that constants
// take the kind of the other operand.
type Value struct{ n *node }

type node struct {
	op   Opcode
	kind Kind
	arg  [3]*node
	num  float64 // the constant, or the number of the input or uniform
}

// Const returns a constant that takes the kind of the Value it meets.
func Const(x float64) Value { return Value{&node{op: OpConst, num: x}} }

// Index returns the low 32 bits of the row-major index of the output element,
// and IndexHigh the high ones: the counter of random streams.
func Index() Value { return Value{&node{op: OpIndex, kind: Bits}} }

// IndexHigh returns the high 32 bits of the index; see Index.
func IndexHigh() Value { return Value{&node{op: OpIndexHigh, kind: Bits}} }

// Kind returns the kind of x.
func (x Value) Kind() Kind { return x.n.kind }

// Arithmetic on Float, Int and (Add, Sub, Mul) Bits.

func (x Value) Add(y Value) Value { return binary(OpAdd, x, y) }
func (x Value) Sub(y Value) Value { return binary(OpSub, x, y) }
func (x Value) Mul(y Value) Value { return binary(OpMul, x, y) }

// MulAdd returns x*y + z. On Float it is rounded once, as hardware does it in
// one instruction; a Vulkan device may round the product, too. On Int and Bits
// it is Mul and Add.
func (x Value) MulAdd(y, z Value) Value {
	x, y = unify(OpMulAdd, x, y)
	x, z = unify(OpMulAdd, x, z)
	y = y.as(x.n.kind)
	if x.n.kind == Int || x.n.kind == Bits {
		return x.Mul(y).Add(z)
	}
	want(OpMulAdd, x, Float)
	return Value{&node{op: OpMulAdd, kind: Float, arg: [3]*node{x.n, y.n, z.n}}}
}

// Div divides; on Int it truncates towards zero and x/0 is 0.
func (x Value) Div(y Value) Value { return binary(OpDiv, x, y) }

// Rem is C's fmod: the result has the sign of x. On Int x%0 is 0.
func (x Value) Rem(y Value) Value { return binary(OpRem, x, y) }

// Min and Max give NaN if either operand is NaN.
func (x Value) Min(y Value) Value { return binary(OpMin, x, y) }
func (x Value) Max(y Value) Value { return binary(OpMax, x, y) }
func (x Value) Neg() Value        { return unary(OpNeg, x) }
func (x Value) Abs() Value        { return unary(OpAbs, x) }

// Rounding, on Float; Int is left as it is.

func (x Value) Floor() Value { return integral(OpFloor, x) }
func (x Value) Ceil() Value  { return integral(OpCeil, x) }
func (x Value) Trunc() Value { return integral(OpTrunc, x) }

// Round rounds half to even.
func (x Value) Round() Value { return integral(OpRound, x) }

// Float functions.

func (x Value) Sqrt() Value         { return float(OpSqrt, x) }
func (x Value) Exp() Value          { return float(OpExp, x) }
func (x Value) Exp2() Value         { return float(OpExp2, x) }
func (x Value) Expm1() Value        { return float(OpExpm1, x) }
func (x Value) Log() Value          { return float(OpLog, x) }
func (x Value) Log2() Value         { return float(OpLog2, x) }
func (x Value) Log10() Value        { return float(OpLog10, x) }
func (x Value) Log1p() Value        { return float(OpLog1p, x) }
func (x Value) Pow(y Value) Value   { return binary(OpPow, x, y) }
func (x Value) Sin() Value          { return float(OpSin, x) }
func (x Value) Cos() Value          { return float(OpCos, x) }
func (x Value) Tan() Value          { return float(OpTan, x) }
func (x Value) Asin() Value         { return float(OpAsin, x) }
func (x Value) Acos() Value         { return float(OpAcos, x) }
func (x Value) Atan() Value         { return float(OpAtan, x) }
func (y Value) Atan2(x Value) Value { return binary(OpAtan2, y, x) }
func (x Value) Sinh() Value         { return float(OpSinh, x) }
func (x Value) Cosh() Value         { return float(OpCosh, x) }
func (x Value) Tanh() Value         { return float(OpTanh, x) }
func (x Value) Asinh() Value        { return float(OpAsinh, x) }
func (x Value) Acosh() Value        { return float(OpAcosh, x) }
func (x Value) Atanh() Value        { return float(OpAtanh, x) }
func (x Value) Erf() Value          { return float(OpErf, x) }
func (x Value) Erfc() Value         { return float(OpErfc, x) }
func (x Value) Erfinv() Value       { return float(OpErfinv, x) }
func (x Value) Lgamma() Value       { return float(OpLgamma, x) }
func (x Value) Digamma() Value      { return float(OpDigamma, x) }
func (x Value) Trigamma() Value     { return float(OpTrigamma, x) }

// Comparisons give Bool: false if either operand is NaN, but Ne true.

func (x Value) Lt(y Value) Value { return compare(OpLt, x, y) }
func (x Value) Le(y Value) Value { return compare(OpLe, x, y) }
func (x Value) Gt(y Value) Value { return compare(OpLt, y, x) }
func (x Value) Ge(y Value) Value { return compare(OpLe, y, x) }
func (x Value) Eq(y Value) Value { return compare(OpEq, x, y) }
func (x Value) Ne(y Value) Value { return compare(OpNe, x, y) }

// IsNaN reports whether x is not a number.
func (x Value) IsNaN() Value { return x.Ne(x) }

// Logic: bit by bit on Int and Bits, logical on Bool.

func (x Value) And(y Value) Value { return binary(OpAnd, x, y) }
func (x Value) Or(y Value) Value  { return binary(OpOr, x, y) }
func (x Value) Xor(y Value) Value { return binary(OpXor, x, y) }
func (x Value) Not() Value        { return unary(OpNot, x) }

// Shl and Shr shift Int and Bits; Shr keeps the sign of an Int. A shift by the
// width or more gives 0 (or the sign).
func (x Value) Shl(y Value) Value { return binary(OpShl, x, y) }
func (x Value) Shr(y Value) Value { return binary(OpShr, x, y) }

// MulHi returns the high word of the 64-bit product of two Bits.
func (x Value) MulHi(y Value) Value { return binary(OpMulHi, x, y) }

// Select returns a where the Bool x holds, else b.
func (x Value) Select(a, b Value) Value {
	want(OpSelect, x, Bool)
	a, b = unify(OpSelect, a, b)
	return Value{&node{op: OpSelect, kind: a.n.kind, arg: [3]*node{x.n, a.n, b.n}}}
}

// Convert changes the kind of x: Float to Int truncates, saturates and makes
// NaN 0; Bool becomes 0 or 1; to Bool means x != 0.
func (x Value) Convert(k Kind) Value {
	if x.n.kind == k {
		return x
	}
	if x.n.kind == Untyped {
		return x.as(k)
	}
	return Value{&node{op: OpConvert, kind: k, arg: [3]*node{x.n}}}
}

// Bitcast reinterprets the 32 bits of a float32 as Bits, or back. It has no
// meaning, and panics in a Spec, where Float is float64.
func (x Value) Bitcast(k Kind) Value {
	if !(x.n.kind == Float && k == Bits || x.n.kind == Bits && k == Float) {
		panic(fmt.Sprintf("pointwise: bitcast of %v to %v: want float to bits or bits to float", x.n.kind, k))
	}
	return Value{&node{op: OpBitcast, kind: k, arg: [3]*node{x.n}}}
}

func (x Value) as(k Kind) Value {
	if x.n.kind != Untyped || k == Untyped {
		return x
	}
	return Value{&node{op: OpConst, kind: k, num: x.n.num}}
}

func want(o Opcode, x Value, kinds ...Kind) {
	for _, k := range kinds {
		if x.n.kind == k {
			return
		}
	}
	panic(fmt.Sprintf("pointwise: %v of a %v value, want %v", o, x.n.kind, kinds))
}

func unify(o Opcode, x, y Value) (Value, Value) {
	x, y = x.as(y.n.kind), y.as(x.n.kind)
	if x.n.kind == Untyped {
		x, y = x.as(Float), y.as(Float)
	}
	if x.n.kind != y.n.kind {
		panic(fmt.Sprintf("pointwise: %v of %v and %v values; use Convert", o, x.n.kind, y.n.kind))
	}
	return x, y
}

func unary(o Opcode, x Value) Value {
	x = x.as(Float)
	switch o {
	case OpNot:
		want(o, x, Int, Bits, Bool)
	default:
		want(o, x, Float, Int)
	}
	return Value{&node{op: o, kind: x.n.kind, arg: [3]*node{x.n}}}
}

func integral(o Opcode, x Value) Value {
	if x.n.kind == Int {
		return x
	}
	return float(o, x)
}

func float(o Opcode, x Value) Value {
	x = x.as(Float)
	want(o, x, Float)
	return Value{&node{op: o, kind: Float, arg: [3]*node{x.n}}}
}

func binary(o Opcode, x, y Value) Value {
	x, y = unify(o, x, y)
	switch o {
	case OpAdd, OpSub, OpMul:
		want(o, x, Float, Int, Bits)
	case OpAnd, OpOr, OpXor:
		want(o, x, Int, Bits, Bool)
	case OpShl, OpShr:
		want(o, x, Int, Bits)
	case OpMulHi:
		want(o, x, Bits)
	case OpPow, OpAtan2:
		want(o, x, Float)
	default:
		want(o, x, Float, Int)
	}
	return Value{&node{op: o, kind: x.n.kind, arg: [3]*node{x.n, y.n}}}
}

func compare(o Opcode, x, y Value) Value {
	x, y = unify(o, x, y)
	if o == OpLt || o == OpLe {
		want(o, x, Float, Int, Bits)
	}
	return Value{&node{op: o, kind: Bool, arg: [3]*node{x.n, y.n}}}
}
