package main

import (
	"slices"

	"github.com/hekla-ml/hekla/pointwise"
)

// worthSkip is the number of instructions from which a branch around them pays.
const worthSkip = 8

// An item of a schedule is an instruction of the program, or a block.
type item struct {
	reg   int
	block *block
}

// A block holds what only one branch of Selects by one mask reads: it is skipped where no element takes that branch.
type block struct {
	mask    int
	taken   bool
	items   []item
	results []int // what the Selects read of it
}

// A side is one branch of the Selects by one mask.
type side struct {
	mask  int
	taken bool
}

// schedule puts the instructions of p in the order in which they are emitted. Constants and inputs are left out.
func schedule(p *pointwise.Program) []item {
	var all []int
	for r, in := range p.Code {
		if !ready(in.Op) {
			all = append(all, r)
		}
	}
	return scheduleOf(p, all, p.Outputs, map[int]bool{})
}

// ready reports whether the result of o is there from the start.
func ready(o pointwise.Opcode) bool {
	return o == pointwise.OpInput || o == pointwise.OpConst || o == pointwise.OpUniform
}

// scheduleOf schedules the instructions regs, of which others read roots; done are those emitted before.
func scheduleOf(p *pointwise.Program, regs, roots []int, done map[int]bool) []item {
	none := side{mask: -1}
	group := map[int]side{}
	inside := map[int]bool{}
	for _, r := range regs {
		inside[r] = true
	}
	join := func(r int, s side) {
		if !inside[r] {
			return
		}
		if g, ok := group[r]; !ok {
			group[r] = s
		} else if g != s {
			group[r] = none
		}
	}
	for _, r := range roots {
		join(r, none)
	}
	count := map[side]int{}
	for _, r := range slices.Backward(regs) {
		in, g := p.Code[r], group[r]
		if g != none {
			count[g]++
		}
		for i, a := range in.Args() {
			switch {
			case g != none:
				join(a, g)
			case in.Op == pointwise.OpSelect && i > 0 && !ready(p.Code[in.Arg[0]].Op):
				join(a, side{in.Arg[0], i == 1})
			default:
				join(a, none)
			}
		}
	}
	var out []item
	move := func(s side) {
		if count[s] < worthSkip {
			return
		}
		count[s] = 0
		b := &block{mask: s.mask, taken: s.taken}
		// What needs a result that is not there yet, for a later Select of the side, stays where it is.
		var members []int
		for _, r := range regs {
			if group[r] != s {
				continue
			}
			in := p.Code[r]
			if slices.ContainsFunc(in.Args(), func(a int) bool { return !ready(p.Code[a].Op) && !done[a] && inside[a] }) {
				group[r] = none
				continue
			}
			members = append(members, r)
			done[r] = true
		}
		for _, r := range regs {
			if in := p.Code[r]; !slices.Contains(members, r) {
				for _, a := range in.Args() {
					if slices.Contains(members, a) && !slices.Contains(b.results, a) {
						b.results = append(b.results, a)
					}
				}
			}
		}
		for _, r := range members {
			delete(done, r)
		}
		b.items = scheduleOf(p, members, b.results, done)
		out = append(out, item{block: b})
	}
	for _, r := range regs {
		if done[r] {
			continue
		}
		in := p.Code[r]
		if g := group[r]; g != none && count[g] >= worthSkip {
			continue // it comes right before the first Select of its side
		}
		if in.Op == pointwise.OpSelect && group[r] == none {
			move(side{in.Arg[0], true})
			move(side{in.Arg[0], false})
		}
		out = append(out, item{reg: r})
		done[r] = true
	}
	return out
}
