package spirv

import (
	"errors"
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// ErrProgram: the program has an instruction that kernels cannot compute, such
// as the sine of a float64.
var ErrProgram = errors.New("spirv: no instructions for this program")

// Widths says what Float and Int of a program are.
type Widths struct{ Real, Int Type }

// WidthsOf returns those of a spec.
func WidthsOf(s pointwise.Spec) Widths {
	w := Widths{Float, Word}
	if s.Float64() {
		w.Real = Double
	}
	if s.Int64() {
		w.Int = Long
	}
	return w
}

// Type returns what values of a kind are.
func (w Widths) Type(k pointwise.Kind) Type {
	switch k {
	case pointwise.Float:
		return w.Real
	case pointwise.Int:
		return w.Int
	case pointwise.Bits:
		return Word
	}
	return Bool
}

// Supports returns an error that Is ErrProgram unless Eval can emit p.
func (w Widths) Supports(p *pointwise.Program) error {
	for _, in := range p.Code {
		if in.Op.Transcendental() {
			return fmt.Errorf("%w: %v of a %v", ErrProgram, in.Op, w.Type(in.Kind))
		}
	}
	return nil
}

// Arguments are what a program works on: inputs and uniforms of the types of
// their kinds, and the words of the element's index.
type Arguments struct {
	Input, Uniform func(i int) Value
	Index          func() (low, high Value)
}

// Eval emits a program without transcendental instructions (see
// pointwise.Expand) and returns its outputs.
func (m *Module) Eval(p *pointwise.Program, w Widths, a Arguments) []Value {
	return m.EvalAll(p, w, []Arguments{a})[0]
}

// EvalAll is Eval for several elements, an instruction of all after the other:
// each waits for the one before it, so that a processor has other work meanwhile.
func (m *Module) EvalAll(p *pointwise.Program, w Widths, all []Arguments) [][]Value {
	regs, out := make([][]Value, len(all)), make([][]Value, len(all))
	for k := range all {
		regs[k] = make([]Value, len(p.Code))
	}
	for i := range p.Code {
		for k := range all {
			regs[k][i] = m.instruction(p, i, w, &all[k], regs[k])
		}
	}
	for k := range all {
		for _, r := range p.Outputs {
			out[k] = append(out[k], regs[k][r])
		}
	}
	return out
}

// instruction emits instruction i of a program, whose arguments are in reg.
func (m *Module) instruction(p *pointwise.Program, i int, w Widths, a *Arguments, reg []Value) Value {
	in := p.Code[i]
	var arg [3]Value
	for k, r := range in.Args() {
		arg[k] = reg[r]
	}
	switch in.Op {
	case pointwise.OpInput:
		return a.Input(in.Arg[0])
	case pointwise.OpUniform:
		return a.Uniform(in.Arg[0])
	case pointwise.OpConst:
		return m.constOf(w.Type(in.Kind), in.Kind, in.Const)
	case pointwise.OpIndex:
		low, _ := a.Index()
		return low
	case pointwise.OpIndexHigh:
		_, high := a.Index()
		return high
	case pointwise.OpConvert:
		return Convert(arg[0], p.Code[in.Arg[0]].Kind, in.Kind, w)
	case pointwise.OpBitcast:
		if in.Kind == pointwise.Bits {
			return arg[0].ToReal(Float).Bits()
		}
		return arg[0].FromBits().ToReal(w.Real)
	}
	if b := p.Code[in.Arg[1]]; in.Kind == pointwise.Float && b.Op == pointwise.OpConst && b.Const == b.Const {
		switch in.Op { // constants are the second operands
		case pointwise.OpMin:
			return arg[1].LessSigned(arg[0]).Select(arg[1], arg[0]) // which may be NaN
		case pointwise.OpMax:
			return arg[0].LessSigned(arg[1]).Select(arg[1], arg[0])
		}
	}
	v := m.step(in, p.Code[in.Arg[0]].Kind, arg)
	if in.Kind == pointwise.Float {
		return exact(v, in, p, arg)
	}
	return v
}

// constOf rounds and wraps c as pointwise does.
func (m *Module) constOf(t Type, k pointwise.Kind, c float64) Value {
	switch k {
	case pointwise.Float:
		return m.Real(t, c)
	case pointwise.Bool:
		return m.Bool(c != 0)
	}
	return m.Int(t, Integer(k, c))
}

// Integer returns the word or long of a constant.
func Integer(k pointwise.Kind, c float64) int64 {
	switch {
	case c != c:
		return 0
	case k == pointwise.Bits && c >= math.MaxUint32:
		return math.MaxUint32
	case c >= math.MaxInt64:
		return math.MaxInt64
	case c <= math.MinInt64:
		return math.MinInt64
	}
	return int64(c)
}

func (m *Module) step(in pointwise.Instr, from pointwise.Kind, a [3]Value) Value {
	x, y := a[0], a[1]
	signed := from == pointwise.Int
	switch in.Op {
	case pointwise.OpAdd:
		return x.Add(y)
	case pointwise.OpSub:
		return x.Sub(y)
	case pointwise.OpMul:
		return x.Mul(y)
	case pointwise.OpMulAdd:
		return x.MulAdd(y, a[2])
	case pointwise.OpDiv:
		if signed {
			return x.QuoSigned(y)
		}
		return x.Div(y)
	case pointwise.OpRem:
		if signed {
			return x.RemSigned(y)
		}
		if x.t == Double {
			return x.remDouble(y)
		}
		return x.remFloat(y)
	case pointwise.OpMin:
		return x.Min(y)
	case pointwise.OpMax:
		return x.Max(y)
	case pointwise.OpNeg:
		return x.Neg()
	case pointwise.OpAbs:
		return x.Abs()
	case pointwise.OpFloor:
		return x.Floor()
	case pointwise.OpCeil:
		return x.Ceil()
	case pointwise.OpTrunc:
		return x.Trunc()
	case pointwise.OpRound:
		return x.Round()
	case pointwise.OpSqrt:
		return x.Sqrt()
	case pointwise.OpLt:
		if from == pointwise.Bool {
			return x.Not().And(y)
		}
		if signed {
			return x.LessSigned(y)
		}
		return x.Less(y)
	case pointwise.OpLe:
		if from == pointwise.Bool {
			return x.Not().Or(y)
		}
		if signed {
			return x.LessEqualSigned(y)
		}
		return x.LessEqual(y)
	case pointwise.OpEq:
		return x.Equal(y)
	case pointwise.OpNe:
		return x.NotEqual(y)
	case pointwise.OpAnd:
		return x.And(y)
	case pointwise.OpOr:
		return x.Or(y)
	case pointwise.OpXor:
		return x.Xor(y)
	case pointwise.OpNot:
		return x.Not()
	case pointwise.OpShl:
		by, in := y.shiftCount(x.t)
		return in.Select(x.Shl(by), m.Int(x.t, 0))
	case pointwise.OpShr:
		by, in := y.shiftCount(x.t)
		if signed {
			return x.Sar(in.Select(by, m.Word(width(x.t)-1)))
		}
		return in.Select(x.Shr(by), m.Int(x.t, 0))
	case pointwise.OpMulHi:
		return x.MulHi(y)
	case pointwise.OpSelect:
		return x.Select(y, a[2])
	}
	panic(fmt.Sprintf("spirv: cannot emit %v.%v", in.Op, in.Kind))
}

func width(t Type) uint32 {
	if t == Long || t == Double {
		return 64
	}
	return 32
}

// shiftCount returns the count of a shift of a t, within its width, and whether
// it was.
func (v Value) shiftCount(t Type) (by, in Value) {
	n := width(t)
	return v.Low().And(v.m.Word(n - 1)), v.Less(v.m.Int(v.t, int64(n)))
}

// Convert changes the kind of a value as OpConvert does.
func Convert(v Value, from, to pointwise.Kind, w Widths) Value {
	if from == to {
		return v
	}
	m := v.m
	switch to {
	case pointwise.Float:
		if from == pointwise.Bits {
			return v.UnsignedToReal(w.Real)
		}
		return v.ToReal(w.Real)
	case pointwise.Bool:
		if from == pointwise.Float {
			return v.NotEqual(m.Real(v.t, 0))
		}
		return v.NotEqual(m.Int(v.t, 0))
	case pointwise.Int:
		switch from {
		case pointwise.Float:
			return v.ToInt(w.Int)
		case pointwise.Bool:
			return v.Select(m.Int(w.Int, 1), m.Int(w.Int, 0))
		}
		return v.Widen(w.Int)
	}
	switch from { // to Bits
	case pointwise.Float:
		return v.ToUnsigned()
	case pointwise.Bool:
		return v.Flag()
	}
	return v.Low()
}

// kindOf returns the kind elements of d have when they are loaded.
func kindOf(d dtype.DType) pointwise.Kind {
	switch {
	case d == dtype.Bool:
		return pointwise.Bool
	case d.IsFloat():
		return pointwise.Float
	}
	return pointwise.Int
}

// Read returns element i of a buffer of d as a value of kind k.
func (m *Module) Read(buffer int, i Value, d dtype.DType, k pointwise.Kind, w Widths) Value {
	return m.loaded(m.LoadElement(buffer, i, d), d, k, w)
}

// ReadWide returns n elements from element i, a multiple of n, as Read does.
func (m *Module) ReadWide(buffer int, i Value, n int, d dtype.DType, k pointwise.Kind, w Widths, long bool) []Value {
	l := m.LoadElements(buffer, i, n, d, long)
	for j := range l {
		l[j] = m.loaded(l[j], d, k, w)
	}
	return l
}

func (m *Module) loaded(v Value, d dtype.DType, k pointwise.Kind, w Widths) Value {
	switch from := kindOf(d); from {
	case pointwise.Float:
		return Convert(v.ToReal(w.Real), from, k, w)
	case pointwise.Int:
		return Convert(v.Extend(w.Int), from, k, w)
	}
	return Convert(v, pointwise.Bool, k, w)
}

// Write stores a value of kind k as element i of a buffer of d.
func (m *Module) Write(buffer int, i Value, d dtype.DType, v Value, k pointwise.Kind, w Widths) {
	m.StoreElement(buffer, i, d, m.stored(d, v, k, w))
}

// WriteWide stores values from element i, a multiple of their number, as Write
// does.
func (m *Module) WriteWide(buffer int, i Value, d dtype.DType, v []Value, k pointwise.Kind, w Widths, long bool) {
	l := make([]Value, len(v))
	for j := range v {
		l[j] = m.stored(d, v[j], k, w)
	}
	m.StoreElements(buffer, i, d, l, long)
}

func (m *Module) stored(d dtype.DType, v Value, k pointwise.Kind, w Widths) Value {
	to := kindOf(d)
	v = Convert(v, k, to, w)
	switch {
	case to == pointwise.Float && d == dtype.Float64:
		v = v.ToReal(Double)
	case to == pointwise.Float:
		v = v.ToReal(Float)
	case d == dtype.Int64:
		v = v.Extend(Long)
	}
	return v
}
