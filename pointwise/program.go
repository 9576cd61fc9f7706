package pointwise

// A Program is a compiled scalar function: straight-line code in single
// assignment form. Instruction i defines register i. Programs are immutable.
type Program struct {
	Inputs   []Kind // kind in which each input is presented
	Uniforms []Kind // scalar arguments, the same for all elements
	Code     []Instr
	Outputs  []int // the register of each output
	hash     string
}

// An Instr computes one register from earlier ones.
type Instr struct {
	Op    Opcode
	Kind  Kind   // of the result
	Arg   [3]int // registers; for OpInput and OpUniform, Arg[0] is its number
	Const float64
}

// New compiles f, which is called once with one Value for each input and
// uniform and returns one for each output. The program is simplified and free
// of common subexpressions and dead code.
func New(inputs, uniforms []Kind, f func(in, uniform []Value) []Value) *Program {
	in, un := make([]Value, len(inputs)), make([]Value, len(uniforms))
	for i, k := range inputs {
		in[i] = Value{&node{op: OpInput, kind: k, num: float64(i)}}
	}
	for i, k := range uniforms {
		un[i] = Value{&node{op: OpUniform, kind: k, num: float64(i)}}
	}
	return compile(inputs, uniforms, f(in, un))
}

// Hash returns a short text that two programs share if and only if they are
// the same: a key for caches of kernels.
func (p *Program) Hash() string { return p.hash }

// Select returns p with only the listed inputs, in that order. The program
// must not read the others.
func (p *Program) Select(inputs []int) *Program {
	at := make(map[int]int, len(inputs))
	q := &Program{Uniforms: p.Uniforms, Outputs: p.Outputs, Code: append([]Instr(nil), p.Code...)}
	for i, old := range inputs {
		at[old] = i
		q.Inputs = append(q.Inputs, p.Inputs[old])
	}
	for i, ins := range q.Code {
		if ins.Op == OpInput {
			n, ok := at[ins.Arg[0]]
			if !ok {
				panic("pointwise: Select drops an input that the program reads")
			}
			q.Code[i].Arg[0] = n
		}
	}
	q.hash = q.digest()
	return q
}
