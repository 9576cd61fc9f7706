package ptx

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/pointwise"
)

// Supported returns an error if a kernel cannot be made of s.
func Supported(s pointwise.Spec) error {
	if !s.Float64() {
		return nil
	}
	for _, in := range expanded(s).Code {
		if in.Op.Transcendental() && float64Functions[in.Op] == nil {
			return fmt.Errorf("%v in float64", in.Op)
		}
		if in.Op == pointwise.OpBitcast {
			return fmt.Errorf("bits of a float64")
		}
	}
	return nil
}

// expanded returns s with the program rewritten to what a kernel computes.
func expanded(s pointwise.Spec) pointwise.Spec {
	if s.Float64() {
		s.Program = pointwise.ExpandFloat64(s.Program, float64Kept...)
	} else {
		s.Program = pointwise.Expand(s.Program)
	}
	return s
}

// An evaluation is a program on its way to PTX.
type evaluation struct {
	*builder
	widths
	input   func(i int) string // of kind Inputs[i]
	uniform func(i int, k pointwise.Kind) string
	index   func() string // 64-bit row-major index
}

// program writes p and returns the registers of its outputs.
func (e *evaluation) program(p *pointwise.Program) []string {
	reg := make([]string, len(p.Code))
	for i, in := range p.Code {
		var arg [3]string
		for k, a := range in.Args() {
			arg[k] = reg[a]
		}
		from := pointwise.Untyped
		if in.Op.Arity() > 0 {
			from = p.Code[in.Arg[0]].Kind
		}
		switch in.Op {
		case pointwise.OpInput:
			reg[i] = e.input(in.Arg[0])
		case pointwise.OpUniform:
			reg[i] = e.uniform(in.Arg[0], in.Kind)
		case pointwise.OpConst:
			reg[i] = e.constant(in.Kind, in.Const)
		case pointwise.OpIndex:
			reg[i] = e.do(b32, "cvt.u32.u64", e.index())
		case pointwise.OpIndexHigh:
			reg[i] = e.do(b32, "cvt.u32.u64", e.do(b64, "shr.u64", e.index(), "32"))
		default:
			reg[i] = e.step(in, from, arg[0], arg[1], arg[2])
		}
	}
	out := make([]string, len(p.Outputs))
	for i, r := range p.Outputs {
		out[i] = reg[r]
	}
	return out
}

func (e *evaluation) constant(k pointwise.Kind, x float64) string {
	c := e.class(k)
	switch c {
	case f32:
		return e.do(c, "mov.f32", single(x))
	case f64:
		return e.do(c, "mov.f64", double(x))
	case pred:
		n := "0"
		if x != 0 {
			n = "1"
		}
		return e.do(c, "setp.ne.u32", e.do(b32, "mov.b32", n), "0")
	case b64:
		return e.do(c, "mov.b64", fmt.Sprint(whole(x)))
	}
	return e.do(c, "mov.b32", fmt.Sprintf("0x%x", uint32(whole(x))))
}

// whole truncates and saturates.
func whole(x float64) int64 {
	switch {
	case x != x:
		return 0
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}

// step writes one instruction; from is the kind of its first operand.
func (e *evaluation) step(in pointwise.Instr, from pointwise.Kind, x, y, z string) string {
	k := in.Kind
	c, t := e.class(k), e.typ(k)
	switch in.Op {
	case pointwise.OpSelect:
		if k == pointwise.Bool {
			not := e.do(pred, "and.pred", e.do(pred, "not.pred", x), z)
			return e.do(pred, "or.pred", e.do(pred, "and.pred", x, y), not)
		}
		if k != pointwise.Float {
			t = bits(c)
		}
		return e.do(c, "selp."+t, y, z, x)
	case pointwise.OpConvert:
		return e.convert(e.widths, from, k, x)
	case pointwise.OpBitcast:
		return e.do(c, "mov.b32", x)
	case pointwise.OpLt, pointwise.OpLe, pointwise.OpEq, pointwise.OpNe:
		return e.compare(in.Op, from, x, y)
	case pointwise.OpMulAdd:
		return e.do(c, "fma.rn."+t, x, y, z)
	case pointwise.OpMulHi:
		return e.do(b32, "mul.hi.u32", x, y)
	}
	switch k {
	case pointwise.Float:
		return e.floatStep(in.Op, c, t, x, y)
	case pointwise.Int:
		return e.intStep(in.Op, c, t, x, y)
	}
	return e.bitsStep(in.Op, c, k, x, y)
}

func (e *evaluation) compare(o pointwise.Opcode, from pointwise.Kind, x, y string) string {
	if from == pointwise.Bool {
		switch o {
		case pointwise.OpLt:
			return e.do(pred, "and.pred", e.do(pred, "not.pred", x), y)
		case pointwise.OpLe:
			return e.do(pred, "or.pred", e.do(pred, "not.pred", x), y)
		case pointwise.OpEq:
			return e.do(pred, "not.pred", e.do(pred, "xor.pred", x, y))
		}
		return e.do(pred, "xor.pred", x, y)
	}
	name := map[pointwise.Opcode]string{pointwise.OpLt: "lt", pointwise.OpLe: "le", pointwise.OpEq: "eq", pointwise.OpNe: "ne"}[o]
	if o == pointwise.OpNe && from == pointwise.Float {
		name = "neu"
	}
	return e.do(pred, "setp."+name+"."+e.typ(from), x, y)
}

var floatNames = map[pointwise.Opcode]string{
	pointwise.OpAdd: "add.rn.", pointwise.OpSub: "sub.rn.", pointwise.OpMul: "mul.rn.", pointwise.OpDiv: "div.rn.",
	pointwise.OpMin: "min.", pointwise.OpMax: "max.", pointwise.OpNeg: "neg.", pointwise.OpAbs: "abs.", pointwise.OpSqrt: "sqrt.rn.",
	pointwise.OpFloor: "cvt.rmi.", pointwise.OpCeil: "cvt.rpi.", pointwise.OpTrunc: "cvt.rzi.", pointwise.OpRound: "cvt.rni.",
}

func (e *evaluation) floatStep(o pointwise.Opcode, c class, t, x, y string) string {
	name := floatNames[o]
	switch o {
	case pointwise.OpFloor, pointwise.OpCeil, pointwise.OpTrunc, pointwise.OpRound:
		return e.do(c, name+t+"."+t, x)
	case pointwise.OpNeg, pointwise.OpAbs, pointwise.OpSqrt:
		return e.do(c, name+t, x)
	case pointwise.OpMin, pointwise.OpMax:
		return e.extreme(c, name+t, t, x, y)
	case pointwise.OpRem:
		return e.remainder(c, x, y)
	}
	if f := float64Functions[o]; f != nil && c == f64 {
		return f(e.builder, x)
	}
	if name == "" {
		panic(fmt.Sprintf("ptx: no instructions for %v", o))
	}
	return e.do(c, name+t, x, y)
}

// extreme is min or max that gives NaN if either operand is.
func (b *builder) extreme(c class, op, t, x, y string) string {
	nan := single(math.NaN())
	if c == f64 {
		nan = double(math.NaN())
	}
	return b.do(c, "selp."+t, nan, b.do(c, op, x, y), b.do(pred, "setp.nan."+t, x, y))
}

func (e *evaluation) intStep(o pointwise.Opcode, c class, t, x, y string) string {
	b := bits(c)
	width := "32"
	if c == b64 {
		width = "64"
	}
	switch o {
	case pointwise.OpAdd, pointwise.OpSub, pointwise.OpMin, pointwise.OpMax:
		return e.do(c, o.String()+"."+t, x, y)
	case pointwise.OpMul:
		return e.do(c, "mul.lo."+t, x, y)
	case pointwise.OpNeg, pointwise.OpAbs:
		return e.do(c, o.String()+"."+t, x)
	case pointwise.OpAnd, pointwise.OpOr, pointwise.OpXor:
		return e.do(c, o.String()+"."+b, x, y)
	case pointwise.OpNot:
		return e.do(c, "not."+b, x)
	case pointwise.OpShl, pointwise.OpShr:
		// Amounts above the width act as the width, and negative ones are
		// large numbers.
		n := y
		if c == b64 {
			n = e.do(b32, "cvt.u32.u64", e.do(b64, "min.u64", y, width))
		}
		if o == pointwise.OpShl {
			return e.do(c, "shl."+b, x, n)
		}
		return e.do(c, "shr."+t, x, n)
	case pointwise.OpDiv, pointwise.OpRem:
		// By 0 gives 0; by -1 the hardware may trap on the smallest number.
		zero, minus := e.do(pred, "setp.eq."+t, y, "0"), e.do(pred, "setp.eq."+t, y, "-1")
		safe := e.do(c, "selp."+b, "1", y, e.do(pred, "or.pred", zero, minus))
		other := "0"
		if o == pointwise.OpDiv {
			other = e.do(c, "neg."+t, x)
		}
		r := e.do(c, "selp."+b, other, e.do(c, o.String()+"."+t, x, safe), minus)
		return e.do(c, "selp."+b, "0", r, zero)
	}
	panic(fmt.Sprintf("ptx: no instructions for %v of Int", o))
}

func (e *evaluation) bitsStep(o pointwise.Opcode, c class, k pointwise.Kind, x, y string) string {
	t := "b32"
	if k == pointwise.Bool {
		t = "pred"
	}
	switch o {
	case pointwise.OpAdd, pointwise.OpSub:
		return e.do(c, o.String()+".u32", x, y)
	case pointwise.OpMul:
		return e.do(c, "mul.lo.u32", x, y)
	case pointwise.OpAnd, pointwise.OpOr, pointwise.OpXor:
		return e.do(c, o.String()+"."+t, x, y)
	case pointwise.OpNot:
		return e.do(c, "not."+t, x)
	case pointwise.OpShl:
		return e.do(c, "shl.b32", x, y)
	case pointwise.OpShr:
		return e.do(c, "shr.u32", x, y)
	}
	panic(fmt.Sprintf("ptx: no instructions for %v of %v", o, k))
}
