package spirv

import (
	"math"

	"github.com/hekla-ml/hekla/pointwise"
)

// exact makes good what some drivers simplify as if there were no infinity and
// no NaN: 0*x and 0/x to 0, and x-x.
func exact(v Value, in pointwise.Instr, p *pointwise.Program, arg [3]Value) Value {
	zero := func(k int) bool {
		c := p.Code[in.Arg[k]]
		return c.Op == pointwise.OpConst && c.Const == 0
	}
	switch {
	case in.Op == pointwise.OpMul && zero(0):
		return arg[1].unlessFinite(v)
	case in.Op == pointwise.OpMul && zero(1), in.Op == pointwise.OpSub && in.Arg[0] == in.Arg[1]:
		return arg[0].unlessFinite(v)
	case in.Op == pointwise.OpDiv && zero(0):
		none := arg[1].Equal(v.m.Real(v.t, 0)).Or(arg[1].IsNaN())
		return none.Select(v.m.Real(v.t, math.NaN()), v)
	}
	return v
}

// unlessFinite returns NaN if v is infinite or NaN, else r.
func (v Value) unlessFinite(r Value) Value {
	m := v.m
	inf := m.Word(0x7f800000)
	if v.t == Double {
		inf = m.Long(0x7ff << 52)
	}
	return v.Bits().And(inf).Equal(inf).Select(m.Real(v.t, math.NaN()), r)
}
