package interp

import (
	"fmt"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/pointwise"
)

// A lowering turns a program into the steps of a kernel.
type lowering struct {
	spec    pointwise.Spec
	program *pointwise.Program
	classes [5]class // of kinds
	k       *Kernel

	regs  []vreg
	code  []virtual
	cost  float64
	index [2]int // virtual registers of the index, or -1
}

// A vreg is a register before it has a place.
type vreg struct {
	class   class
	input   bool // an input or the index: set before each block
	uniform bool // depends on constants and uniforms only
	last    int  // the last reader among code, or -1
	place   int  // -1: none yet
}

// A virtual is a step on vregs; -1 is no operand.
type virtual struct {
	f       prim
	d       int
	arg     [3]int
	uniform bool
	choose  bool // a Select
	weight  int  // how many steps it counts for when others are skipped, if not 1
	// A step without f skips the next count ones if skip says so of its mask.
	skip  func(mask unsafe.Pointer, n int) bool
	count int
}

func (l *lowering) reg(r vreg) int {
	r.last, r.place = -1, -1
	l.regs = append(l.regs, r)
	return len(l.regs) - 1
}

// emit appends a step and returns the register it defines.
func (l *lowering) emit(c class, f prim, args ...int) int {
	v := virtual{f: f, arg: [3]int{-1, -1, -1}, uniform: true}
	for i, a := range args {
		v.arg[i] = a
		v.uniform = v.uniform && l.regs[a].uniform
	}
	v.d = l.reg(vreg{class: c, uniform: v.uniform})
	l.code = append(l.code, v)
	if !v.uniform {
		l.cost += 0.06
	}
	return v.d
}

func (l *lowering) run() {
	p, k := l.program, l.k
	l.index = [2]int{-1, -1}
	read := make([]bool, len(p.Inputs))
	for _, in := range p.Code {
		if in.Op == pointwise.OpInput {
			read[in.Arg[0]] = true
		}
	}
	inputs := make([]int, len(p.Inputs))
	for i, d := range l.spec.In {
		c := l.natural(d)
		k.ins = append(k.ins, port{dtype: d, class: c, direct: direct(d, c), used: read[i]})
		inputs[i] = l.reg(vreg{class: c, input: true})
	}
	val := make([]int, len(p.Code))
	uses := make([]int, len(p.Code))
	for i := range p.Code {
		for _, a := range p.Code[i].Args() {
			uses[a]++
		}
	}
	for _, r := range p.Outputs {
		uses[r]++
	}
	if f := l.activation(); f != nil {
		val[p.Outputs[0]] = l.function(f, l.instruction(0, val, uses, inputs))
	} else {
		for r := range p.Code {
			val[r] = l.instruction(r, val, uses, inputs)
		}
	}
	outs := make([]int, len(p.Outputs))
	for i, d := range l.spec.Out {
		c := l.natural(d)
		k.outs = append(k.outs, port{dtype: d, class: c, direct: direct(d, c), used: true})
		r := p.Outputs[i]
		outs[i] = l.convert(val[r], l.classes[p.Code[r].Kind], c)
	}
	l.sweep(outs)
	l.guard(outs)
	l.assign(inputs, outs)
	k.cost = l.cost + 0.1
	k.settle()
}

// instruction lowers instruction r and returns the register of its value.
func (l *lowering) instruction(r int, val, uses, inputs []int) int {
	p := l.program
	in := p.Code[r]
	c := l.classes[in.Kind]
	var arg [3]int
	for i, a := range in.Args() {
		arg[i] = val[a]
	}
	switch in.Op {
	case pointwise.OpInput:
		i := in.Arg[0]
		return l.convert(inputs[i], l.k.ins[i].class, c)
	case pointwise.OpUniform:
		d := l.reg(vreg{class: c, uniform: true})
		l.k.uniforms = append(l.k.uniforms, fill{c, d, float64(in.Arg[0])})
		return d
	case pointwise.OpConst:
		d := l.reg(vreg{class: c, uniform: true})
		l.k.fills = append(l.k.fills, fill{c, d, in.Const})
		return d
	case pointwise.OpIndex, pointwise.OpIndexHigh:
		i := int(in.Op - pointwise.OpIndex)
		if l.index[i] < 0 {
			l.index[i] = l.reg(vreg{class: u32, input: true})
		}
		return l.index[i]
	case pointwise.OpConvert:
		return l.convert(arg[0], l.classes[p.Code[in.Arg[0]].Kind], c)
	case pointwise.OpBitcast:
		if l.spec.Float64() {
			panic("interp: bitcast in a program that runs in float64")
		}
		return arg[0] // the same 32 bits
	case pointwise.OpSelect:
		d := l.emit(c, selects[c], arg[0], arg[1], arg[2])
		l.code[len(l.code)-1].choose = true
		return d
	case pointwise.OpLt, pointwise.OpLe, pointwise.OpEq, pointwise.OpNe:
		from := l.classes[p.Code[in.Arg[0]].Kind]
		return l.emit(mask, compares[from][in.Op], arg[0], arg[1])
	case pointwise.OpMulAdd:
		return l.emit(c, mulAdds[c], arg[0], arg[1], arg[2])
	case pointwise.OpAdd, pointwise.OpSub:
		if d, ok := l.fused(in, c, val, uses); ok {
			return d
		}
	}
	if in.Op.Arity() == 2 {
		return l.binary(in.Op, c, arg[0], arg[1])
	}
	if in.Op.Transcendental() {
		l.cost += costOf(c)
	}
	f := unaries[c][in.Op]
	if f == nil {
		panic(fmt.Sprintf("interp: no primitive for %v.%v", in.Op, in.Kind))
	}
	d := l.emit(c, f, arg[0])
	l.weigh(in.Op)
	return d
}

func (l *lowering) binary(op pointwise.Opcode, c class, a, b int) int {
	if op.Transcendental() || op == pointwise.OpRem {
		l.cost += costOf(c)
	}
	ua, ub := l.regs[a].uniform, l.regs[b].uniform
	if ua && !ub && (op == pointwise.OpAdd || op == pointwise.OpMul) {
		a, b, ua, ub = b, a, ub, ua
	}
	if ub && !ua {
		if f := scalars[c][op]; f != nil {
			return l.emit(c, f, a, b)
		}
	}
	f := binaries[c][op]
	if f == nil {
		panic(fmt.Sprintf("interp: no primitive for %v on class %d", op, c))
	}
	d := l.emit(c, f, a, b)
	l.weigh(op)
	return d
}

// activation returns the function that is the whole program, or nil.
func (l *lowering) activation() prim {
	f := vec.Activations[l.spec.Hash()]
	if f == nil || l.classes[pointwise.Float] != f32 {
		return nil
	}
	return un(f)
}

// function emits a function that is one step.
func (l *lowering) function(f prim, x int) int {
	l.cost += costOf(f32)
	return l.emit(f32, f, x)
}

// weigh notes that the last step is worth many.
func (l *lowering) weigh(op pointwise.Opcode) {
	if op.Transcendental() {
		l.code[len(l.code)-1].weight = worthGuard
	}
}

// costOf is the time of a function that is one step, in nanoseconds.
func costOf(c class) float64 {
	if c == f32 {
		return 0.4
	}
	return 8
}

// fused joins a product that has no other reader with the sum it goes to: one
// pass over memory, though still two roundings.
func (l *lowering) fused(in pointwise.Instr, c class, val, uses []int) (int, bool) {
	if c != f32 && c != f64 {
		return 0, false
	}
	try := func(product, other int) (int, bool) {
		m := l.program.Code[product]
		if m.Op != pointwise.OpMul || uses[product] != 1 || product == other {
			return 0, false
		}
		// The product's step must still be there to take back.
		d := val[product]
		at := len(l.code) - 1
		for at >= 0 && l.code[at].d != d {
			at--
		}
		if at < 0 || l.regs[d].uniform {
			return 0, false
		}
		x, y, z := val[m.Arg[0]], val[m.Arg[1]], val[other]
		if l.regs[x].uniform {
			x, y = y, x
		}
		ys, zs := l.regs[y].uniform, l.regs[z].uniform
		t := &fusedOps[c]
		f := t.mulAdd
		switch sub := in.Op == pointwise.OpSub; {
		case sub && !ys || sub && zs:
			return 0, false
		case sub:
			f = t.axmy
		case ys && zs:
			f = t.scaleAdd
		case ys:
			f = t.axpy
		}
		return l.emit(c, f, x, y, z), true
	}
	if in.Op == pointwise.OpAdd {
		if d, ok := try(in.Arg[0], in.Arg[1]); ok {
			return d, true
		}
	}
	// c - a*b; a*b - c is left alone.
	return try(in.Arg[1], in.Arg[0])
}

// convert returns register a, used as class from, in class c, as OpConvert would.
func (l *lowering) convert(a int, from, c class) int {
	if from == c || from == u32 && c == i32 || from == i32 && c == u32 {
		return a
	}
	f := converts[from][c]
	if f == nil {
		panic(fmt.Sprintf("interp: no conversion from class %d to %d", from, c))
	}
	return l.emit(c, f, a)
}

// sweep drops steps whose result nobody reads: products that were fused.
func (l *lowering) sweep(outs []int) {
	live := make([]bool, len(l.regs))
	for _, r := range outs {
		live[r] = true
	}
	kept := len(l.code)
	for i := len(l.code) - 1; i >= 0; i-- {
		v := l.code[i]
		if !live[v.d] {
			continue
		}
		for _, a := range v.arg {
			if a >= 0 {
				live[a] = true
			}
		}
		kept--
		l.code[kept] = v
	}
	l.code = l.code[kept:]
	drop := func(fills []fill) []fill {
		var keep []fill
		for _, f := range fills {
			if live[f.place] {
				keep = append(keep, f)
			}
		}
		return keep
	}
	l.k.fills, l.k.uniforms = drop(l.k.fills), drop(l.k.uniforms)
}

// assign gives every register a place: inputs and outputs their own, constants
// one for good, others a block that is used again after the last reader.
func (l *lowering) assign(inputs, outs []int) {
	k := l.k
	k.width = 4
	for _, r := range l.regs {
		k.width = max(k.width, r.class.size())
	}
	place := func() int { k.places++; return k.places - 1 }
	block := func() int {
		p := place()
		k.slots = append(k.slots, p)
		return p
	}
	for i, r := range inputs {
		k.ins[i].place = place()
		l.regs[r].place = k.ins[i].place
	}
	for i := range k.outs {
		k.outs[i].place = place()
	}
	for i, r := range l.index {
		k.index[i] = -1
		if r >= 0 {
			k.index[i] = block()
			l.regs[r].place = k.index[i]
		}
	}
	lastInput := -1
	for i, v := range l.code {
		for _, a := range v.arg {
			if a >= 0 {
				l.regs[a].last = i
				if l.regs[a].input {
					lastInput = i
				}
			}
		}
	}
	for i := range k.fills {
		l.regs[k.fills[i].place].place = block()
		k.fills[i].place = l.regs[k.fills[i].place].place
	}
	for i := range k.uniforms {
		l.regs[k.uniforms[i].place].place = block()
		k.uniforms[i].place = l.regs[k.uniforms[i].place].place
	}
	// A result may be written straight to its output once all inputs have been
	// read: the output may be the memory of an input.
	goal := make([]int, len(l.regs))
	for i, v := range l.code {
		if v.f != nil && !v.uniform && i >= lastInput {
			goal[v.d] = -1
		}
	}
	written := make([]bool, len(outs))
	for i, r := range outs {
		if goal[r] == -1 {
			goal[r] = k.outs[i].place + 1
			written[i] = true
			l.regs[r].last = len(l.code)
		} else if l.regs[r].place < 0 || !l.regs[r].input {
			l.regs[r].last = len(l.code)
		}
	}
	var free []int
	for i, v := range l.code {
		if v.f == nil {
			k.steps = append(k.steps, step{skip: v.skip, count: v.count, a: uint16(l.regs[v.arg[0]].place)})
			continue
		}
		if v.uniform {
			l.regs[v.d].place = block()
			k.constant = append(k.constant, l.step(v))
			continue
		}
		// Operands that end here make room: at once if their elements are as
		// wide as the result's, which may then overwrite them, else afterwards.
		var later []int
		for j, a := range v.arg {
			if a < 0 || j > 0 && a == v.arg[0] || j > 1 && a == v.arg[1] {
				continue
			}
			if r := l.regs[a]; r.last == i && !r.input && !r.uniform && goal[a] <= 0 {
				if r.class.size() == l.regs[v.d].class.size() {
					free = append(free, r.place)
				} else {
					later = append(later, r.place)
				}
			}
		}
		switch n := len(free); {
		case goal[v.d] > 0:
			l.regs[v.d].place = goal[v.d] - 1
		case n > 0:
			l.regs[v.d].place = free[n-1]
			free = free[:n-1]
		default:
			l.regs[v.d].place = block()
		}
		free = append(free, later...)
		k.steps = append(k.steps, l.step(v))
	}
	for i, r := range outs {
		if !written[i] {
			f := copyOf[l.regs[r].class.size()/8]
			k.steps = append(k.steps, step{f: f, d: uint16(k.outs[i].place), a: uint16(l.regs[r].place), isCopy: true})
		}
	}
	for i := range k.ins {
		k.ins[i].buffer = block()
	}
	for i := range k.outs {
		k.outs[i].buffer = block()
	}
}

func (l *lowering) step(v virtual) step {
	s := step{f: v.f, d: uint16(l.regs[v.d].place)}
	for i, p := range []*uint16{&s.a, &s.b, &s.c} {
		if v.arg[i] >= 0 {
			*p = uint16(l.regs[v.arg[i]].place)
		}
	}
	return s
}
