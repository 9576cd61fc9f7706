package ptxsim

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// A Launch says how to run a kernel.
type Launch struct {
	Grid, Block [3]uint32
	Dynamic     int    // bytes of dynamic shared memory, after the static
	SharedLimit int    // bytes of both; 0 means 48 KiB, which every kernel may have
	Params      []byte // the block of parameters
	Steps       *uint64
}

// limit of thread-instructions of one block: above it the kernel is taken to
// run for ever.
const limit = 1 << 33

// Run runs all blocks of a launch, one after another. The error is a *Fault if
// the kernel misbehaves.
func (k *Kernel) Run(m *Memory, l Launch) (err error) {
	if !k.Fits(l.Grid, l.Block) {
		return fmt.Errorf("ptxsim: %s: launch of %v blocks of %v threads", k.Name, l.Grid, l.Block)
	}
	n := int(l.Block[0]) * int(l.Block[1]) * int(l.Block[2])
	if len(l.Params) != k.ParamBytes() {
		return fmt.Errorf("ptxsim: %s: %d bytes of parameters, want %d", k.Name, len(l.Params), k.ParamBytes())
	}
	if k.Shared+l.Dynamic > max(l.SharedLimit, StaticShared) {
		return fmt.Errorf("ptxsim: %s: %d bytes of shared memory", k.Name, k.Shared+l.Dynamic)
	}
	b := newBlock(k, m, l, n)
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *Fault:
			err = e
		case zeroDivisor:
			err = &Fault{Kind: DividedByZero, Kernel: k.Name, Block: b.id, Line: b.now.line, Instr: b.now.text, Detail: "hardware gives anything"}
		default:
			panic(fmt.Sprintf("ptxsim: kernel %s, ptx line %d %s: %v", k.Name, b.now.line, b.now.text, e))
		}
		if l.Steps != nil {
			*l.Steps += b.total
		}
	}()
	for z := range l.Grid[2] {
		for y := range l.Grid[1] {
			for x := range l.Grid[0] {
				b.begin([3]uint32{x, y, z})
				b.run()
			}
		}
	}
	return nil
}

// A block is a block of threads as it runs. Registers are columns with one
// word for each thread.
type block struct {
	kernel  *Kernel
	mem     *Memory
	id, dim [3]uint32
	params  []byte
	columns [][]uint64
	shared  []byte
	races   shadow
	now     *instr
	total   uint64 // thread-instructions so far, of all blocks
	all     []int32
	near    allocation // where the last global access was
	before  []uint64   // see saved
	zeros   []uint64   // see addresses
	spare   []int32    // room for lists of lanes
	async   []copies   // by thread; nil if there are none
}

func newBlock(k *Kernel, m *Memory, l Launch, n int) *block {
	b := &block{kernel: k, mem: m, dim: l.Block, params: l.Params, shared: make([]byte, k.Shared+l.Dynamic), now: &instr{}}
	b.races.init(len(b.shared), uint(bits.TrailingZeros(uint(k.touch))))
	words := make([]uint64, n*k.regs)
	b.columns = make([][]uint64, k.regs)
	for i := range b.columns {
		b.columns[i] = words[i*n:][:n:n]
	}
	for _, c := range k.fixed {
		fill(b.columns[c.column], c.value)
	}
	b.all = make([]int32, n)
	for i := range b.all {
		b.all[i] = int32(i)
		t := uint32(i)
		b.columns[0][i] = uint64(t % l.Block[0])
		b.columns[1][i] = uint64(t / l.Block[0] % l.Block[1])
		b.columns[2][i] = uint64(t / l.Block[0] / l.Block[1])
		b.columns[12][i] = uint64(t % 32)
	}
	for a := range 3 {
		fill(b.columns[3+a], uint64(l.Block[a]))
		fill(b.columns[9+a], uint64(l.Grid[a]))
	}
	for _, s := range k.early {
		b.now = s.in
		s.exec(b, b.all)
	}
	b.total += uint64(len(k.early) * n)
	return b
}

func fill(column []uint64, x uint64) {
	for i := range column {
		column[i] = x
	}
}

func (b *block) begin(id [3]uint32) {
	b.id = id
	for a := range 3 {
		fill(b.columns[6+a], uint64(id[a]))
	}
	spoil(b.shared)
	b.races.reset()
	b.async = nil
}

// A group is threads that are at the same instruction.
type group struct {
	pc    int
	lanes []int32
}

// run takes the group that is furthest behind until another is: so groups that
// parted meet again where their ways join.
func (b *block) run() {
	groups := []group{{0, b.all}}
	var parked, early []group // at a barrier, or waiting for others of their warps
	begin := b.total
	for {
		if len(groups) == 0 {
			if len(early) > 0 {
				b.alone(early[0])
			}
			if len(parked) == 0 {
				return
			}
			groups = append(groups, b.release(parked))
			parked = parked[:0]
		}
		first := 0
		for i := range groups {
			if groups[i].pc < groups[first].pc {
				first = i
			}
		}
		g := groups[first]
		groups = slices.Delete(groups, first, first+1)
		until := math.MaxInt
		for _, o := range groups {
			until = min(until, o.pc)
		}
		g, split, state := b.advance(g, until)
		if split.lanes != nil {
			groups = b.join(groups, split)
		}
		switch state {
		case running:
			groups = b.join(groups, g)
		case waiting:
			parked = b.join(parked, g)
		case missing:
			early = b.join(early, g)
			for i, e := range early {
				if _, _, m := b.kernel.code[e.pc].missing(b, e.lanes); m == 0 {
					early = slices.Delete(early, i, i+1)
					groups = b.join(groups, e)
					break
				}
			}
		}
		if b.total-begin > limit {
			b.fail(Endless, g.lanes[0], "more than %d thread-instructions in a block", uint64(limit))
		}
	}
}

type state uint8

const (
	running state = iota
	waiting
	missing
	ended
)

// join adds g to a list of groups, merging it with one at the same place.
func (b *block) join(groups []group, g group) []group {
	if len(g.lanes) == 0 {
		return groups
	}
	for i := range groups {
		if groups[i].pc == g.pc {
			groups[i].lanes = b.merge(groups[i].lanes, g.lanes)
			return groups
		}
	}
	return append(groups, g)
}

// merge returns the lanes of both, in order.
func (b *block) merge(x, y []int32) []int32 {
	l := b.list(len(x) + len(y))[:0]
	for len(x) > 0 && len(y) > 0 {
		if x[0] < y[0] {
			l, x = append(l, x[0]), x[1:]
		} else {
			l, y = append(l, y[0]), y[1:]
		}
	}
	return append(append(l, x...), y...)
}

// list returns room for n lanes.
func (b *block) list(n int) []int32 {
	if n > len(b.spare) {
		b.spare = make([]int32, max(n, 1<<13))
	}
	l := b.spare[:n:n]
	b.spare = b.spare[n:]
	return l
}

// alone fails because of a group whose warps have threads that will not come.
func (b *block) alone(g group) {
	b.now = b.kernel.code[g.pc].in
	lane, mask, missing := b.kernel.code[g.pc].missing(b, g.lanes)
	b.fail(BadShuffle, lane, "of the lanes %#x, %#x are elsewhere", mask, missing)
}

// advance runs g until it reaches or passes instruction until, parts, waits or
// ends.
func (b *block) advance(g group, until int) (rest, split group, s state) {
	code := b.kernel.code
	for steps := 0; ; steps++ {
		if g.pc >= until || steps > 1<<20 {
			return g, split, running
		}
		if g.pc >= len(code) {
			return g, split, ended
		}
		st := &code[g.pc]
		b.now = st.in
		b.total += uint64(len(g.lanes))
		switch st.control {
		case straight:
			if st.in.guard < 0 {
				st.exec(b, g.lanes)
			} else if on, _ := b.part(st.in, g.lanes); len(on) > 0 {
				st.exec(b, on)
			}
			g.pc++
		case together:
			if _, _, m := st.missing(b, g.lanes); m != 0 {
				return g, split, missing
			}
			st.exec(b, g.lanes)
			g.pc++
		case barrier:
			return g, split, waiting
		case branch:
			on, off := b.part(st.in, g.lanes)
			switch {
			case len(off) == 0:
				g.pc = st.target
			case len(on) == 0:
				g.pc++
			default:
				return group{g.pc + 1, off}, group{st.target, on}, running
			}
		case exit:
			_, off := b.part(st.in, g.lanes)
			if len(off) == 0 {
				return g, split, ended
			}
			g = group{g.pc + 1, off}
		}
	}
}

// part divides lanes by the guard of an instruction.
func (b *block) part(in *instr, lanes []int32) (on, off []int32) {
	if in.guard < 0 {
		return lanes, nil
	}
	p := b.columns[in.guard]
	want := bit(!in.negated)
	n := 0
	if lo, hi, ok := span(lanes); ok {
		for _, x := range p[lo:hi] {
			n += int(x)
		}
	} else {
		for _, i := range lanes {
			n += int(p[i])
		}
	}
	if in.negated {
		n = len(lanes) - n
	}
	switch n {
	case len(lanes):
		return lanes, nil
	case 0:
		return nil, lanes
	}
	both := b.list(len(lanes))
	on, off = both[:0:n], both[n:n]
	for _, i := range lanes {
		if p[i] == want {
			on = append(on, i)
		} else {
			off = append(off, i)
		}
	}
	return on, off
}

// release lets the threads at a barrier go on, if they are all there.
func (b *block) release(parked []group) group {
	g := parked[0]
	if len(parked) > 1 {
		o := parked[1]
		b.now = b.kernel.code[o.pc].in
		b.fail(DivergentBarrier, o.lanes[0], "%d threads wait here and %d at line %d", len(o.lanes), len(g.lanes), b.kernel.code[g.pc].in.line)
	}
	if len(g.lanes) < len(b.all) {
		b.now = b.kernel.code[g.pc].in
		b.fail(DivergentBarrier, g.lanes[0], "%d of %d threads wait, the others have ended", len(g.lanes), len(b.all))
	}
	b.races.epoch++
	g.pc++
	return g
}
