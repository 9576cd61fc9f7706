package main

import (
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hekla-ml/hekla/pointwise"
)

// andsForOrs returns the Ands of a word and a constant that one Or reads and nothing else: how a sign is passed on.
// AVX-512 has an instruction for both.
func andsForOrs(p *pointwise.Program) map[int]bool {
	reads, byOr := map[int]int{}, map[int]bool{}
	for _, in := range p.Code {
		for _, a := range in.Args() {
			reads[a]++
			byOr[a] = in.Op == pointwise.OpOr && in.Kind == pointwise.Bits
		}
	}
	ands, taken := map[int]bool{}, map[int]bool{}
	for r, in := range p.Code {
		if in.Op != pointwise.OpAnd || in.Kind != pointwise.Bits || reads[r] != 1 || !byOr[r] || slices.Contains(p.Outputs, r) {
			continue
		}
		constant := func(i int) bool { return p.Code[in.Arg[i]].Op == pointwise.OpConst }
		or := slices.IndexFunc(p.Code, func(o pointwise.Instr) bool { return o.Op == pointwise.OpOr && slices.Contains(o.Args(), r) })
		if constant(0) != constant(1) && !taken[or] {
			ands[r], taken[or] = true, true
		}
	}
	return ands
}

// orAnd emits x | y, of which one is an And that was left out. What that reads is still there: nothing has been told
// that it is free.
func (f *fuser) orAnd(x, y int) reg.VecVirtual {
	if !f.joined[x] {
		x, y = y, x
	}
	and := f.code(x)
	from, bits := and.Arg[0], and.Arg[1]
	if f.isConst(from) {
		from, bits = bits, from
	}
	d := f.own(y)
	f.VPTERNLOGD_BCST(operand.Imm(0xf8), f.mem(word(f.code(bits))), f.vec(from), d) // d | from&bits
	return d
}
