package conformance

import (
	"math"

	"github.com/hekla-ml/hekla/pointwise"
)

// An analysis runs a pointwise program in float64 and carries along, beside
// each register, how far the same register may be off on a device that
// computes as package pointwise promises: running error analysis (Wilkinson
// 1986). An operation contributes its own rounding, and the errors of its
// operands as far as they move its result. Bounds so made are those of the very
// formula and operands, so that a constant wrong in its sixth digit shows.
//
// It computes for float32. Float64 differs by a factor, see wideFactor.
type analysis struct {
	p     *pointwise.Program
	all   *pointwise.Evaluator // every register is an output
	steps []step
	val   []float64 // of each register
	err   []float64
}

// A step is one instruction as a program of its own.
type step struct {
	*pointwise.Evaluator
	arity int
}

const (
	rounding = 0x1p-24 // largest relative error of one rounding to float32
	tiny     = 0x1p-126
	// wideFactor is a rounding to float64 in units of one to float32. Float64
	// is analysed as float32 and scaled, as 0x1p-53 is lost beside 1.
	wideFactor = 0x1p-29
)

func analyse(p *pointwise.Program, int64 bool) *analysis {
	a := &analysis{p: p, val: make([]float64, len(p.Code)), err: make([]float64, len(p.Code)), steps: make([]step, len(p.Code))}
	every := &pointwise.Program{Inputs: p.Inputs, Uniforms: p.Uniforms, Code: p.Code}
	for i, c := range p.Code {
		every.Outputs = append(every.Outputs, i)
		n := c.Op.Arity()
		if n == 0 {
			continue
		}
		q := &pointwise.Program{Outputs: []int{n}}
		op := pointwise.Instr{Op: c.Op, Kind: c.Kind, Const: c.Const}
		for k := range n {
			kind := p.Code[c.Arg[k]].Kind
			q.Inputs = append(q.Inputs, kind)
			q.Code = append(q.Code, pointwise.Instr{Op: pointwise.OpInput, Kind: kind, Arg: [3]int{k}})
			op.Arg[k] = k
		}
		q.Code = append(q.Code, op)
		a.steps[i] = step{q.Evaluator(true, int64), n}
	}
	a.all = every.Evaluator(true, int64)
	return a
}

// run analyses one element. in may be off by off; wide says that the device
// computes in float64, in whose units off and the result then are.
func (a *analysis) run(in, off, uniform []float64, index uint64, wide bool) {
	a.all.Eval(a.val, in, uniform, index)
	for i, c := range a.p.Code {
		v, e := a.val[i], 0.0
		switch {
		case c.Op == pointwise.OpInput:
			e = off[c.Arg[0]]
		case c.Op == pointwise.OpConst || c.Op == pointwise.OpUniform:
			if c.Kind == pointwise.Float && !wide && !math.IsInf(v, 0) && v == v {
				e = math.Abs(v - float64(float32(v)))
			}
		case c.Op.Arity() > 0:
			e = a.moved(i, c)
			if c.Kind == pointwise.Float {
				own := a.own(c, v)
				if e += own; wide {
					e += min(own, 2*rounding*math.Abs(v)) // the reference rounds, too, within an ulp
				}
			}
		}
		if c.Kind == pointwise.Float && !wide && math.Abs(v) > math.MaxFloat32*(1-rounding) && !math.IsInf(v, 0) {
			e = math.Inf(1) // float32 overflows where the reference does not
		}
		if e != e {
			e = math.Inf(1)
		}
		a.err[i] = e
	}
}

// own is the error of one operation on exact operands.
func (a *analysis) own(c pointwise.Instr, v float64) float64 {
	if v != v || math.IsInf(v, 0) {
		return 0
	}
	o, x, size := c.Op, a.val[c.Arg[0]], math.Abs(v)
	switch o {
	case pointwise.OpAdd, pointwise.OpSub:
		return rounding * size // exact where the result is denormal
	case pointwise.OpMulAdd: // the product may be rounded apart
		p := math.Abs(x * a.val[c.Arg[1]])
		return rounding*(size+p) + underflow(p)
	case pointwise.OpMul:
		return rounding*size + underflow(size)
	case pointwise.OpDiv, pointwise.OpSqrt:
		return rounding*size + underflow(size)
	case pointwise.OpRem, pointwise.OpConvert:
		return rounding * size // a quotient's worth; integers beyond 2^24
	case pointwise.OpLgamma, pointwise.OpDigamma, pointwise.OpTrigamma:
		// Near zeros an ulp is that of what cancels: see pointwise.Error.
		size = max(size, 1, math.Log(1+math.Abs(x))*max(1, math.Abs(x)))
	}
	// A unit in the last place is at most 2 roundings. The budget is that of
	// pointwise's own tests, who check it over all of float32.
	if b := pointwise.Budget(o); b > 0 {
		return 2*b*rounding*size + underflow(size)
	}
	return 0
}

// underflow is what a device that flushes denormals to zero may lose.
func underflow(size float64) float64 {
	if size < 2*tiny && size > 0 {
		return 2 * tiny
	}
	return 0
}

// moved is how far the errors of its operands move instruction i: the most it
// changes over the corners of the box they span. That is exact for operations
// that are monotone over the box, and to first order for others.
func (a *analysis) moved(i int, c pointwise.Instr) float64 {
	s := a.steps[i]
	free, lost := 0, false
	var args [3]float64
	for k := range s.arity {
		args[k] = a.val[c.Arg[k]]
		if e := a.err[c.Arg[k]]; e > 0 {
			free |= 1 << k
			lost = lost || math.IsInf(e, 1)
		}
	}
	if free == 0 {
		return 0
	}
	switch c.Op {
	case pointwise.OpSelect, pointwise.OpMin, pointwise.OpMax, pointwise.OpLt, pointwise.OpLe, pointwise.OpEq, pointwise.OpNe:
	default:
		if lost {
			return math.Inf(1)
		}
	}
	v, worst := a.val[i], 0.0
	var out [1]float64
	for corner := range 1 << s.arity {
		if corner&^free != 0 {
			continue // an exact operand has one corner
		}
		x := args
		for k := range s.arity {
			if e := a.err[c.Arg[k]]; e > 0 {
				if corner>>k&1 != 0 {
					e = -e
				}
				x[k] += e
			}
		}
		s.Eval(out[:], x[:s.arity], nil, 0)
		switch y := out[0]; {
		case y == v, y != y && v != v:
		case math.IsNaN(y) != math.IsNaN(v), math.IsInf(y, 0), math.IsInf(v, 0):
			return math.Inf(1)
		default:
			worst = max(worst, math.Abs(y-v))
		}
	}
	return worst
}
