package ptxsim

import "slices"

// A step is a compiled instruction. Control says what exec does not.
type step struct {
	in      *instr
	control control
	target  int
	writes  []int                                                            // columns
	missing func(b *block, lanes []int32) (lane int32, mask, missing uint32) // of together: who is not there
	exec    func(b *block, lanes []int32)
}

type control uint8

const (
	straight control = iota
	branch
	exit
	barrier
	together // see meeting
)

// A compiler turns one instruction into a step.
type compiler struct {
	*parser
	in     *instr
	mods   []string
	writes []int
}

func (p *parser) compile(in *instr) step {
	c := &compiler{parser: p, in: in, mods: slices.Clone(in.mods)}
	s := step{in: in}
	f := table[in.op]
	if f == nil {
		p.fail("unknown opcode %s", in.op)
	}
	p.has(in)
	p.grammar(in)
	f(c, &s)
	if len(c.mods) > 0 {
		p.fail("unknown modifier .%s of %s", c.mods[0], in.op)
	}
	s.writes = c.writes
	return s
}

// table has a compiler for each opcode; they take the modifiers they know.
var table map[string]func(c *compiler, s *step)

func init() {
	table = map[string]func(c *compiler, s *step){
		"bra": func(c *compiler, s *step) {
			c.take("uni")
			c.count(1)
			s.control, s.target = branch, c.in.args[0].target
		},
		"ret":  func(_ *compiler, s *step) { s.control = exit },
		"exit": func(_ *compiler, s *step) { s.control = exit },
		"bar": func(c *compiler, s *step) {
			if !c.take("sync") || c.in.guard >= 0 {
				c.fail("want bar.sync without a predicate")
			}
			c.count(1)
			s.control = barrier
		},
		"mov": compileMov, "cvt": compileCvt, "cvta": compileCvta, "selp": compileSelp, "setp": compileSetp,
		"ld": compileLoad, "st": compileStore, "atom": compileAtom, "red": compileAtom, "shfl": compileShuffle, "vote": compileVote,
		"bfe": compileExtract, "prmt": compilePermute, "shf": compileFunnel, "ex2": compilePower,
		"cp": compileCopy, "ldmatrix": compileLoadMatrix, "mma": compileMMA,
		"membar": func(c *compiler, s *step) { c.one("gl", "cta", "sys"); s.exec = func(*block, []int32) {} },
	}
	for _, name := range []string{"add", "sub", "mul", "div", "rem", "min", "max", "and", "or", "xor", "shl", "shr"} {
		table[name] = compileBinary
	}
	for _, name := range []string{"neg", "abs", "not", "sqrt", "rcp", "clz", "popc"} {
		table[name] = compileUnary
	}
	table["mad"], table["fma"] = compileMad, compileMad
}

// take removes the next modifier if it is the given one.
func (c *compiler) take(mod string) bool {
	if len(c.mods) > 0 && c.mods[0] == mod {
		c.mods = c.mods[1:]
		return true
	}
	return false
}

// one takes one of the given modifiers, or none.
func (c *compiler) one(mods ...string) string {
	for _, m := range mods {
		if c.take(m) {
			return m
		}
	}
	return ""
}

// takeType takes a modifier that is a type.
func (c *compiler) takeType() typ {
	if len(c.mods) == 0 {
		c.fail("%s without a type", c.in.op)
	}
	t := c.parser.typ(c.mods[0])
	c.mods = c.mods[1:]
	return t
}

func (c *compiler) count(n int) {
	if len(c.in.args) != n {
		c.fail("%s with %d operands, want %d", c.in.op, len(c.in.args), n)
	}
}

// column returns the column of operand i, which must fit type t.
func (c *compiler) column(i int, t typ) int { return c.columnOf(c.in.args[i], t, typ.holds) }

func (c *compiler) columnOf(a arg, t typ, fits func(t, r typ) bool) int {
	if a.kind != argColumn {
		c.fail("%s: want a register or number", c.in.text)
	}
	if _, isReg := c.types[a.column]; t.class == 'p' && !isReg { // true is 1 or, as clang has it, -1
		return c.constant(min(c.k.value(a.column), 1))
	}
	if r, ok := c.types[a.column]; ok && !fits(t, r) {
		c.fail("%s: a register of type %c%d where %c%d is wanted", c.in.text, r.class, 8*r.size, t.class, 8*t.size)
	}
	return a.column
}

// result is column for what is written: no number and no special register.
func (c *compiler) result(i int, t typ, fits func(t, r typ) bool) int {
	a := c.in.args[i]
	if _, ok := c.types[a.column]; a.kind != argColumn || !ok || a.column < len(specials) {
		c.fail("%s: cannot write operand %d", c.in.text, i)
	}
	c.writes = append(c.writes, a.column)
	return c.columnOf(a, t, fits)
}

// apply1, apply2 and apply3 make a step of a function of words. A loop, if one is
// given, does the same for neighbours.
func apply1(d, x int, f func(x uint64) uint64, loops ...loop1) func(*block, []int32) {
	loop := first(loops)
	return func(b *block, lanes []int32) {
		D, X := b.columns[d], b.columns[x]
		lo, hi, ok := span(lanes)
		switch {
		case ok && loop != nil:
			loop(D[lo:hi], X[lo:hi])
		case ok:
			D, X = D[lo:hi], X[lo:hi]
			for i := range D {
				D[i] = f(X[i])
			}
		default:
			for _, i := range lanes {
				D[i] = f(X[i])
			}
		}
	}
}

func apply2(d, x, y int, f func(x, y uint64) uint64, loops ...loop2) func(*block, []int32) {
	loop := first(loops)
	return func(b *block, lanes []int32) {
		D, X, Y := b.columns[d], b.columns[x], b.columns[y]
		lo, hi, ok := span(lanes)
		switch {
		case ok && loop != nil:
			loop(D[lo:hi], X[lo:hi], Y[lo:hi])
		case ok:
			D, X, Y = D[lo:hi], X[lo:hi], Y[lo:hi]
			for i := range D {
				D[i] = f(X[i], Y[i])
			}
		default:
			for _, i := range lanes {
				D[i] = f(X[i], Y[i])
			}
		}
	}
}

func apply3(d, x, y, z int, f func(x, y, z uint64) uint64, loops ...loop3) func(*block, []int32) {
	loop := first(loops)
	return func(b *block, lanes []int32) {
		D, X, Y, Z := b.columns[d], b.columns[x], b.columns[y], b.columns[z]
		lo, hi, ok := span(lanes)
		switch {
		case ok && loop != nil:
			loop(D[lo:hi], X[lo:hi], Y[lo:hi], Z[lo:hi])
		case ok:
			D, X, Y, Z = D[lo:hi], X[lo:hi], Y[lo:hi], Z[lo:hi]
			for i := range D {
				D[i] = f(X[i], Y[i], Z[i])
			}
		default:
			for _, i := range lanes {
				D[i] = f(X[i], Y[i], Z[i])
			}
		}
	}
}

// first returns the loop that is given, or nil.
func first[L any](loops []L) (loop L) {
	if len(loops) > 0 {
		loop = loops[0]
	}
	return loop
}
