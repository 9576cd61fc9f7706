package main

import (
	"github.com/mmcloughlin/avo/reg"

	"github.com/hekla-ml/hekla/pointwise"
)

// mulAdd emits x*y + z. The instruction overwrites one of its operands: one that nobody reads later, if there is one,
// else a copy. Another may be memory. Of a constant only y and z may be.
func (f *fuser) mulAdd(x, y, z int) reg.VecVirtual {
	inMemory := func(r int) bool { return f.isConst(r) || f.spilled[r] }
	switch {
	case inMemory(z) && inMemory(y): // y is fetched, and then its register is free
		d := f.vec(y)
		f.accumulate("VFMADD213PS", z, f.vec(x), d)
		return d
	case inMemory(z) || !f.free(z) && (f.free(x) || f.free(y) && !inMemory(y)):
		if !f.free(x) && f.free(y) && !inMemory(y) {
			x, y = y, x
		}
		d := f.own(x)
		if inMemory(y) {
			f.accumulate("VFMADD132PS", y, f.vec(z), d)
		} else {
			f.accumulate("VFMADD213PS", z, f.vec(y), d)
		}
		return d
	}
	d := f.own(z)
	f.accumulate("VFMADD231PS", y, f.vec(x), d)
	return d
}

// accumulate emits an instruction whose first operand may be memory and whose last is read and written.
func (f *fuser) accumulate(name string, r int, s, d reg.VecVirtual) {
	o, suffix := f.source(r)
	f.op(name+suffix, o, s, d)
}

// origin returns the register of which r is another name.
func (f *fuser) origin(r int) int {
	for f.code(r).Op == pointwise.OpBitcast {
		r = f.code(r).Arg[0]
	}
	return r
}

// free reports whether the instruction at hand is the last to read r, so that it may overwrite it. Inputs are left
// alone: scalars are there for all elements.
func (f *fuser) free(r int) bool {
	o := f.origin(r)
	return f.spilled[r] || f.code(o).Op != pointwise.OpInput && f.last[o] == f.at
}

// own returns a register with r that may be overwritten.
func (f *fuser) own(r int) reg.VecVirtual {
	v := f.vec(r)
	if f.free(r) || f.isConst(r) {
		return v
	}
	d := f.bytes(f.simd.bytes)
	f.VMOVAPS(v, d)
	return d
}
