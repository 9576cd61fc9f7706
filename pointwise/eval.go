package pointwise

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/hekla-ml/hekla/dtype"
)

// Eval runs p on one element in float64, with 64-bit Int: the oracle for all
// backends. index is the row-major index of the element. Inputs and outputs of
// all kinds are given as float64, Bool as 0 or 1.
func (p *Program) Eval(in, uniform []float64, index uint64) []float64 {
	out := make([]float64, len(p.Outputs))
	p.Evaluator(true, true).Eval(out, in, uniform, index)
	return out
}

// EvalFloat32 runs p in float32, with 32-bit Int: each operation rounds to
// float32, MulAdd once, as on a backend. Transcendental instructions
// are computed in float64 and rounded; Expand removes them.
func (p *Program) EvalFloat32(in, uniform []float64, index uint64) []float64 {
	out := make([]float64, len(p.Outputs))
	p.Evaluator(false, false).Eval(out, in, uniform, index)
	return out
}

// An Evaluator runs a program many times without allocation. It must not be
// used by two goroutines at once.
type Evaluator struct {
	p    *Program
	m    machine
	reg  []uint64
	kind []Kind
}

// Evaluator returns an Evaluator of p with the given widths of Float and Int:
// those of the Spec it stands for.
func (p *Program) Evaluator(float64, int64 bool) *Evaluator {
	e := &Evaluator{p: p, m: machine{float32: !float64, int32: !int64}, reg: make([]uint64, len(p.Code)), kind: make([]Kind, len(p.Code))}
	for i, in := range p.Code {
		e.kind[i] = in.Kind
	}
	return e
}

// RoundingTwice returns e as it would be on a device whose MulAdd rounds the
// product, too.
func (e *Evaluator) RoundingTwice() *Evaluator {
	e.m.twice = true
	return e
}

// Eval sets out, one value for each output.
func (e *Evaluator) Eval(out, in, uniform []float64, index uint64) {
	if len(out) != len(e.p.Outputs) || len(in) != len(e.p.Inputs) || len(uniform) != len(e.p.Uniforms) {
		panic(fmt.Sprintf("pointwise: Eval with %d outputs, %d inputs, %d uniforms, want %d, %d, %d",
			len(out), len(in), len(uniform), len(e.p.Outputs), len(e.p.Inputs), len(e.p.Uniforms)))
	}
	for i, c := range e.p.Code {
		var x uint64
		switch c.Op {
		case OpInput:
			x = e.m.input(c.Kind, in[c.Arg[0]])
		case OpUniform:
			x = e.m.narrow(c.Kind, load(c.Kind, uniform[c.Arg[0]]))
		case OpConst:
			x = e.m.narrow(c.Kind, load(c.Kind, c.Const))
		case OpIndex:
			x = uint64(uint32(index))
		case OpIndexHigh:
			x = index >> 32
		default:
			x = e.m.step(c, e.reg, e.kind)
		}
		e.reg[i] = x
	}
	for i, r := range e.p.Outputs {
		out[i] = store(e.kind[r], e.reg[r])
	}
}

// A machine says how wide Float and Int are. A register is a word: the bits of
// a float64 (a float32 is kept in a float64, exactly), an int64, a uint32 or 0
// and 1. MulAdd rounds twice if twice.
type machine struct{ float32, int32, twice bool }

var wide = machine{}

// input converts an element to kind k, as OpConvert does.
func (m machine) input(k Kind, x float64) uint64 {
	if k == Int && m.int32 {
		return uint64(toInt(x, math.MinInt32, math.MaxInt32))
	}
	return m.narrow(k, load(k, x))
}

func load(k Kind, x float64) uint64 {
	switch k {
	case Float:
		return math.Float64bits(x)
	case Int:
		return uint64(toInt(x, math.MinInt64, math.MaxInt64))
	case Bits:
		if x < 0 { // a constant such as -1
			return uint64(uint32(toInt(x, math.MinInt64, math.MaxInt64)))
		}
		return uint64(toInt(x, 0, math.MaxUint32))
	}
	return word(x != 0)
}

func store(k Kind, x uint64) float64 {
	switch k {
	case Float:
		return math.Float64frombits(x)
	case Int:
		return float64(int64(x))
	}
	return float64(x)
}

// toInt truncates x and limits it to [lo, hi]; NaN gives 0.
func toInt(x float64, lo, hi int64) int64 {
	switch {
	case x != x:
		return 0
	case x <= float64(lo):
		return lo
	case x >= float64(hi):
		return hi
	}
	return int64(x)
}

func word(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// narrow rounds or wraps x to the width of its kind.
func (m machine) narrow(k Kind, x uint64) uint64 {
	switch {
	case k == Float && m.float32:
		return math.Float64bits(float64(float32(math.Float64frombits(x))))
	case k == Int && m.int32:
		return uint64(int64(int32(x)))
	case k == Bits:
		return uint64(uint32(x))
	}
	return x
}

// step computes an instruction with operands from the registers reg. Rounding
// a float64 result to float32 is exact for + - * / and sqrt of float32s: 53 >=
// 2*24+2 bits make double rounding harmless.
func (m machine) step(in Instr, reg []uint64, kinds []Kind) uint64 {
	var a, b, c uint64
	switch in.Op.Arity() {
	case 3:
		c = reg[in.Arg[2]]
		fallthrough
	case 2:
		b = reg[in.Arg[1]]
		fallthrough
	case 1:
		a = reg[in.Arg[0]]
	}
	from := kinds[in.Arg[0]]
	switch in.Op {
	case OpSelect:
		if a != 0 {
			return b
		}
		return c
	case OpConvert:
		return m.convert(from, in.Kind, a)
	case OpBitcast:
		if in.Kind == Bits {
			return uint64(math.Float32bits(float32(math.Float64frombits(a))))
		}
		return math.Float64bits(float64(math.Float32frombits(uint32(a))))
	case OpLt, OpLe, OpEq, OpNe:
		return compareWords(in.Op, from, a, b)
	case OpMulHi:
		hi, lo := bits.Mul64(a, b)
		return hi<<32 | lo>>32
	}
	switch in.Kind {
	case Float:
		x, y := math.Float64frombits(a), math.Float64frombits(b)
		if in.Op == OpMulAdd {
			return math.Float64bits(m.mulAdd(x, y, math.Float64frombits(c)))
		}
		return m.narrow(Float, math.Float64bits(floatOp(in.Op, x, y)))
	case Int:
		return m.narrow(Int, uint64(m.intOp(in.Op, int64(a), int64(b))))
	case Bits:
		return uint64(bitsOp(in.Op, uint32(a), uint32(b)))
	}
	switch in.Op {
	case OpAnd:
		return a & b
	case OpOr:
		return a | b
	case OpXor:
		return a ^ b
	case OpNot:
		return a ^ 1
	}
	panic(fmt.Sprintf("pointwise: cannot evaluate %v.%v", in.Op, in.Kind))
}

func (m machine) mulAdd(x, y, z float64) float64 {
	switch {
	case m.float32 && m.twice:
		return float64(float32(float32(x)*float32(y)) + float32(z))
	case m.float32:
		return float64(dtype.FMA32(float32(x), float32(y), float32(z)))
	case m.twice:
		return float64(x*y) + z
	}
	return math.FMA(x, y, z)
}

func (m machine) convert(from, to Kind, a uint64) uint64 {
	switch {
	case to == Float:
		return m.narrow(Float, math.Float64bits(store(from, a)))
	case to == Bool && from == Float:
		return word(math.Float64frombits(a) != 0)
	case to == Bool:
		return word(a != 0)
	case from == Float && to == Int:
		if m.int32 {
			return uint64(toInt(math.Float64frombits(a), math.MinInt32, math.MaxInt32))
		}
		return uint64(toInt(math.Float64frombits(a), math.MinInt64, math.MaxInt64))
	case from == Float: // to Bits
		return uint64(toInt(math.Float64frombits(a), 0, math.MaxUint32))
	}
	return m.narrow(to, a)
}

func compareWords(o Opcode, k Kind, a, b uint64) uint64 {
	switch k {
	case Float:
		x, y := math.Float64frombits(a), math.Float64frombits(b)
		switch o {
		case OpLt:
			return word(x < y)
		case OpLe:
			return word(x <= y)
		case OpEq:
			return word(x == y)
		}
		return word(x != y)
	case Int:
		switch o {
		case OpLt:
			return word(int64(a) < int64(b))
		case OpLe:
			return word(int64(a) <= int64(b))
		}
	}
	switch o {
	case OpLt:
		return word(a < b)
	case OpLe:
		return word(a <= b)
	case OpEq:
		return word(a == b)
	}
	return word(a != b)
}

func (m machine) intOp(o Opcode, x, y int64) int64 {
	width := int64(64)
	if m.int32 {
		width = 32
	}
	switch o {
	case OpAdd:
		return x + y
	case OpSub:
		return x - y
	case OpMul:
		return x * y
	case OpDiv:
		if y == 0 {
			return 0
		}
		return x / y
	case OpRem:
		if y == 0 {
			return 0
		}
		return x % y
	case OpMin:
		return min(x, y)
	case OpMax:
		return max(x, y)
	case OpNeg:
		return -x
	case OpAbs:
		return max(x, -x)
	case OpAnd:
		return x & y
	case OpOr:
		return x | y
	case OpXor:
		return x ^ y
	case OpNot:
		return ^x
	case OpShl:
		if y < 0 || y >= width {
			return 0
		}
		return x << y
	case OpShr:
		if y < 0 || y >= width {
			y = width - 1
		}
		return x >> y
	}
	panic(fmt.Sprintf("pointwise: cannot evaluate %v.int", o))
}

func bitsOp(o Opcode, x, y uint32) uint32 {
	switch o {
	case OpAdd:
		return x + y
	case OpSub:
		return x - y
	case OpMul:
		return x * y
	case OpAnd:
		return x & y
	case OpOr:
		return x | y
	case OpXor:
		return x ^ y
	case OpNot:
		return ^x
	case OpShl:
		return x << y
	case OpShr:
		return x >> y
	}
	panic(fmt.Sprintf("pointwise: cannot evaluate %v.bits", o))
}

// Float applies a Float instruction to x and, if it has two operands, y.
func (o Opcode) Float(x, y float64) float64 { return floatOp(o, x, y) }

func floatOp(o Opcode, x, y float64) float64 {
	switch o {
	case OpAdd:
		return x + y
	case OpSub:
		return x - y
	case OpMul:
		return x * y
	case OpDiv:
		return x / y
	case OpRem:
		return math.Mod(x, y)
	case OpMin:
		return min(x, y)
	case OpMax:
		return max(x, y)
	case OpPow:
		return power(x, y)
	case OpAtan2:
		return atan2(x, y)
	}
	if f := floatFunc[o]; f != nil {
		return f(x)
	}
	panic(fmt.Sprintf("pointwise: cannot evaluate %v.float", o))
}

var floatFunc = [opcodeCount]func(float64) float64{
	OpNeg: func(x float64) float64 { return -x }, OpAbs: math.Abs,
	OpFloor: math.Floor, OpCeil: math.Ceil, OpTrunc: math.Trunc, OpRound: math.RoundToEven,
	OpSqrt: math.Sqrt, OpExp: exp, OpExp2: math.Exp2, OpExpm1: math.Expm1,
	OpLog: logarithm, OpLog2: log2, OpLog10: log10, OpLog1p: math.Log1p,
	OpSin: sin, OpCos: cos, OpTan: tan,
	OpAsin: math.Asin, OpAcos: acos, OpAtan: math.Atan,
	OpSinh: sinh, OpCosh: cosh, OpTanh: math.Tanh,
	OpAsinh: math.Asinh, OpAcosh: math.Acosh, OpAtanh: math.Atanh,
	OpErf: math.Erf, OpErfc: math.Erfc, OpErfinv: math.Erfinv,
	OpLgamma: lgamma, OpDigamma: digamma, OpTrigamma: trigamma,
}
