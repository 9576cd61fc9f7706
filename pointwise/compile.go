package pointwise

import (
	"crypto/sha256"
	enc "encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
)

// A builder grows a program instruction by instruction. Equal instructions
// share a register, and emit simplifies before it appends.
type builder struct {
	code   []Instr
	intern map[instrKey]int
}

// instrKey is an Instr with the bits of its constant, so that NaN equals
// itself and -0 differs from 0.
type instrKey struct {
	op   Opcode
	kind Kind
	arg  [3]int
	bits uint64
}

// append returns the register of in, as it is.
func (b *builder) append(in Instr) int {
	if in.Const != in.Const {
		in.Const = math.NaN() // one NaN
	}
	key := instrKey{in.Op, in.Kind, in.Arg, math.Float64bits(in.Const)}
	if r, ok := b.intern[key]; ok {
		return r
	}
	b.intern[key] = len(b.code)
	b.code = append(b.code, in)
	return len(b.code) - 1
}

// compile turns the graph behind outputs into a Program.
func compile(inputs, uniforms []Kind, outputs []Value) *Program {
	b := &builder{intern: map[instrKey]int{}}
	// Inputs first, so that the order of operands of commutative operators,
	// which is that of registers, depends little on how f was written.
	for i, k := range inputs {
		b.append(Instr{Op: OpInput, Kind: k, Arg: [3]int{i}})
	}
	for i, k := range uniforms {
		b.append(Instr{Op: OpUniform, Kind: k, Arg: [3]int{i}})
	}
	seen := map[*node]int{}
	var visit func(n *node) int
	visit = func(n *node) int {
		if r, ok := seen[n]; ok {
			return r
		}
		in := Instr{Op: n.op, Kind: n.kind}
		switch n.op {
		case OpInput, OpUniform:
			in.Arg[0] = int(n.num)
		case OpConst:
			in.Const = n.num
		}
		for i, a := range n.arg[:n.op.Arity()] {
			in.Arg[i] = visit(a)
		}
		r := b.emit(in)
		seen[n] = r
		return r
	}
	out := make([]int, len(outputs))
	for i, v := range outputs {
		if v.n == nil {
			panic(fmt.Sprintf("pointwise: output %d is the zero Value", i))
		}
		out[i] = visit(v.as(Float).n)
	}
	return b.program(inputs, uniforms, out)
}

// program drops what out does not need and seals the rest.
func (b *builder) program(inputs, uniforms []Kind, out []int) *Program {
	live := make([]bool, len(b.code))
	for _, r := range out {
		live[r] = true
	}
	for r := len(b.code) - 1; r >= 0; r-- {
		if in := b.code[r]; live[r] {
			for _, a := range in.Args() {
				live[a] = true
			}
		}
	}
	p := &Program{
		Inputs:   append([]Kind(nil), inputs...),
		Uniforms: append([]Kind(nil), uniforms...),
		Outputs:  make([]int, len(out)),
	}
	number := make([]int, len(b.code))
	for r, in := range b.code {
		if !live[r] {
			continue
		}
		for i := range in.Args() {
			in.Arg[i] = number[in.Arg[i]]
		}
		number[r] = len(p.Code)
		p.Code = append(p.Code, in)
	}
	for i, r := range out {
		p.Outputs[i] = number[r]
	}
	p.hash = p.digest()
	return p
}

// Args returns the registers in reads.
func (in *Instr) Args() []int { return in.Arg[:in.Op.Arity()] }

// digest hashes an encoding in which every field has a fixed width or a count.
func (p *Program) digest() string {
	var b []byte
	word := func(x int) { b = enc.LittleEndian.AppendUint32(b, uint32(x)) }
	for _, l := range [2][]Kind{p.Inputs, p.Uniforms} {
		word(len(l))
		for _, k := range l {
			b = append(b, byte(k))
		}
	}
	word(len(p.Code))
	for _, in := range p.Code {
		b = append(b, byte(in.Op), byte(in.Kind))
		for _, a := range in.Arg {
			word(a)
		}
		b = enc.LittleEndian.AppendUint64(b, math.Float64bits(in.Const))
	}
	word(len(p.Outputs))
	for _, r := range p.Outputs {
		word(r)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:12])
}
