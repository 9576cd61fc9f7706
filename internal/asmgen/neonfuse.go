package main

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/pointwise"
)

// neonFuse emits a program as one piece of code, as fuse does for amd64. Bools are masks of all ones or zeros.
func neonFuse(p *pointwise.Program) neonBody {
	items := schedule(p)
	return func(g *neonGen, in []int) int {
		f := &neonFuser{neonGen: g, p: p, in: in, vals: map[int]int{}, last: map[int]int{}}
		f.lives(items)
		f.last[f.origin(p.Outputs[0])] = math.MaxInt
		f.at = 0
		f.emit(items)
		d, _ := f.arg(p.Outputs[0])
		return d
	}
}

type neonFuser struct {
	*neonGen
	p    *pointwise.Program
	in   []int
	vals map[int]int // registers of results, by origin
	last map[int]int // where a result is read last, by origin
	at   int
}

// origin returns what r is another name of.
func (f *neonFuser) origin(r int) int {
	for f.p.Code[r].Op == pointwise.OpBitcast {
		r = f.p.Code[r].Arg[0]
	}
	return r
}

// lives finds where results are read last, in the order of emission.
func (f *neonFuser) lives(items []item) {
	for _, it := range items {
		if b := it.block; b != nil {
			f.last[f.origin(b.mask)] = f.at
			f.at++
			f.lives(b.items)
			for _, r := range b.results {
				f.last[f.origin(r)] = f.at
			}
			f.at++
			continue
		}
		for _, a := range f.p.Code[it.reg].Args() {
			f.last[f.origin(a)] = f.at
		}
		f.at++
	}
}

// arg returns the register of r, and whether the instruction at hand may overwrite it.
func (f *neonFuser) arg(r int) (reg int, dies bool) {
	r = f.origin(r)
	switch in := f.p.Code[r]; in.Op {
	case pointwise.OpInput:
		return f.in[in.Arg[0]], false
	case pointwise.OpConst:
		return f.constant(word(in)), true
	}
	reg, ok := f.vals[r]
	if !ok {
		panic(fmt.Sprintf("neon: register %d is read before it is set", r))
	}
	return reg, f.last[r] <= f.at
}

func (f *neonFuser) emit(items []item) {
	for _, it := range items {
		if it.block != nil {
			f.skipped(it.block)
			continue
		}
		if in := f.p.Code[it.reg]; in.Op != pointwise.OpBitcast {
			f.instruction(it.reg, in)
		}
		f.at++
	}
}

// skipped emits a block and the branch around it. Where it is skipped its results are zeros, which nobody chooses.
func (f *neonFuser) skipped(b *block) {
	results := map[int]int{}
	for _, r := range b.results {
		o := f.origin(r)
		if _, ok := f.vals[o]; ok || ready(f.p.Code[o].Op) || results[o] != 0 {
			continue
		}
		d := f.reg()
		f.zero(d)
		results[o] = d + 1
	}
	f.labels++
	end := fmt.Sprintf("skip%d", f.labels)
	mask, dies := f.arg(b.mask)
	fold := f.reg()
	name := "UMAXV"
	if !b.taken {
		name = "UMINV"
	}
	f.word(name, neonWords[name], fold, mask)
	f.line("VMOV V%d.S[0], R11", fold)
	f.drop(fold)
	if !b.taken {
		f.line("ADDW $1, R11, R11")
	}
	f.line("CBZW R11, %s", end)
	if dies {
		f.drop(mask)
	}
	f.at++
	f.emit(b.items)
	for _, r := range b.results {
		o := f.origin(r)
		d := results[o] - 1
		if d < 0 || f.vals[o] == d {
			continue
		}
		f.word("MOV", neonWords["ORR"], d, f.vals[o], f.vals[o])
		f.drop(f.vals[o])
		f.vals[o] = d
	}
	f.at++
	f.label(end)
}

// instruction emits one instruction and notes where its result is.
func (f *neonFuser) instruction(r int, in pointwise.Instr) {
	var args []int
	free := map[int]bool{} // of the operands, those that die here
	for _, a := range in.Args() {
		reg, dies := f.arg(a)
		args = append(args, reg)
		if dies {
			free[reg] = true
		}
	}
	d := f.result(in, args, free)
	for reg := range free {
		if reg != d {
			f.drop(reg)
		}
	}
	if _, ok := f.last[r]; !ok { // nobody reads it
		f.drop(d)
	}
	f.vals[r] = d
}

// own returns a register with the value of reg that may be overwritten.
func (f *neonFuser) own(reg int, free map[int]bool) int {
	if free[reg] {
		return reg
	}
	d := f.reg()
	f.word("MOV", neonWords["ORR"], d, reg, reg)
	return d
}

var neonFloatOps = map[pointwise.Opcode]string{pointwise.OpAdd: "FADD", pointwise.OpSub: "FSUB", pointwise.OpMul: "FMUL", pointwise.OpDiv: "FDIV",
	pointwise.OpNeg: "FNEG", pointwise.OpAbs: "FABS", pointwise.OpSqrt: "FSQRT", pointwise.OpFloor: "FRINTM", pointwise.OpCeil: "FRINTP",
	pointwise.OpTrunc: "FRINTZ", pointwise.OpRound: "FRINTN"}

var neonBitOps = map[pointwise.Opcode]string{pointwise.OpAdd: "ADD", pointwise.OpSub: "SUB", pointwise.OpMul: "MUL", pointwise.OpAnd: "AND",
	pointwise.OpOr: "ORR", pointwise.OpXor: "EOR", pointwise.OpNot: "NOT"}

func (f *neonFuser) result(in pointwise.Instr, args []int, free map[int]bool) int {
	from := in.Kind
	if in.Op.Arity() > 0 {
		from = f.p.Code[in.Arg[0]].Kind
	}
	one := func(name string, nm ...int) int { // overwrites an operand if it may
		for _, reg := range nm {
			if free[reg] {
				f.word(name, neonWords[name], reg, nm...)
				return reg
			}
		}
		return f.do(name, nm...)
	}
	switch {
	case in.Op == pointwise.OpSelect:
		d := f.own(args[0], free)
		f.word("BSL", neonWords["BSL"], d, args[1], args[2])
		return d
	case in.Op == pointwise.OpMulAdd && in.Kind == pointwise.Float:
		d := args[2]
		if d == args[0] || d == args[1] || !free[d] {
			d = f.reg()
			f.word("MOV", neonWords["ORR"], d, args[2], args[2])
		}
		f.word("FMLA", neonWords["FMLA"], d, args[0], args[1])
		return d
	case in.Op >= pointwise.OpLt && in.Op <= pointwise.OpNe:
		name := map[pointwise.Opcode]string{pointwise.OpLt: "CMHI", pointwise.OpLe: "CMHS", pointwise.OpEq: "CMEQ", pointwise.OpNe: "CMEQ"}[in.Op]
		if from == pointwise.Float {
			name = map[pointwise.Opcode]string{pointwise.OpLt: "FCMGT", pointwise.OpLe: "FCMGE", pointwise.OpEq: "FCMEQ", pointwise.OpNe: "FCMEQ"}[in.Op]
		}
		d := one(name, args[1], args[0])
		if in.Op == pointwise.OpNe {
			f.word("NOT", neonWords["NOT"], d, d)
		}
		return d
	case in.Op == pointwise.OpConvert && from == pointwise.Bool && in.Kind == pointwise.Bits:
		return f.shift("USHR", args[0], 31)
	case in.Op == pointwise.OpConvert && from == pointwise.Bits && in.Kind == pointwise.Float:
		return one("UCVTF", args[0])
	case in.Kind == pointwise.Float && (in.Op == pointwise.OpMin || in.Op == pointwise.OpMax):
		return f.limit(in, args, free)
	case in.Kind == pointwise.Float && neonFloatOps[in.Op] != "":
		return one(neonFloatOps[in.Op], args...)
	case in.Kind != pointwise.Float && in.Op == pointwise.OpMulHi:
		return f.mulHigh(args[0], args[1])
	case in.Kind != pointwise.Float && (in.Op == pointwise.OpShl || in.Op == pointwise.OpShr):
		if by := f.p.Code[in.Arg[1]]; by.Op == pointwise.OpConst {
			return f.shift(map[pointwise.Opcode]string{pointwise.OpShl: "SHL", pointwise.OpShr: "USHR"}[in.Op], args[0], int(word(by)))
		}
		return f.shiftBy("USHL", args[0], args[1], in.Op == pointwise.OpShr)
	case in.Kind != pointwise.Float && neonBitOps[in.Op] != "":
		return one(neonBitOps[in.Op], args...)
	}
	panic(fmt.Sprintf("neon: no code for %v of %v from %v", in.Op, in.Kind, from))
}

// limit is Min or Max. The instruction passes NaN on, and equal operands differ only if they are zeros.
func (f *neonFuser) limit(in pointwise.Instr, args []int, free map[int]bool) int {
	for _, a := range in.Arg[:2] {
		if c := f.p.Code[a]; c.Op == pointwise.OpConst && c.Const != 0 {
			name := map[pointwise.Opcode]string{pointwise.OpMin: "FMIN", pointwise.OpMax: "FMAX"}[in.Op]
			return f.do(name, args[0], args[1])
		}
	}
	return f.extreme(in.Op == pointwise.OpMax, args[0], args[1])
}
