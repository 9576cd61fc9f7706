package interp

import "unsafe"

// worthGuard is the number of steps from which it pays to look at a mask to
// skip them.
const worthGuard = 10

// A side is one branch of the Selects by one mask.
type side struct {
	mask  int
	taken bool
}

// guard finds long computations that only one branch of Selects by one mask
// reads, such as the reduction of large numbers in a sine, moves each to right
// before the first of those Selects, and has it skipped in blocks where no
// element takes that branch. What the Select then reads instead is any old
// content of the register. It does so again within what it has moved.
func (l *lowering) guard(outs []int) {
	l.code = guarded(l.code, outs, len(l.code))
}

// guarded rearranges code, of which others read the registers roots; total
// counts the steps of the whole kernel.
func guarded(code []virtual, roots []int, total int) []virtual {
	def := map[int]int{} // of registers, by index in code
	for i, v := range code {
		def[v.d] = i
	}
	// The group of a step is the side that all readers of its result belong to.
	none := side{mask: -1}
	group := make([]side, len(code))
	for i := range group {
		group[i] = none
	}
	seen := make([]bool, len(code))
	join := func(r int, s side) {
		i, ok := def[r]
		switch {
		case !ok:
		case !seen[i]:
			seen[i], group[i] = true, s
		case group[i] != s:
			group[i] = none
		}
	}
	for _, r := range roots {
		join(r, none)
	}
	count := map[side]int{}
	for i := len(code) - 1; i >= 0; i-- {
		v := code[i]
		if v.uniform {
			group[i] = none
		}
		if group[i] != none {
			count[group[i]] += max(v.weight, 1)
		}
		for j, a := range v.arg {
			switch {
			case a < 0:
			case group[i] != none:
				join(a, group[i]) // of nested Selects, the outer side counts
			case v.choose && j > 0:
				join(a, side{v.arg[0], j == 1})
			default:
				join(a, none)
			}
		}
	}
	var out []virtual
	emitted := map[int]bool{}
	ready := func(v virtual) bool {
		for _, a := range v.arg {
			if _, ok := def[a]; ok && !emitted[a] {
				return false
			}
		}
		return true
	}
	move := func(s side) {
		if count[s] < worthGuard {
			return
		}
		count[s] = -1 // done
		var members []virtual
		var roots []int
		for i, v := range code {
			// What needs a result that is not there yet, for a later Select of
			// the side, stays where it is.
			if group[i] == s && ready(v) {
				members = append(members, v)
				emitted[v.d] = true
			} else {
				if group[i] == s {
					group[i] = none
				}
				roots = append(roots, v.arg[:]...)
			}
		}
		// Nearly all there is will hardly ever be skipped: it is the usual case
		// beside some edge.
		usual := 4*len(members) > 3*total
		members = guarded(members, roots, total)
		if !usual {
			f := skipIf
			if s.taken {
				f = skipUnless
			}
			out = append(out, virtual{d: -1, arg: [3]int{s.mask, -1, -1}, skip: f, count: len(members)})
		}
		out = append(out, members...)
	}
	for i, v := range code {
		if g := group[i]; g != none && (count[g] >= worthGuard || count[g] < 0) {
			continue // it comes right before the first Select of its side
		}
		if v.choose && group[i] == none {
			move(side{v.arg[0], true})
			move(side{v.arg[0], false})
		}
		out = append(out, v)
		emitted[v.d] = true
	}
	return out
}

// skipUnless reports whether no element of a mask is set, skipIf whether all
// are.
func skipUnless(p unsafe.Pointer, n int) bool { return allAre(p, n, 0) }

func skipIf(p unsafe.Pointer, n int) bool { return allAre(p, n, ^uint32(0)) }

func allAre(p unsafe.Pointer, n int, x uint32) bool {
	s := slice[uint32](p, n)
	for ; len(s) >= 16; s = s[16:] {
		t := (*[16]uint32)(s)
		if (t[0]^x)|(t[1]^x)|(t[2]^x)|(t[3]^x)|(t[4]^x)|(t[5]^x)|(t[6]^x)|(t[7]^x)|
			(t[8]^x)|(t[9]^x)|(t[10]^x)|(t[11]^x)|(t[12]^x)|(t[13]^x)|(t[14]^x)|(t[15]^x) != 0 {
			return false
		}
	}
	for _, y := range s {
		if y != x {
			return false
		}
	}
	return true
}
