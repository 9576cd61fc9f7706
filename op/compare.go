package op

import "math"

// Comparisons yield bool. NaN equals nothing, itself included.
var (
	Eq = Binary("Eq", "reports whether x == y.", func(x, y V) V { return x.Eq(y) }).by(CompareRule)
	Ne = Binary("Ne", "reports whether x != y.", func(x, y V) V { return x.Ne(y) }).by(CompareRule)
	Lt = Binary("Lt", "reports whether x < y.", func(x, y V) V { return x.Lt(y) }).by(CompareRule)
	Le = Binary("Le", "reports whether x <= y.", func(x, y V) V { return x.Le(y) }).by(CompareRule)
	Gt = Binary("Gt", "reports whether x > y.", func(x, y V) V { return x.Gt(y) }).by(CompareRule)
	Ge = Binary("Ge", "reports whether x >= y.", func(x, y V) V { return x.Ge(y) }).by(CompareRule)

	IsNaN    = Unary("IsNaN", "reports whether x is NaN.", func(x V) V { return x.IsNaN() }).by(CompareRule)
	IsInf    = Unary("IsInf", "reports whether x is +Inf or -Inf.", func(x V) V { return equals(x.Abs(), math.Inf(1)) }).by(CompareRule)
	IsPosInf = Unary("IsPosInf", "reports whether x is +Inf.", func(x V) V { return equals(x, math.Inf(1)) }).by(CompareRule)
	IsNegInf = Unary("IsNegInf", "reports whether x is -Inf.", func(x V) V { return equals(x, math.Inf(-1)) }).by(CompareRule)
	IsFinite = Unary("IsFinite", "reports whether x is neither infinite nor NaN.", isFinite).by(CompareRule)
	SignBit  = Unary("SignBit", "reports whether x is negative or -0.", negative).by(CompareRule)

	IsClose = Row("IsClose", "reports whether |x - y| <= atol + rtol*|y|; infinities only of one sign, NaN never.", []string{"x", "y"}, []string{"rtol", "atol"},
		func(in, s []V) []V {
			x, y := in[0], in[1]
			d := x.Sub(y).Abs()
			near := d.Le(s[1].Add(s[0].Mul(y.Abs())))
			return []V{x.Eq(y).Or(near.And(isFinite(d)))}
		}).by(CompareRule).from(0).tried([]float64{1e-5, 1e-8}, []float64{0.5, 0.25}, []float64{0, 1})
)

// equals is false for an integer, which no infinity equals.
func equals(x V, inf float64) V {
	if isInt(x) {
		return x.Ne(x)
	}
	return x.Eq(num(inf))
}

func isFinite(x V) V {
	if isInt(x) {
		return x.Eq(x)
	}
	return x.IsFinite()
}

// Logic, of operands of any type: everything but 0 is true.
var (
	LogicalAnd = Binary("LogicalAnd", "reports whether x and y are both not zero.", func(x, y V) V { return x.And(y) }).by(LogicalRule)
	LogicalOr  = Binary("LogicalOr", "reports whether x or y is not zero.", func(x, y V) V { return x.Or(y) }).by(LogicalRule)
	LogicalXor = Binary("LogicalXor", "reports whether one of x and y, but not both, is not zero.", func(x, y V) V { return x.Xor(y) }).by(LogicalRule)
	LogicalNot = Unary("LogicalNot", "reports whether x is zero.", func(x V) V { return x.Not() }).by(LogicalRule)
)

// Bits, of integers and bool. Shifts are of integers only.
var (
	BitwiseAnd = Binary("BitwiseAnd", "returns the bits set in both x and y.", func(x, y V) V { return x.And(y) }).by(BitRule)
	BitwiseOr  = Binary("BitwiseOr", "returns the bits set in x or y.", func(x, y V) V { return x.Or(y) }).by(BitRule)
	BitwiseXor = Binary("BitwiseXor", "returns the bits set in one of x and y.", func(x, y V) V { return x.Xor(y) }).by(BitRule)
	BitwiseNot = Unary("BitwiseNot", "returns x with all bits flipped.", func(x V) V { return x.Not() }).by(BitRule)
	LeftShift  = Binary("LeftShift", "returns x shifted left by y bits, 0 from the width of x on.", func(x, y V) V { return x.Shl(y) }).by(ShiftRule).over(-9, 9, 0, 6)
	RightShift = Binary("RightShift", "returns x shifted right by y bits, the sign kept: x / 2**y rounded down.", func(x, y V) V { return x.Shr(y) }).by(ShiftRule).over(-9, 9, 0, 6)
)
