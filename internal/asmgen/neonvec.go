package main

import (
	"fmt"
	"strings"
)

// neonGen emits the kernels of package vec. Registers are handed out as they are needed; there is no spilling.
type neonGen struct {
	*neonAsm
	used      [32]bool
	constants []uint64 // both halves of them alike
	labels    int
}

// A neonBody emits the work on one vector and returns the register of the result. The scalars come before the vectors.
type neonBody func(g *neonGen, in []int) int

func (g *neonGen) reg() int {
	for i, used := range g.used {
		if !used {
			g.used[i] = true
			return i
		}
	}
	panic("neon: out of registers")
}

func (g *neonGen) drop(regs ...int) {
	for _, r := range regs {
		g.used[r] = false
	}
}

// word emits an instruction of one, two or three vector registers: its opcode, Rd, Rn, Rm.
func (g *neonGen) word(name string, op uint32, d int, nm ...int) {
	for i, r := range nm {
		op |= uint32(r) << (5 + 11*i)
	}
	g.line("WORD $0x%08X // %s V%d %v", op|uint32(d), name, d, nm)
}

// do emits an instruction into a new register.
func (g *neonGen) do(name string, nm ...int) int {
	d := g.reg()
	g.word(name, neonWords[name], d, nm...)
	return d
}

// float is do for an instruction on the float type at hand.
func (g *neonGen) float(name string, nm ...int) int {
	d := g.reg()
	g.floatTo(name, d, nm...)
	return d
}

func (g *neonGen) floatTo(name string, d int, nm ...int) {
	op := neonWords[name]
	if g.size == 8 {
		op |= 1 << 22
	}
	g.word(name, op, d, nm...)
}

// The opcodes of the Arm Architecture Reference Manual, C7.2, for 128 bits: of floats those of float32, of integers
// those of 32 bits unless the name says otherwise.
var neonWords = map[string]uint32{
	"FADD": 0x4E20D400, "FSUB": 0x4EA0D400, "FMUL": 0x6E20DC00, "FDIV": 0x6E20FC00, "FMLA": 0x4E20CC00, "FMIN": 0x4EA0F400, "FMAX": 0x4E20F400,
	"FCMEQ": 0x4E20E400, "FCMGE": 0x6E20E400, "FCMGT": 0x6EA0E400,
	"FABS": 0x4EA0F800, "FNEG": 0x6EA0F800, "FSQRT": 0x6EA1F800, "FRINTN": 0x4E218800, "FRINTM": 0x4E219800, "FRINTP": 0x4EA18800, "FRINTZ": 0x4EA19800,
	"ADD": 0x4EA08400, "SUB": 0x6EA08400, "MUL": 0x4EA09C00, "NEG": 0x6EA0B800, "UMIN": 0x6EA06C00,
	"CMEQ": 0x6EA08C00, "CMHI": 0x6EA03400, "CMHS": 0x6EA03C00, "CMGT": 0x4EA03400, "CMGT64": 0x4EE03400,
	"USHL": 0x6EA04400, "SSHL": 0x4EA04400, "UMULL": 0x2EA0C000, "UMULL2": 0x6EA0C000, "UZP2": 0x4E805800, "UMAXV": 0x6EB0A800, "UMINV": 0x6EB1A800,
	"AND": 0x4E201C00, "ORR": 0x4EA01C00, "EOR": 0x6E201C00, "ORN": 0x4EE01C00, "BIC": 0x4E601C00, "BSL": 0x6E601C00, "NOT": 0x6E205800,
	"UCVTF": 0x6E21D800, "SCVTF": 0x4E21D800, "FCVTZS": 0x4EA1B800, "SCVTF64": 0x4E61D800,
	"FCVTL64": 0x0E617800, "FCVTN64": 0x0E616800, "FCVTL": 0x0E217800, "FCVTN": 0x0E216800, "SSHLL": 0x0F20A400, "USHLL": 0x2F20A400,
	"SHLL16": 0x2E613800, "SHLL32": 0x2EA13800, "XTN16": 0x0E612800, "XTN32": 0x0EA12800, "EXT8": 0x6E004000, "EXT4": 0x6E002000,
}

// shift emits a shift of 32-bit elements by a constant; beyond 31 all bits are lost.
func (g *neonGen) shift(name string, x, by int) int {
	d := g.reg()
	switch {
	case by == 0:
		g.word("MOV", neonWords["ORR"], d, x, x)
	case name == "SHL" && by > 31, name == "USHR" && by > 32:
		g.word("ZERO", neonWords["EOR"], d, x, x)
	case name == "SHL":
		g.word(name, 0x4F005400|uint32(32+by)<<16, d, x)
	case name == "USHR":
		g.word(name, 0x6F000400|uint32(64-by)<<16, d, x)
	case name == "SSHR":
		g.word(name, 0x4F000400|uint32(64-by)<<16, d, x)
	}
	return d
}

// constant returns a new register with w in every element of 32 bits.
func (g *neonGen) constant(w uint32) int {
	both := uint64(w)<<32 | uint64(w)
	at := 0
	for at < len(g.constants) && g.constants[at] != both {
		at++
	}
	if at == len(g.constants) {
		g.constants = append(g.constants, both)
	}
	d := g.reg()
	g.line("FMOVQ %d(R12), F%d", 16*at, d)
	return d
}

// extreme is Min (less is FCMGT with swapped operands) or Max: x where it is more extreme or NaN, else y.
func (g *neonGen) extreme(largest bool, x, y int) int {
	m := 0
	if largest {
		m = g.float("FCMGT", x, y)
	} else {
		m = g.float("FCMGT", y, x)
	}
	ordered := g.float("FCMEQ", x, x)
	g.word("ORN", neonWords["ORN"], m, m, ordered)
	g.word("BSL", neonWords["BSL"], m, x, y)
	g.drop(ordered)
	return m
}

// neonMove is the instruction that loads or stores so many bytes.
var neonMove = map[int]string{4: "FMOVS", 8: "FMOVD", 16: "FMOVQ"}

func generateVecNEON(dir string, ops []vecOp) error {
	g := &neonGen{neonAsm: newNeonAsm()}
	bodies := neonBodies()
	for _, o := range ops {
		if body := bodies[o.name]; body != nil {
			g.function(o, body)
		}
	}
	for _, r := range reductions() {
		g.reduce(r)
	}
	for i, c := range g.constants {
		for half := range 2 {
			fmt.Fprintf(&g.asm, "DATA constantsNEON<>+%d(SB)/8, $0x%016x\n", 16*i+8*half, c)
		}
	}
	fmt.Fprintf(&g.asm, "GLOBL constantsNEON<>(SB), RODATA|NOPTR, $%d\n", 16*len(g.constants))
	return g.write(dir, "vec_neon_arm64", "vec", "")
}

// function emits o: a loop over four vectors at a time if they are short work, and one over the rest. n is a multiple
// of the elements of a vector.
func (g *neonGen) function(o vecOp, body neonBody) {
	g.use(f32)
	largest := o.dst.size
	for _, e := range o.in {
		largest = max(largest, e.size)
	}
	if o.dst.goType == "float64" || len(o.in) > 0 && o.in[len(o.in)-1].goType == "float64" {
		g.use(f64)
	}
	lanes := 16 / largest
	params, at, sizes := []string{"dst *" + o.dst.goType}, 8, map[string]int{}
	for i, e := range o.in {
		params, at = append(params, fmt.Sprintf("%s *%s", inNames[i], e.goType)), at+8
	}
	for _, p := range o.params {
		params, sizes[p], at = append(params, p+" "+o.dst.goType), at, at+o.dst.size
	}
	at = (at + 7) &^ 7
	params = append(params, "n int")
	name := lower(o.name) + "NEON"
	g.declare(name, "is the kernel of "+o.name+".", at+8, "", params...)
	g.line("MOVD dst+0(FP), R0")
	for i := range o.in {
		g.line("MOVD %s+%d(FP), R%d", inNames[i], 8+8*i, 1+i)
	}
	g.line("MOVD n+%d(FP), R8", at)
	g.line("MOVD $constantsNEON<>(SB), R12")
	g.used = [32]bool{}
	var scalars []int
	for _, p := range o.params {
		scalars = append(scalars, g.scalar(p, sizes[p], o.dst))
	}
	step := func() int {
		before, lines := g.used, strings.Count(g.asm.String(), "\n")
		in := append([]int(nil), scalars...)
		for i, e := range o.in {
			r := g.reg()
			g.line("%s.P %d(R%d), F%d", neonMove[e.size*lanes], e.size*lanes, 1+i, r)
			in = append(in, r)
		}
		d := body(g, in)
		g.line("%s.P F%d, %d(R0)", neonMove[o.dst.size*lanes], d, o.dst.size*lanes)
		g.used = before
		return strings.Count(g.asm.String(), "\n") - lines
	}
	whole := g.asm.String()
	length := step()
	g.asm.Reset()
	g.asm.WriteString(whole)
	if length < 16 {
		g.line("SUBS $%d, R8, R8", 4*lanes)
		g.line("BLT rest")
		g.label("loop4")
		for range 4 {
			step()
		}
		g.line("SUBS $%d, R8, R8", 4*lanes)
		g.line("BGE loop4")
		g.label("rest")
		g.line("ADDS $%d, R8, R8", 4*lanes)
		g.line("BEQ done")
	}
	g.label("loop")
	step()
	g.line("SUBS $%d, R8, R8", lanes)
	g.line("BNE loop")
	g.label("done")
	g.line("RET")
}

// declare starts a function whose parameters and results take size bytes.
func (g *neonGen) declare(name, doc string, size int, result string, params ...string) {
	list := strings.Join(params, ", ")
	fmt.Fprintf(&g.stubs, "// %s %s\n//\n//go:noescape\nfunc %[1]s(%[3]s) %[4]s\n\n", name, doc, list, result)
	fmt.Fprintf(&g.asm, "\n// func %s(%s) %s\nTEXT ·%[1]s(SB), NOSPLIT, $0-%[4]d\n", name, list, result, size)
}

// scalar returns a register with a parameter in every element.
func (g *neonGen) scalar(p string, at int, e elem) int {
	r := g.reg()
	g.line("MOV%s %s+%d(FP), R9", map[int]string{4: "WU", 8: "D"}[e.size], p, at)
	g.line("VDUP R9, V%d.%s", r, map[int]string{4: "S4", 8: "D2"}[e.size])
	return r
}

// reduce emits the kernel of r, as vecgen's does: 16 registers of running results, folded in halves.
func (g *neonGen) reduce(r reduction) {
	g.use(r.e)
	var params, lasts []string
	for _, a := range r.names() {
		params, lasts = append(params, a+" *"+r.e.goType), append(lasts, "last"+a+" *"+r.e.goType)
	}
	count, at := len(params), 8*len(params)
	atM := at
	if r.term != nil {
		params, at = append(params, "m "+r.e.goType), at+8
	}
	params = append(append(params, "blocks int"), lasts...)
	size := at + 8 + 8*count
	g.declare(lower(r.fullName())+"NEON", "is the kernel of "+r.fullName()+".", size+r.e.size, r.e.goType, params...)
	for i, a := range r.names() {
		g.line("MOVD %s+%d(FP), R%d", a, 8*i, i)
		g.line("MOVD last%s+%d(FP), R%d", a, at+8+8*i, 4+i)
	}
	g.line("MOVD blocks+%d(FP), R8", at)
	g.used = [32]bool{}
	m := 0
	if r.term != nil {
		m = g.scalar("m", atM, elem{r.e.goType, r.e.size})
	}
	term := func(base int) int {
		var in []int
		for i := range count {
			x := g.reg()
			g.line("FMOVQ.P 16(R%d), F%d", base+i, x)
			in = append(in, x)
		}
		switch r.name {
		case "Squares":
			g.floatTo("FSUB", in[0], in[0], m)
			g.floatTo("FMUL", in[0], in[0], in[0])
		case "Products":
			g.floatTo("FSUB", in[1], in[1], m)
			g.floatTo("FMUL", in[0], in[0], in[1])
			g.drop(in[1])
		}
		return in[0]
	}
	join := func(s, x int) {
		switch r.name {
		case "Max", "Min":
			d := g.extreme(r.name == "Max", s, x)
			g.word("MOV", neonWords["ORR"], s, d, d)
			g.drop(d)
		default:
			g.floatTo("FADD", s, s, x)
		}
	}
	sums := make([]int, 16)
	for i := range sums {
		sums[i] = term(4)
	}
	g.line("CBZ R8, fold")
	g.label("loop")
	for _, s := range sums {
		x := term(0)
		join(s, x)
		g.drop(x)
	}
	g.line("SUBS $1, R8, R8")
	g.line("BNE loop")
	g.label("fold")
	for len(sums) > 1 {
		half := len(sums) / 2
		for i := range half {
			join(sums[i], sums[i+half])
		}
		g.drop(sums[half:]...)
		sums = sums[:half]
	}
	join(sums[0], g.do("EXT8", sums[0], sums[0]))
	if r.e.size == 4 {
		join(sums[0], g.do("EXT4", sums[0], sums[0]))
	}
	g.line("%s F%d, ret+%d(FP)", neonMove[r.e.size], sums[0], size)
	g.line("RET")
}
