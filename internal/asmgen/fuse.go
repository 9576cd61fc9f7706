package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hekla-ml/hekla/pointwise"
)

// fuse emits a program, which must have one output and no uniforms, as one piece of code that keeps all results in
// registers. Bools are masks of AVX-512, or of all ones or zeros.
func fuse(p *pointwise.Program) func(v *vecgen) body {
	items := schedule(p)
	return func(v *vecgen) body {
		f := &fuser{vecgen: v, p: p, joined: map[int]bool{}}
		if v.simd.masks {
			f.joined = andsForOrs(p)
		}
		for _, in := range p.Code {
			if in.Op == pointwise.OpMulHi && f.mulHigh == nil {
				f.mulHigh = mulHigh(v)
			}
		}
		return func(in []reg.VecVirtual) reg.VecVirtual {
			f.in, f.vals, f.slots, f.at = in, map[int]operand.Op{}, 0, 0
			f.pressure(items)
			f.emit(items)
			d, ok := f.vals[p.Outputs[0]]
			if !ok {
				d = f.vec(p.Outputs[0])
			}
			return f.loaded(d)
		}
	}
}

type fuser struct {
	*vecgen
	p       *pointwise.Program
	in      []reg.VecVirtual
	vals    map[int]operand.Op // of registers emitted: a vector, a mask, or a place on the stack
	spilled map[int]bool       // registers that live on the stack
	widened map[int]bool       // Bools that live in vectors, as masks are few
	locals  []operand.Mem
	slots   int
	at      int          // the instruction that is emitted, by its place in the order
	last    map[int]int  // where a register, or what is another name for it, is read last
	joined  map[int]bool // Ands that are made by the Or that reads them
	mulHigh body
}

// asVector and asMask tell vector registers and masks apart, which have the same methods.
func asVector(o operand.Op) (reg.VecVirtual, bool) {
	v, ok := o.(reg.VecVirtual)
	return v, ok && v.Kind() == reg.KindVector
}

func asMask(o operand.Op) (reg.OpmaskVirtual, bool) {
	k, ok := o.(reg.OpmaskVirtual)
	return k, ok && k.Kind() == reg.KindOpmask
}

// commutes are the instructions whose operands may be swapped.
var commutes = map[pointwise.Opcode]bool{pointwise.OpAdd: true, pointwise.OpMul: true, pointwise.OpAnd: true, pointwise.OpOr: true,
	pointwise.OpMulAdd: true, pointwise.OpXor: true, pointwise.OpEq: true, pointwise.OpNe: true}

func (f *fuser) code(r int) pointwise.Instr { return f.p.Code[r] }

func (f *fuser) isConst(r int) bool { return f.code(r).Op == pointwise.OpConst }

// word returns the 32 bits of a constant.
func word(in pointwise.Instr) uint32 {
	if in.Kind == pointwise.Float {
		return math.Float32bits(float32(in.Const))
	}
	return uint32(int64(in.Const))
}

// mem returns where a constant is: one word for AVX-512, which broadcasts operands, else as many as a vector has.
func (f *fuser) mem(w uint32) operand.Mem {
	name := fmt.Sprintf("c%08x", w)
	m, ok := f.constants[name]
	if ok {
		return m
	}
	if f.simd.masks {
		m = f.ConstData(name+f.simd.name, operand.U32(w))
	} else {
		m = f.repeated(name+f.simd.name, w)
	}
	f.constants[name] = m
	return m
}

// fetch returns a register with w in every element.
func (f *fuser) fetch(w uint32) reg.VecVirtual {
	d := f.bytes(f.simd.bytes)
	if f.simd.masks {
		f.VBROADCASTSS(f.mem(w), d)
	} else {
		f.VMOVUPS(f.mem(w), d)
	}
	return d
}

// vec returns a register with the value of r.
func (f *fuser) vec(r int) reg.VecVirtual {
	switch in := f.code(r); in.Op {
	case pointwise.OpInput:
		return f.in[in.Arg[0]]
	case pointwise.OpConst:
		return f.fetch(word(in))
	}
	o, ok := f.vals[r]
	if !ok {
		panic(fmt.Sprintf("fuse: register %d is read before it is set", r))
	}
	return f.loaded(o)
}

// loaded returns the vector o, from the stack if it is there.
func (f *fuser) loaded(o operand.Op) reg.VecVirtual {
	if v, ok := asVector(o); ok {
		return v
	}
	d := f.bytes(f.simd.bytes)
	f.VMOVUPS(o, d)
	return d
}

// source returns r as an operand that may be memory, and the suffix of instructions that read it.
func (f *fuser) source(r int) (o operand.Op, suffix string) {
	switch {
	case f.isConst(r) && f.simd.masks:
		return f.mem(word(f.code(r))), "_BCST"
	case f.isConst(r):
		return f.mem(word(f.code(r))), ""
	}
	if m, ok := f.vals[r].(operand.Mem); ok {
		return m, ""
	}
	return f.vec(r), ""
}

// two emits d = x op y, y from memory if it is a constant.
func (f *fuser) two(name string, x, y int) reg.VecVirtual {
	o, suffix := f.source(y)
	d := f.bytes(f.simd.bytes)
	f.op(name+suffix, o, f.vec(x), d)
	return d
}

// opmask returns the Bool r as a mask of AVX-512.
func (f *fuser) opmask(r int) operand.Op {
	if k, ok := asMask(f.vals[r]); ok {
		return k
	}
	v, k := f.vec(r), f.K()
	f.VPTESTMD(v, v, k)
	return k
}

// bits names the bitwise instruction.
func (f *fuser) bits(name string) string {
	if f.simd.masks {
		return name + "D"
	}
	return name
}

func (f *fuser) emit(items []item) {
	for _, it := range items {
		if it.block != nil {
			f.skipped(it.block)
		} else {
			if !f.joined[it.reg] {
				f.set(it.reg, f.instruction(f.code(it.reg)))
			}
		}
		f.at++
	}
}

func (f *fuser) set(r int, o operand.Op) {
	if k, ok := asMask(o); ok && f.widened[r] {
		d := f.bytes(f.simd.bytes)
		f.VPMOVM2D(k, d)
		o = d
	}
	if v, ok := asVector(o); ok && f.spilled[r] {
		m := f.slot()
		f.VMOVUPS(v, m)
		o = m
	}
	f.vals[r] = o
}

// skipped emits a block and the branch around it. Where it is skipped its results are zeros, which nobody chooses.
func (f *fuser) skipped(b *block) {
	end := f.label("skip")
	results := make([]reg.VecVirtual, len(b.results))
	for i := range results {
		results[i] = f.fetch(0) // an exclusive or with itself would count as a use
	}
	if f.simd.masks {
		k := f.opmask(b.mask)
		f.KORTESTW(k, k)
		if b.taken {
			f.JEQ(operand.LabelRef(end))
		} else {
			f.JCS(operand.LabelRef(end))
		}
	} else {
		r := f.GP32()
		f.VMOVMSKPS(f.vec(b.mask), r)
		if b.taken {
			f.TESTL(r, r)
		} else {
			f.CMPL(r, operand.U32(255))
		}
		f.JEQ(operand.LabelRef(end))
	}
	f.emit(b.items)
	for i, r := range b.results {
		f.VMOVUPS(f.vec(r), results[i])
	}
	f.Label(end)
	for i, r := range b.results {
		f.set(r, results[i])
	}
}

// instruction emits one instruction and returns where its result is.
func (f *fuser) instruction(in pointwise.Instr) operand.Op {
	x, y := in.Arg[0], in.Arg[1]
	if commutes[in.Op] && f.isConst(x) {
		x, y = y, x
	}
	from := in.Kind
	if in.Op.Arity() > 0 {
		from = f.code(x).Kind
	}
	switch {
	case in.Op == pointwise.OpSelect:
		return f.choose(in)
	case in.Op >= pointwise.OpLt && in.Op <= pointwise.OpNe:
		return f.compare(in.Op, from, x, y)
	case in.Kind == pointwise.Bool:
		return f.logic(in.Op, x, y)
	case in.Op == pointwise.OpConvert:
		return f.convert(from, in.Kind, x)
	case in.Op == pointwise.OpBitcast:
		if v, ok := f.vals[x]; ok {
			return v
		}
		return f.vec(x)
	case in.Op == pointwise.OpMulAdd:
		return f.mulAdd(x, y, in.Arg[2])
	case in.Kind == pointwise.Float:
		return f.float(in.Op, x, y)
	}
	return f.word(in.Op, x, y)
}

func (f *fuser) float(o pointwise.Opcode, x, y int) reg.VecVirtual {
	switch o {
	case pointwise.OpAdd:
		return f.two("VADDPS", x, y)
	case pointwise.OpSub:
		return f.two("VSUBPS", x, y)
	case pointwise.OpMul:
		return f.two("VMULPS", x, y)
	case pointwise.OpDiv:
		return f.two("VDIVPS", x, y)
	case pointwise.OpMin:
		return f.limit("VMIN", x, y)
	case pointwise.OpMax:
		return f.limit("VMAX", x, y)
	case pointwise.OpNeg:
		return f.do(f.bits("VPXOR"), f.vec(x), f.fetch(1<<31))
	case pointwise.OpAbs:
		return f.do(f.bits("VPAND"), f.vec(x), f.fetch(1<<31-1))
	case pointwise.OpSqrt:
		return f.do("VSQRTPS", f.vec(x))
	}
	mode := map[pointwise.Opcode]uint64{pointwise.OpFloor: 9, pointwise.OpCeil: 10, pointwise.OpTrunc: 11, pointwise.OpRound: 8}[o]
	if mode == 0 {
		panic("fuse: no code for " + o.String())
	}
	d := f.bytes(f.simd.bytes)
	if f.simd.masks {
		f.VRNDSCALEPS(operand.Imm(mode), f.vec(x), d)
	} else {
		f.VROUNDPS(operand.Imm(mode), f.vec(x), d)
	}
	return d
}

// limit is Min or Max. The instruction gives its second operand if either is NaN, which is right for a constant.
func (f *fuser) limit(name string, x, y int) reg.VecVirtual {
	if f.isConst(y) && f.code(y).Const != 0 {
		return f.do(name+"PS", f.vec(y), f.vec(x))
	}
	return f.extreme(name, "PS", f.vec(x), f.vec(y))
}

func (f *fuser) word(o pointwise.Opcode, x, y int) reg.VecVirtual {
	switch o {
	case pointwise.OpAdd:
		return f.two("VPADDD", x, y)
	case pointwise.OpSub:
		return f.two("VPSUBD", x, y)
	case pointwise.OpMul:
		return f.two("VPMULLD", x, y)
	case pointwise.OpAnd:
		return f.two(f.bits("VPAND"), x, y)
	case pointwise.OpOr:
		if f.joined[x] || f.joined[y] {
			return f.orAnd(x, y)
		}
		return f.two(f.bits("VPOR"), x, y)
	case pointwise.OpXor:
		return f.two(f.bits("VPXOR"), x, y)
	case pointwise.OpNot:
		return f.do(f.bits("VPXOR"), f.vec(x), f.fetch(1<<32-1))
	case pointwise.OpMulHi:
		return f.mulHigh([]reg.VecVirtual{f.vec(x), f.vec(y)})
	case pointwise.OpShl, pointwise.OpShr:
		name := map[pointwise.Opcode]string{pointwise.OpShl: "VPSLL", pointwise.OpShr: "VPSRL"}[o]
		if f.isConst(y) {
			d := f.bytes(f.simd.bytes)
			f.op(name+"D", operand.Imm(uint64(word(f.code(y)))), f.vec(x), d)
			return d
		}
		return f.do(name+"VD", f.vec(x), f.vec(y))
	}
	panic("fuse: no code for " + o.String() + " of words")
}

func (f *fuser) compare(o pointwise.Opcode, from pointwise.Kind, x, y int) operand.Op {
	if f.simd.masks {
		k := f.K()
		src, suffix := f.source(y)
		if from == pointwise.Float {
			imm := map[pointwise.Opcode]uint64{pointwise.OpLt: 0x11, pointwise.OpLe: 0x12, pointwise.OpEq: 0, pointwise.OpNe: 4}[o]
			f.op("VCMPPS"+suffix, operand.Imm(imm), src, f.vec(x), k)
		} else {
			imm := map[pointwise.Opcode]uint64{pointwise.OpEq: 0, pointwise.OpLt: 1, pointwise.OpLe: 2, pointwise.OpNe: 4}[o]
			f.op("VPCMPUD"+suffix, operand.Imm(imm), src, f.vec(x), k)
		}
		return k
	}
	d := f.bytes(f.simd.bytes)
	if from == pointwise.Float {
		imm := map[pointwise.Opcode]uint64{pointwise.OpLt: 0x11, pointwise.OpLe: 0x12, pointwise.OpEq: 0, pointwise.OpNe: 4}[o]
		src, _ := f.source(y)
		f.VCMPPS(operand.Imm(imm), src, f.vec(x), d)
		return d
	}
	ones := func() reg.VecVirtual { return f.fetch(1<<32 - 1) }
	switch o {
	case pointwise.OpEq:
		return f.two("VPCMPEQD", x, y)
	case pointwise.OpNe:
		return f.do("VPXOR", f.two("VPCMPEQD", x, y), ones())
	}
	sign := f.fetch(1 << 31)
	a, b := f.do("VPXOR", f.vec(x), sign), f.do("VPXOR", f.vec(y), sign)
	if o == pointwise.OpLt {
		return f.do("VPCMPGTD", b, a)
	}
	return f.do("VPXOR", f.do("VPCMPGTD", a, b), ones())
}

// logic works on Bools.
func (f *fuser) logic(o pointwise.Opcode, x, y int) operand.Op {
	if f.simd.masks {
		d := f.K()
		if o == pointwise.OpNot {
			f.KNOTW(f.opmask(x), d)
			return d
		}
		f.op(map[pointwise.Opcode]string{pointwise.OpAnd: "KANDW", pointwise.OpOr: "KORW", pointwise.OpXor: "KXORW"}[o], f.opmask(x), f.opmask(y), d)
		return d
	}
	if o == pointwise.OpNot {
		return f.do("VPXOR", f.vec(x), f.fetch(1<<32-1))
	}
	return f.two(map[pointwise.Opcode]string{pointwise.OpAnd: "VPAND", pointwise.OpOr: "VPOR", pointwise.OpXor: "VPXOR"}[o], x, y)
}

// choose emits a Select, of Bools as of others.
func (f *fuser) choose(in pointwise.Instr) operand.Op {
	m, x, y := in.Arg[0], in.Arg[1], in.Arg[2]
	if in.Kind == pointwise.Bool {
		panic("fuse: no code for a Select of bools")
	}
	d := f.bytes(f.simd.bytes)
	if f.simd.masks {
		// Not VBLENDMPS, which avo takes to read d.
		k := f.opmask(m)
		f.VMOVAPS(f.vec(y), d)
		if f.isConst(x) {
			f.VBROADCASTSS(f.mem(word(f.code(x))), k, d)
		} else {
			f.VMOVAPS(f.vec(x), k, d)
		}
		return d
	}
	src, _ := f.source(x)
	f.VBLENDVPS(f.vec(m), src, f.vec(y), d)
	return d
}

func (f *fuser) convert(from, to pointwise.Kind, x int) operand.Op {
	d := f.bytes(f.simd.bytes)
	switch {
	case from == pointwise.Bool && to == pointwise.Bits:
		var m reg.VecVirtual
		if k, ok := asMask(f.vals[x]); ok {
			m = f.bytes(f.simd.bytes)
			f.VPMOVM2D(k, m)
		} else {
			m = f.vec(x)
		}
		f.VPSRLD(operand.Imm(31), m, d)
		return d
	case from == pointwise.Bits && to == pointwise.Float && f.simd.masks:
		f.VCVTUDQ2PS(f.vec(x), d)
		return d
	case from == pointwise.Bits && to == pointwise.Float:
		return fromUnsigned(f.vecgen)([]reg.VecVirtual{f.vec(x)})
	}
	panic(fmt.Sprintf("fuse: no code for %v to %v", from, to))
}
