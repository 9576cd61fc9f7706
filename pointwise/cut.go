package pointwise

import (
	"fmt"
	"math/bits"
	"slices"
)

// A Part is one of the programs into which Cut divides another, which all take
// the uniforms of the whole. In says where its inputs come from and Out where
// its outputs go: k is input or output k of the whole, and beyond those
// len(Inputs)+i or len(Outputs)+i is value i that one part hands to later ones.
type Part struct {
	*Program
	In, Out []int
}

// Cut divides p into programs that, run one after the other, compute the same
// bits, and of which none has more than most inputs and outputs together. It
// returns with them the kinds of the values that pass between them: a Float or
// an Int must be kept as wide as p computes it. What several parts need is
// computed in each, rather than passed, if that makes no more parts. It panics
// if most is below 4: the operands and the result of one instruction.
//
// A device that binds so many buffers to a kernel and no more runs any function
// so.
func (p *Program) Cut(most int) (parts []Part, between []Kind) {
	if most < 4 {
		panic(fmt.Sprintf("pointwise: cut into programs of at most %d inputs and outputs: want 4 or more", most))
	}
	c := cutter{p: p, most: most}
	c.findLeaves()
	c.pack()
	c.number()
	for i := range c.parts {
		parts = append(parts, c.part(&c.parts[i]))
	}
	for _, r := range c.passed {
		between = append(between, p.Code[r].Kind)
	}
	return parts, between
}

// A cutter finds registers to be passed on, such that no other register needs
// more than a part can read, and puts them and the outputs into parts.
type cutter struct {
	p      *Program
	most   int
	leaves []set // of each register: the inputs and passed registers it is computed from
	stored []bool
	parts  []draft
	of     map[int]int // the part that computes a stored register
	passed []int       // the registers that are handed on, in order
}

// A draft is a part in the making.
type draft struct {
	reads   set   // registers
	roots   []int // registers it computes for good
	outputs []int // numbers of those that are outputs of the whole, which come first in roots
}

// findLeaves sets leaves and stored: where an instruction has more leaves than
// a part can read beside its result, the operand with most of them is stored.
func (c *cutter) findLeaves() {
	code := c.p.Code
	c.leaves, c.stored = make([]set, len(code)), make([]bool, len(code))
	for r := range code {
		in := &code[r]
		if in.Op == OpInput {
			c.leaves[r] = set(nil).with(r)
			continue
		}
		for {
			var all set
			widest := -1
			for _, a := range in.Args() {
				l := c.seen(a)
				if all = all.union(l); widest < 0 || l.size() > c.seen(widest).size() {
					widest = a
				}
			}
			if all.size() < c.most {
				c.leaves[r] = all
				break
			}
			c.stored[widest] = true
		}
	}
}

// seen returns the leaves of register r as later instructions see them.
func (c *cutter) seen(r int) set {
	if c.stored[r] {
		return set(nil).with(r)
	}
	return c.leaves[r]
}

// pack puts what is stored, and then the outputs, each into the first part in
// which there is room and that does not run before what it reads is there.
func (c *cutter) pack() {
	c.of = map[int]int{}
	for r, yes := range c.stored {
		if yes {
			c.of[r] = c.place(r, -1)
		}
	}
	for k, r := range c.p.Outputs {
		c.place(r, k)
	}
}

func (c *cutter) place(r, output int) int {
	need := c.leaves[r]
	if output >= 0 {
		need = c.seen(r)
	}
	first := 0
	for l := range need.all() {
		if c.stored[l] && l != r {
			first = max(first, c.of[l])
		}
	}
	if output >= 0 && c.stored[r] {
		first = max(first, c.of[r])
	}
	for i := first; ; i++ {
		if i == len(c.parts) {
			c.parts = append(c.parts, draft{})
		}
		d := &c.parts[i]
		var reads set
		for l := range need.all() {
			if !c.stored[l] || c.of[l] != i {
				reads = reads.with(l)
			}
		}
		if reads = d.reads.union(reads); reads.size()+len(d.roots)+1 > c.most {
			continue
		}
		d.reads = reads
		if output < 0 {
			d.roots = append(d.roots, r)
		} else {
			d.roots = slices.Insert(d.roots, len(d.outputs), r)
			d.outputs = append(d.outputs, output)
		}
		return i
	}
}

// number finds what later parts read, and forgets what was stored for its own
// part alone.
func (c *cutter) number() {
	var read set
	for i := range c.parts {
		read = read.union(c.parts[i].reads)
	}
	for i := range c.parts {
		d := &c.parts[i]
		own := d.roots[len(d.outputs):]
		own = slices.DeleteFunc(own, func(r int) bool { return !read.has(r) })
		d.roots = d.roots[:len(d.outputs)+len(own)]
		c.passed = append(c.passed, own...)
	}
}

// part compiles a draft.
func (c *cutter) part(d *draft) Part {
	p, whole := Part{}, c.p
	b := &builder{intern: map[instrKey]int{}}
	var inputs []Kind
	at := map[int]int{} // registers of the whole as registers of b
	for r := range d.reads.all() {
		k := whole.Code[r].Kind
		from := slices.Index(c.passed, r)
		if from >= 0 {
			from += len(whole.Inputs)
		} else {
			from = whole.Code[r].Arg[0]
		}
		at[r] = b.append(Instr{Op: OpInput, Kind: k, Arg: [3]int{len(inputs)}})
		inputs, p.In = append(inputs, k), append(p.In, from)
	}
	need := make([]bool, len(whole.Code))
	for _, r := range d.roots {
		need[r] = true
	}
	for r := len(need) - 1; r >= 0; r-- {
		if _, ok := at[r]; need[r] && !ok {
			for _, a := range whole.Code[r].Args() {
				need[a] = true
			}
		}
	}
	for r, in := range whole.Code {
		if _, ok := at[r]; !need[r] || ok {
			continue
		}
		for i := range in.Args() {
			in.Arg[i] = at[in.Arg[i]]
		}
		at[r] = b.append(in)
	}
	var out []int
	for i, r := range d.roots {
		out = append(out, at[r])
		if i < len(d.outputs) {
			p.Out = append(p.Out, d.outputs[i])
		} else {
			p.Out = append(p.Out, len(whole.Outputs)+slices.Index(c.passed, r))
		}
	}
	p.Program = b.program(inputs, whole.Uniforms, out)
	return p
}

// A set holds small numbers, a bit each.
type set []uint64

func (s set) with(n int) set {
	t := make(set, max(len(s), n/64+1))
	copy(t, s)
	t[n/64] |= 1 << (n % 64)
	return t
}

func (s set) has(n int) bool { return n/64 < len(s) && s[n/64]>>(n%64)&1 != 0 }

func (s set) union(t set) set {
	u := make(set, max(len(s), len(t)))
	copy(u, s)
	for i, x := range t {
		u[i] |= x
	}
	return u
}

func (s set) size() (n int) {
	for _, x := range s {
		n += bits.OnesCount64(x)
	}
	return n
}

// all yields the numbers in order.
func (s set) all() func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i, x := range s {
			for ; x != 0; x &= x - 1 {
				if !yield(64*i + bits.TrailingZeros64(x)) {
					return
				}
			}
		}
	}
}
