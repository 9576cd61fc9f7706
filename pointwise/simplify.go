package pointwise

import "math"

// emit returns a register that holds in, simplified. Every rewrite is exact in
// IEEE 754 arithmetic, NaN, infinities and the sign of zero included (only the
// sign and payload of a NaN, and the sign of Min and Max of 0 and -0, are
// free). So x+0 stays, as it turns -0 into 0, but x-0 is x; and x*0 stays on
// Float. Derivatives do not need x*0 = 0 here: their zeros are never emitted.
func (b *builder) emit(in Instr) int {
	if r, ok := b.fold(in); ok {
		return r
	}
	if in.Op.commutative() && b.after(in.Arg[0], in.Arg[1]) {
		in.Arg[0], in.Arg[1] = in.Arg[1], in.Arg[0]
	}
	var r int
	var ok bool
	switch in.Op {
	case OpAdd, OpSub, OpMul, OpDiv, OpNeg, OpPow:
		r, ok = b.arithmetic(in)
	case OpAnd, OpOr, OpXor, OpNot, OpShl, OpShr, OpLt, OpLe, OpEq, OpNe:
		r, ok = b.logic(in)
	case OpMulAdd:
		r, ok = b.mulAdd(in)
	case OpSelect:
		r, ok = b.selection(in)
	default:
		r, ok = b.other(in)
	}
	if ok {
		return r
	}
	return b.append(in)
}

func (o Opcode) commutative() bool {
	switch o {
	case OpAdd, OpMul, OpMulAdd, OpMin, OpMax, OpEq, OpNe, OpAnd, OpOr, OpXor, OpMulHi:
		return true
	}
	return false
}

// after reports whether r belongs behind s as an operand: constants last.
func (b *builder) after(r, s int) bool {
	rc, sc := b.code[r].Op == OpConst, b.code[s].Op == OpConst
	if rc != sc {
		return rc
	}
	return r > s
}

// is reports whether r is the constant x; the sign of zero counts.
func (b *builder) is(r int, x float64) bool {
	return b.code[r].Op == OpConst && math.Float64bits(b.code[r].Const) == math.Float64bits(x)
}

func (b *builder) constant(k Kind, x float64) int {
	return b.append(Instr{Op: OpConst, Kind: k, Const: x})
}

func (b *builder) unary(o Opcode, k Kind, x int) int {
	return b.emit(Instr{Op: o, Kind: k, Arg: [3]int{x}})
}

func (b *builder) binary(o Opcode, k Kind, x, y int) int {
	return b.emit(Instr{Op: o, Kind: k, Arg: [3]int{x, y}})
}

// operandOf returns a if r is o of a.
func (b *builder) operandOf(o Opcode, r int) (int, bool) {
	return b.code[r].Arg[0], b.code[r].Op == o
}

var negZero = math.Copysign(0, -1)

func (b *builder) arithmetic(in Instr) (int, bool) {
	x, y, float := in.Arg[0], in.Arg[1], in.Kind == Float
	nx, negx := b.operandOf(OpNeg, x)
	ny, negy := b.operandOf(OpNeg, y)
	switch in.Op {
	case OpAdd:
		switch {
		case b.is(y, negZero), !float && b.is(y, 0):
			return x, true
		case negy:
			return b.binary(OpSub, in.Kind, x, ny), true
		case negx:
			return b.binary(OpSub, in.Kind, y, nx), true
		}
	case OpSub:
		switch {
		case b.is(y, 0):
			return x, true
		case !float && x == y:
			return b.constant(in.Kind, 0), true
		case negy:
			return b.binary(OpAdd, in.Kind, x, ny), true
		}
	case OpMul:
		switch {
		case b.is(y, 1):
			return x, true
		case !float && b.is(y, 0):
			return y, true
		case in.Kind != Bits && b.is(y, -1):
			return b.unary(OpNeg, in.Kind, x), true
		case negx && negy:
			return b.binary(OpMul, in.Kind, nx, ny), true
		case negx && b.code[y].Op == OpConst && float:
			return b.binary(OpMul, in.Kind, nx, b.constant(Float, -b.code[y].Const)), true
		case negx:
			return b.unary(OpNeg, in.Kind, b.binary(OpMul, in.Kind, nx, y)), true
		case negy:
			return b.unary(OpNeg, in.Kind, b.binary(OpMul, in.Kind, x, ny)), true
		}
	case OpDiv:
		switch {
		case b.is(y, 1):
			return x, true
		case !float:
		case negx && negy:
			return b.binary(OpDiv, Float, nx, ny), true
		case negx:
			return b.unary(OpNeg, Float, b.binary(OpDiv, Float, nx, y)), true
		case negy:
			return b.unary(OpNeg, Float, b.binary(OpDiv, Float, x, ny)), true
		case b.code[y].Op == OpConst && exactReciprocal(b.code[y].Const):
			return b.binary(OpMul, Float, x, b.constant(Float, 1/b.code[y].Const)), true
		}
	case OpNeg:
		switch {
		case negx:
			return nx, true
		case float && b.code[x].Op == OpMul && b.code[b.code[x].Arg[1]].Op == OpConst:
			c := b.constant(Float, -b.code[b.code[x].Arg[1]].Const)
			return b.binary(OpMul, Float, b.code[x].Arg[0], c), true
		}
	case OpPow:
		// C99 F.10.4.4: pow(x, 0) is 1 even for NaN. The others round as
		// well as pow or better.
		switch {
		case b.is(y, 0), b.is(y, negZero), b.is(x, 1):
			return b.constant(Float, 1), true
		case b.is(y, 1):
			return x, true
		case b.is(y, 2):
			return b.binary(OpMul, Float, x, x), true
		case b.is(y, -1):
			return b.binary(OpDiv, Float, b.constant(Float, 1), x), true
		}
	}
	return 0, false
}

// mulAdd simplifies x*y + z. A product that is exact rounds once either way.
func (b *builder) mulAdd(in Instr) (int, bool) {
	x, y, z := in.Arg[0], in.Arg[1], in.Arg[2]
	nx, negx := b.operandOf(OpNeg, x)
	ny, negy := b.operandOf(OpNeg, y)
	again := func(x, y int) (int, bool) {
		return b.emit(Instr{Op: OpMulAdd, Kind: Float, Arg: [3]int{x, y, z}}), true
	}
	switch {
	case b.is(y, 0), b.is(y, negZero), b.is(y, 1), b.is(y, -1):
		return b.binary(OpAdd, Float, b.binary(OpMul, Float, x, y), z), true
	case b.is(z, negZero):
		return b.binary(OpMul, Float, x, y), true
	case negx && negy:
		return again(nx, ny)
	case negx && b.code[y].Op == OpConst:
		return again(nx, b.constant(Float, -b.code[y].Const))
	}
	return 0, false
}

// exactReciprocal reports whether x/c and x*(1/c) are the same for all x, in
// float32 too: c is a power of two whose reciprocal is a normal float32.
func exactReciprocal(c float64) bool {
	f, e := math.Frexp(c)
	return math.Abs(f) == 0.5 && e >= -120 && e <= 120
}

func (b *builder) logic(in Instr) (int, bool) {
	x, y, k := in.Arg[0], in.Arg[1], in.Kind
	switch in.Op {
	case OpNot:
		if a, ok := b.operandOf(OpNot, x); ok {
			return a, true
		}
		// Equality negates exactly, NaN or not.
		if c := b.code[x]; k == Bool && (c.Op == OpEq || c.Op == OpNe) {
			return b.binary(OpEq+OpNe-c.Op, Bool, c.Arg[0], c.Arg[1]), true
		}
	case OpAnd:
		switch {
		case x == y:
			return x, true
		case b.is(y, 0):
			return y, true
		case k == Bool && b.is(y, 1), k == Bits && b.is(y, math.MaxUint32):
			return x, true
		}
	case OpOr:
		switch {
		case x == y, b.is(y, 0):
			return x, true
		case k == Bool && b.is(y, 1):
			return y, true
		}
	case OpXor:
		switch {
		case x == y:
			return b.constant(k, 0), true
		case b.is(y, 0):
			return x, true
		}
	case OpShl, OpShr:
		if b.is(y, 0) {
			return x, true
		}
	case OpLt:
		if x == y {
			return b.constant(Bool, 0), true
		}
	case OpLe, OpEq:
		if x == y && b.code[x].Kind != Float {
			return b.constant(Bool, 1), true
		}
	case OpNe:
		if x == y && b.code[x].Kind != Float {
			return b.constant(Bool, 0), true
		}
		if b.code[x].Kind == Bool && b.is(y, 0) {
			return x, true
		}
	}
	return 0, false
}

func (b *builder) selection(in Instr) (int, bool) {
	c, x, y := in.Arg[0], in.Arg[1], in.Arg[2]
	again := func(c, x, y int) (int, bool) {
		return b.emit(Instr{Op: OpSelect, Kind: in.Kind, Arg: [3]int{c, x, y}}), true
	}
	n, not := b.operandOf(OpNot, c)
	switch {
	case x == y, b.is(c, 1):
		return x, true
	case b.is(c, 0):
		return y, true
	case not:
		return again(n, y, x)
	case b.code[x].Op == OpSelect && b.code[x].Arg[0] == c:
		return again(c, b.code[x].Arg[1], y)
	case b.code[y].Op == OpSelect && b.code[y].Arg[0] == c:
		return again(c, x, b.code[y].Arg[2])
	case in.Kind == Bool && b.is(x, 1) && b.is(y, 0):
		return c, true
	case in.Kind == Bool && b.is(x, 0) && b.is(y, 1):
		return b.unary(OpNot, Bool, c), true
	}
	return 0, false
}

func (b *builder) other(in Instr) (int, bool) {
	x := in.Arg[0]
	switch in.Op {
	case OpMin, OpMax:
		if x == in.Arg[1] {
			return x, true
		}
	case OpAbs:
		switch b.code[x].Op {
		case OpAbs:
			return x, true
		case OpNeg:
			return b.unary(OpAbs, in.Kind, b.code[x].Arg[0]), true
		}
	case OpFloor, OpCeil, OpTrunc, OpRound:
		switch b.code[x].Op {
		case OpFloor, OpCeil, OpTrunc, OpRound:
			return x, true
		}
	case OpConvert:
		if b.code[x].Kind == in.Kind {
			return x, true
		}
		// A Bool keeps its value in any kind.
		if a, ok := b.operandOf(OpConvert, x); ok && b.code[a].Kind == Bool {
			return b.unary(OpConvert, in.Kind, a), true
		}
	case OpBitcast:
		if a, ok := b.operandOf(OpBitcast, x); ok {
			return a, true
		}
	case OpCos, OpCosh: // even
		switch b.code[x].Op {
		case OpNeg, OpAbs:
			return b.unary(in.Op, Float, b.code[x].Arg[0]), true
		}
	}
	return 0, false
}
