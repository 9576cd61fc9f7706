package pointwise

import "slices"

// ReadsIndex reports whether p depends on where its element stands, and not on
// the values of its operands alone.
func (p *Program) ReadsIndex() bool {
	return slices.ContainsFunc(p.Code, func(in Instr) bool { return in.Op == OpIndex || in.Op == OpIndexHigh })
}

// From returns p with two more uniforms, the low and the high word of a number
// that is added to the index of the element. So it runs on a piece of its
// elements, of which the number is that of the first.
func (p *Program) From() *Program {
	b := &builder{intern: map[instrKey]int{}}
	word := func(op Opcode, arg ...int) int {
		in := Instr{Op: op, Kind: Bits}
		copy(in.Arg[:], arg)
		return b.append(in)
	}
	n := len(p.Uniforms)
	start, startHigh, index := word(OpUniform, n), word(OpUniform, n+1), word(OpIndex)
	low := word(OpAdd, index, start)
	carry := b.append(Instr{Op: OpConvert, Kind: Bits, Arg: [3]int{b.append(Instr{Op: OpLt, Kind: Bool, Arg: [3]int{low, index}})}})
	high := word(OpAdd, word(OpAdd, word(OpIndexHigh), startHigh), carry)
	at := make([]int, len(p.Code))
	for r, in := range p.Code {
		switch in.Op {
		case OpIndex:
			at[r] = low
			continue
		case OpIndexHigh:
			at[r] = high
			continue
		}
		for i := range in.Args() {
			in.Arg[i] = at[in.Arg[i]]
		}
		at[r] = b.append(in)
	}
	out := make([]int, len(p.Outputs))
	for i, r := range p.Outputs {
		out[i] = at[r]
	}
	return b.program(p.Inputs, append(slices.Clone(p.Uniforms), Bits, Bits), out)
}
