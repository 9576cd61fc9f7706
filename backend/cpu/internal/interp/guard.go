package interp

import "unsafe"

// worthGuard is the number of steps from which it pays to look at a mask to
// skip them.
const worthGuard = 12

// A side is one branch of the Selects by one mask.
type side struct {
	mask  int
	taken bool
}

// guard finds long computations that only one branch of Selects by one mask
// reads, such as the reduction of large numbers in a sine, moves each to right
// before the first of those Selects, and has it skipped in blocks where no
// element takes that branch. What the Select then reads instead is any old
// content of the register.
func (l *lowering) guard(outs []int) {
	def := map[int]int{} // of registers, by index in code
	for i, v := range l.code {
		def[v.d] = i
	}
	// group of a step: the side all readers of its result belong to.
	none := side{mask: -1}
	group := make([]side, len(l.code))
	seen := make([]bool, len(l.code))
	join := func(r int, s side) {
		i, ok := def[r]
		if !ok {
			return
		}
		if !seen[i] {
			seen[i], group[i] = true, s
		} else if group[i] != s {
			group[i] = none
		}
	}
	for _, r := range outs {
		join(r, none)
	}
	count := map[side]int{}
	for i := len(l.code) - 1; i >= 0; i-- {
		v := l.code[i]
		if group[i] != none && !v.uniform {
			count[group[i]]++
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
	var code []virtual
	done := make([]bool, len(l.code))
	move := func(s side) {
		n := count[s]
		if n < worthGuard {
			return
		}
		at := len(code)
		f := skipUnless
		if !s.taken {
			f = skipIf
		}
		code = append(code, virtual{f: nil, d: -1, arg: [3]int{s.mask, -1, -1}, skip: f})
		for i, v := range l.code {
			if group[i] == s && !v.uniform {
				code = append(code, v)
				done[i] = true
			}
		}
		code[at].count = len(code) - at - 1
		delete(count, s)
	}
	for i, v := range l.code {
		if done[i] {
			continue
		}
		if g := group[i]; g != none && !v.uniform && count[g] >= worthGuard {
			continue // it comes right before the first Select of its side
		}
		if v.choose && group[i] == none {
			move(side{v.arg[0], true})
			move(side{v.arg[0], false})
		}
		code = append(code, v)
	}
	l.code = code
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
