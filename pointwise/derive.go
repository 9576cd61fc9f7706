package pointwise

import "sort"

// A Gradient is the vector-Jacobian product of a program p. Its inputs are the
// inputs of p, then the outputs of p, then a cotangent (Float) for each output
// of p; its uniforms are those of p. Its outputs are the cotangents of the
// inputs asked for, all Float. UsesIn and UsesOut tell which inputs and which
// outputs of p it reads, so which a caller must keep.
type Gradient struct {
	*Program
	UsesIn, UsesOut []bool
}

// VJP differentiates p by the inputs wrt, in reverse mode. A value that is
// costly to compute and is an output of p is read from there.
//
// What a Select, Min or Max does not choose gets a gradient of exactly 0,
// whatever its derivatives are: where(x > 0, log x, 0) has gradient 0, not
// NaN, at x <= 0. To that end the gradient of a branch is carried to the
// inputs unmasked and masked there, as masked earlier it would be multiplied
// by further derivatives, and 0 times infinity is NaN. No such guarantee is
// given for a gradient that happens to be 0: √x at 0 has 0/0 = NaN for a
// cotangent of 0, as in PyTorch.
//
// Values made by Bitcast or Convert from other kinds count as constants. VJP
// panics with a *NoDerivativeError if p contains Trigamma.
func (p *Program) VJP(wrt []int) *Gradient {
	n, m := len(p.Inputs), len(p.Outputs)
	inputs := append([]Kind(nil), p.Inputs...)
	for _, r := range p.Outputs {
		inputs = append(inputs, p.Code[r].Kind)
	}
	for range p.Outputs {
		inputs = append(inputs, Float)
	}
	g := &Gradient{UsesIn: make([]bool, n), UsesOut: make([]bool, m)}
	g.Program = New(inputs, p.Uniforms, func(in, un []Value) []Value {
		v := newVJP(p, in[:n], un, in[n:n+m])
		for i, r := range p.Outputs {
			if p.Code[r].Kind == Float {
				v.add(r, nil, in[n+m+i])
			}
		}
		grads := v.run()
		out := make([]Value, len(wrt))
		for i, k := range wrt {
			if out[i] = grads[k]; out[i] == none {
				out[i] = Const(0)
			}
		}
		return out
	})
	for _, in := range g.Code {
		if in.Op == OpInput && in.Arg[0] < n {
			g.UsesIn[in.Arg[0]] = true
		} else if in.Op == OpInput && in.Arg[0] < n+m {
			g.UsesOut[in.Arg[0]-n] = true
		}
	}
	return g
}

// JVP returns the program of directional derivatives: its inputs are those of
// p and then a tangent (Float) for each, its outputs a tangent (Float) for each
// output of p. Tangents of other kinds than Float are ignored and 0.
func (p *Program) JVP() *Program {
	n := len(p.Inputs)
	inputs := append([]Kind(nil), p.Inputs...)
	for range p.Inputs {
		inputs = append(inputs, Float)
	}
	return New(inputs, p.Uniforms, func(in, un []Value) []Value {
		val := p.values(in[:n], un, nil)
		tan := make([]Value, len(p.Code))
		for r, c := range p.Code {
			if c.Op == OpInput && c.Kind == Float {
				tan[r] = in[n+c.Arg[0]]
				continue
			}
			if c.Kind != Float {
				continue
			}
			if x, f, ok := p.pattern(r); ok {
				if tan[x] != none {
					tan[r] = f(tan[x], val[r])
				}
				continue
			}
			if c.Op == OpSelect {
				if a, b := tan[c.Arg[1]], tan[c.Arg[2]]; a != none || b != none {
					tan[r] = val[c.Arg[0]].Select(orZero(a), orZero(b))
				}
				continue
			}
			var arg [3]Value
			for k, a := range c.Args() {
				arg[k] = val[a]
			}
			for k, a := range c.Args() {
				g := tan[a]
				if g == none {
					continue
				}
				if c.Op == OpMin || c.Op == OpMax {
					cond, h := chosen(c.Op, k, g, arg)
					tan[r] = tan[r].plus(h.where(cond))
				} else {
					tan[r] = tan[r].plus(partial(c.Op, k, g, val[r], arg))
				}
			}
		}
		out := make([]Value, len(p.Outputs))
		for i, r := range p.Outputs {
			out[i] = orZero(tan[r])
		}
		return out
	})
}

func orZero(x Value) Value {
	if x == none {
		return Const(0)
	}
	return x
}

// chosen returns the condition under which Min or Max passes g to operand k,
// and what it passes: half at a tie. A NaN passes to both, as in PyTorch.
func chosen(op Opcode, k int, g Value, arg [3]Value) (cond, h Value) {
	x, y := arg[k], arg[1-k]
	lost := x.Lt(y)
	if op == OpMin {
		lost = y.Lt(x)
	}
	return lost.Not(), x.Eq(y).Select(g.Mul(Const(0.5)), g)
}

// values returns the registers of p as Values. A costly register that is an
// output is read from out, unless out is nil.
func (p *Program) values(in, un, out []Value) []Value {
	val := make([]Value, len(p.Code))
	slot := map[int]Value{}
	for i, v := range out {
		if _, ok := slot[p.Outputs[i]]; !ok {
			slot[p.Outputs[i]] = v
		}
	}
	for r, c := range p.Code {
		switch c.Op {
		case OpInput:
			val[r] = in[c.Arg[0]]
			continue
		case OpUniform:
			val[r] = un[c.Arg[0]]
			continue
		}
		if v, ok := slot[r]; ok && c.Op.costly() {
			val[r] = v
			continue
		}
		n := &node{op: c.Op, kind: c.Kind, num: c.Const}
		for k, a := range c.Args() {
			n.arg[k] = val[a].n
		}
		val[r] = Value{n}
	}
	return val
}

// costly reports whether o is worth a memory access.
func (o Opcode) costly() bool {
	return o.Transcendental() || o == OpDiv || o == OpRem || o == OpSqrt
}

// A vjp is a reverse walk over the code of p.
type vjp struct {
	p     *Program
	val   []Value
	adj   [][]term
	conds map[int]Value // of literals
}

// A term is a part of an adjoint that counts only where all literals hold.
type term struct {
	when []literal // sorted, without duplicates
	g    Value
}

// A literal is a condition or its negation: the one of the Select in register
// id/2's operand, or that of a Min or Max (then id is negative).
type literal struct {
	id  int
	neg bool
}

func newVJP(p *Program, in, un, out []Value) *vjp {
	return &vjp{p, p.values(in, un, out), make([][]term, len(p.Code)), map[int]Value{}}
}

// run carries adjoints from the outputs to the inputs and returns these.
func (v *vjp) run() []Value {
	grads := make([]Value, len(v.p.Inputs))
	for r := len(v.p.Code) - 1; r >= 0; r-- {
		c := v.p.Code[r]
		if c.Kind != Float || len(v.adj[r]) == 0 {
			continue
		}
		if c.Op == OpInput {
			grads[c.Arg[0]] = v.total(v.adj[r])
			continue
		}
		for _, t := range v.adj[r] {
			v.pull(r, c, t)
		}
	}
	return grads
}

// pull hands t, a term of the adjoint of register r, on to the operands.
func (v *vjp) pull(r int, c Instr, t term) {
	if x, f, ok := v.p.pattern(r); ok {
		v.add(x, t.when, f(t.g, v.val[r]))
		return
	}
	var arg [3]Value
	for k, a := range c.Args() {
		arg[k] = v.val[a]
	}
	switch c.Op {
	case OpSelect:
		v.conds[c.Arg[0]] = arg[0]
		for k := 1; k <= 2; k++ {
			if when, possible := and(t.when, literal{c.Arg[0], k == 2}); possible {
				v.add(c.Arg[k], when, t.g)
			}
		}
	case OpMin, OpMax:
		for k := 0; k <= 1; k++ {
			id := -1 - (2*r + k)
			cond, g := chosen(c.Op, k, t.g, arg)
			v.conds[id] = cond
			when, _ := and(t.when, literal{id, false})
			v.add(c.Arg[k], when, g)
		}
	default:
		for k, a := range c.Args() {
			// What does not lead to an input is not worth a rule, which
			// may panic.
			if v.p.Code[a].Kind == Float && v.p.Code[a].Op != OpConst && v.p.Code[a].Op != OpUniform {
				v.add(a, t.when, partial(c.Op, k, t.g, v.val[r], arg))
			}
		}
	}
}

// maxTerms bounds the terms of an adjoint, as masks multiply along a chain of
// Selects; beyond it they are masked and summed on the spot.
const maxTerms = 8

// add adds a term to the adjoint of register r.
func (v *vjp) add(r int, when []literal, g Value) {
	if g == none {
		return
	}
	terms := v.adj[r]
	t := term{when, g}
again:
	for i, s := range terms {
		merged, ok := v.merge(s, t)
		if ok {
			terms = append(append([]term(nil), terms[:i]...), terms[i+1:]...)
			t = merged
			goto again
		}
	}
	terms = append(terms, t)
	if len(terms) > maxTerms {
		terms = []term{{nil, v.total(terms)}}
	}
	v.adj[r] = terms
}

// merge joins two terms if no mask that still protects something is lost:
// those under the same mask, under c and not c, or one under a part of the
// other's mask.
func (v *vjp) merge(s, t term) (term, bool) {
	if len(s.when) > len(t.when) {
		s, t = t, s
	}
	if extra, ok := minus(t.when, s.when); ok {
		// Where s counts, its derivatives are taken anyway.
		return term{s.when, s.g.plus(v.mask(extra, t.g))}, true
	}
	if len(s.when) != len(t.when) {
		return term{}, false
	}
	for i, l := range s.when {
		o := t.when[i]
		if l == o {
			continue
		}
		rest := append(append([]literal(nil), s.when[:i]...), s.when[i+1:]...)
		if l.id != o.id || !equal(s.when[i+1:], t.when[i+1:]) {
			return term{}, false
		}
		a, b := s.g, t.g
		if l.neg {
			a, b = b, a
		}
		return term{rest, v.conds[l.id].Select(a, b)}, true
	}
	return term{}, false
}

func equal(a, b []literal) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// total sums terms, each masked.
func (v *vjp) total(terms []term) Value {
	sum := none
	for _, t := range terms {
		sum = sum.plus(v.mask(t.when, t.g))
	}
	return sum
}

func (v *vjp) mask(when []literal, g Value) Value {
	for _, l := range when {
		if l.neg {
			g = v.conds[l.id].Select(Const(0), g)
		} else {
			g = g.where(v.conds[l.id])
		}
	}
	return g
}

// and adds a literal to a mask; possible is false if the mask excludes it.
func and(when []literal, l literal) (with []literal, possible bool) {
	i := sort.Search(len(when), func(i int) bool { return when[i].id >= l.id })
	if i < len(when) && when[i].id == l.id {
		return when, when[i].neg == l.neg
	}
	with = append(with, when[:i]...)
	with = append(with, l)
	return append(with, when[i:]...), true
}

// minus returns what mask a demands beyond b, if b is a part of a.
func minus(a, b []literal) (extra []literal, ok bool) {
	j := 0
	for _, l := range a {
		if j < len(b) && b[j] == l {
			j++
		} else {
			extra = append(extra, l)
		}
	}
	return extra, j == len(b)
}
