package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"

	"github.com/hekla-ml/hekla/pointwise"
)

// pressure decides which results live on the stack: avo has no spilling. As long as more are alive at once than there
// are registers, of those alive there the one with the longest life goes.
func (f *fuser) pressure(items []item) {
	f.spilled, f.widened, f.last = map[int]bool{}, map[int]bool{}, map[int]int{}
	limit := 11 // of 16, less what instructions need besides
	if f.simd.masks {
		limit = 24
	}
	// Lives by position in the order of emission; results of a block live from its start.
	first, last := map[int]int{}, map[int]int{}
	at := 0
	read := func(r int) {
		if in := f.code(r); in.Op != pointwise.OpConst {
			last[r] = at
			f.last[f.origin(r)] = at
		}
	}
	var walk func(items []item)
	walk = func(items []item) {
		for _, it := range items {
			if b := it.block; b != nil {
				read(b.mask)
				start := at
				walk(b.items)
				for _, r := range b.results {
					f.widened[r] = f.simd.masks && f.code(r).Kind == pointwise.Bool
					read(r)
					first[r] = start
				}
				at++
				continue
			}
			in := f.code(it.reg)
			for _, a := range in.Args() {
				read(a)
			}
			if _, ok := first[it.reg]; !ok {
				first[it.reg] = at
			}
			at++
		}
	}
	for i, in := range f.p.Code {
		if in.Op == pointwise.OpInput {
			first[i] = 0
		}
	}
	walk(items)
	read(f.p.Outputs[0])
	if f.simd.masks {
		// Seven masks, less those of the tail, of mulHigh, and one for an instruction's own use.
		for r := f.excess(first, last, at, 3, f.inMask); r >= 0; r = f.excess(first, last, at, 3, f.inMask) {
			f.widened[r] = true
		}
	}
	for r := f.excess(first, last, at, limit, f.inRegister); r >= 0; r = f.excess(first, last, at, limit, f.inRegister) {
		f.spilled[r] = true
	}
}

// excess returns the longest-lived of the results of a kind that are alive where the most of them are, if those are
// more than limit, else -1.
func (f *fuser) excess(first, last map[int]int, end, limit int, kind func(r int) bool) int {
	worst, most := -1, limit
	for i := range end {
		n := 0
		for r := range first {
			if kind(r) && first[r] <= i && last[r] >= i {
				n++
			}
		}
		if n > most {
			worst, most = i, n
		}
	}
	longest, far := -1, math.MinInt
	for r, in := range f.p.Code {
		_, ok := first[r]
		if worst < 0 || !ok || !kind(r) || in.Op == pointwise.OpInput || first[r] >= worst || last[r] <= worst {
			continue
		}
		if life := last[r] - first[r]; life > far {
			longest, far = r, life
		}
	}
	return longest // if none can go avo will tell
}

// inRegister reports whether r takes a vector register while it lives.
func (f *fuser) inRegister(r int) bool {
	return !f.spilled[r] && f.code(r).Op != pointwise.OpConst && !f.inMask(r)
}

// inMask reports whether r takes a mask register while it lives.
func (f *fuser) inMask(r int) bool {
	return f.simd.masks && f.code(r).Kind == pointwise.Bool && !f.widened[r]
}

// slot returns a new place on the stack. Both copies of a function's body use the same ones.
func (f *fuser) slot() operand.Mem {
	if f.slots == len(f.locals) {
		f.locals = append(f.locals, f.AllocLocal(f.simd.bytes))
		if len(f.locals)*f.simd.bytes > 512 {
			f.Attributes(0) // too large a frame to go without a check of the stack
		}
	}
	f.slots++
	return f.locals[f.slots-1]
}

// repeated returns a constant of eight times the word w.
func (a *asm) repeated(name string, w uint32) operand.Mem {
	m := a.StaticGlobal(name)
	a.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 8 {
		a.AddDatum(4*i, operand.U32(w))
	}
	return m
}
