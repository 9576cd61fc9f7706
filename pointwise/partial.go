package pointwise

import (
	"fmt"
	"math"
)

// A NoDerivativeError is the panic of VJP and JVP at an instruction whose
// derivative is not a Program: that of Trigamma.
type NoDerivativeError struct{ Op Opcode }

func (e *NoDerivativeError) Error() string {
	return fmt.Sprintf("pointwise: %v has no derivative here", e.Op)
}

// none is the gradient that is known to be 0. It is never computed with, so
// that 0 times infinity does not arise.
var none Value

func (x Value) isConst(c float64) bool { return x.n.op == OpConst && x.n.num == c }

func (g Value) times(x Value) Value {
	if g == none || x == none || x.isConst(0) {
		return none
	}
	return g.Mul(x)
}

func (g Value) over(x Value) Value {
	if g == none {
		return none
	}
	return g.Div(x)
}

func (g Value) minus() Value {
	if g == none {
		return none
	}
	return g.Neg()
}

func (g Value) plus(h Value) Value {
	switch none {
	case g:
		return h
	case h:
		return g
	}
	return g.Add(h)
}

// where returns Select(c, g, 0).
func (g Value) where(c Value) Value {
	if g == none {
		return none
	}
	return c.Select(g, Const(0))
}

// partial returns g times the derivative of y = op(arg...) by operand k, or
// none. Select, Min and Max are elsewhere: see guarded.
//
// At points without a derivative the conventions are PyTorch's: |x|' is 0 at
// 0, x^y has derivative 0 by x where y = 0 and by y where x = 0 and y >= 0, and
// steps (Floor, Convert, Lt ...) have derivative 0.
func partial(op Opcode, k int, g, y Value, arg [3]Value) Value {
	c := Const
	x := arg[0]
	switch op {
	case OpAdd:
		return g
	case OpSub:
		if k == 1 {
			return g.minus()
		}
		return g
	case OpMul:
		return g.times(arg[1-k])
	case OpMulAdd:
		if k == 2 {
			return g
		}
		return g.times(arg[1-k])
	case OpDiv:
		switch {
		case k == 0:
			return g.over(arg[1])
		case x.isConst(0):
			return none
		case x.isConst(1): // of 1/b only the result need be kept
			return g.times(y.Square()).minus()
		}
		return g.over(arg[1]).times(y).minus()
	case OpRem: // x - z trunc(x/z)
		if k == 0 {
			return g
		}
		return g.times(x.Div(arg[1]).Trunc()).minus()
	case OpNeg:
		return g.minus()
	case OpAbs:
		return x.Lt(c(0)).Select(g.minus(), x.Eq(c(0)).Select(c(0), g))
	case OpSqrt:
		return g.times(c(0.5)).over(y)
	case OpExp:
		return g.times(y)
	case OpExp2:
		return g.times(y.Mul(c(math.Ln2)))
	case OpExpm1:
		return g.times(y.Add(c(1)))
	case OpLog:
		return g.over(x)
	case OpLog2:
		return g.over(x.Mul(c(math.Ln2)))
	case OpLog10:
		return g.over(x.Mul(c(math.Ln10)))
	case OpLog1p:
		return g.over(x.Add(c(1)))
	case OpPow:
		z := arg[1]
		if k == 0 {
			d := g.times(z).times(x.Pow(z.Sub(c(1))))
			if d == none || z.n.op == OpConst {
				return d
			}
			return z.Eq(c(0)).Select(c(0), d)
		}
		d := g.times(y.Mul(x.Log()))
		if x.n.op == OpConst && x.n.num > 0 {
			return d
		}
		return x.Eq(c(0)).And(z.Ge(c(0))).Select(c(0), d)
	case OpSin:
		return g.times(x.Cos())
	case OpCos:
		return g.times(x.Sin()).minus()
	case OpTan:
		return g.times(y.Square().Add(c(1)))
	case OpAsin:
		return g.over(oneMinusSquare(x).Sqrt())
	case OpAcos:
		return g.over(oneMinusSquare(x).Sqrt()).minus()
	case OpAtan:
		return g.over(x.Square().Add(c(1)))
	case OpAtan2: // of (x, z)
		z := arg[1]
		d := x.Square().Add(z.Square())
		n := z
		if k == 1 {
			n = x.Neg()
		}
		h := g.times(n).over(d)
		if h == none {
			return none
		}
		return d.Eq(c(0)).Select(c(0), h)
	case OpSinh:
		return g.times(x.Cosh())
	case OpCosh:
		return g.times(x.Sinh())
	case OpTanh:
		return g.times(oneMinusSquare(y))
	case OpAsinh:
		return g.over(x.Square().Add(c(1)).Sqrt())
	case OpAcosh:
		return g.over(x.Sub(c(1)).Mul(x.Add(c(1))).Sqrt())
	case OpAtanh:
		return g.over(oneMinusSquare(x))
	case OpErf:
		return g.times(x.Square().Neg().Exp().Mul(c(2 / math.SqrtPi)))
	case OpErfc:
		return g.times(x.Square().Neg().Exp().Mul(c(-2 / math.SqrtPi)))
	case OpErfinv:
		return g.times(y.Square().Exp().Mul(c(math.SqrtPi / 2)))
	case OpLgamma:
		return g.times(x.Digamma())
	case OpDigamma:
		return g.times(x.Trigamma())
	case OpTrigamma:
		panic(&NoDerivativeError{op})
	}
	return none
}

// oneMinusSquare returns 1-x² without the cancellation near 1.
func oneMinusSquare(x Value) Value {
	return Const(1).Sub(x).Mul(Const(1).Add(x))
}

// pattern recognises a composition that has a better derivative than its parts
// have one after the other. It returns the register x that y = code[r] is a
// function of, and that function's partial.
func (p *Program) pattern(r int) (x int, partial func(g, y Value) Value, ok bool) {
	div := p.Code[r]
	if div.Op != OpDiv || p.Code[div.Arg[0]].Op != OpConst || p.Code[div.Arg[0]].Const != 1 {
		return 0, nil, false
	}
	switch den := p.Code[div.Arg[1]]; den.Op {
	case OpSqrt: // 1/√x
		return den.Arg[0], func(g, y Value) Value {
			return g.times(y.Square().Mul(y).Mul(Const(-0.5)))
		}, true
	case OpAdd: // 1/(exp(z)+1), mostly with z = -x
		e, one := p.Code[den.Arg[0]], p.Code[den.Arg[1]]
		if e.Op == OpExp && one.Op == OpConst && one.Const == 1 {
			return e.Arg[0], func(g, y Value) Value {
				return g.times(y.Mul(Const(1).Sub(y))).minus()
			}, true
		}
	}
	return 0, nil, false
}
