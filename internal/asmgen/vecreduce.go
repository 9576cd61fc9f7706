package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// reduction is a primitive of package vec that makes one number of a slice.
type reduction struct {
	name     string
	doc      string
	e        element
	identity string
	combine  string // in Go, of s and x
	emit     func(v *vecgen, x, y reg.VecVirtual) reg.VecVirtual
}

func reductions() []reduction {
	var rs []reduction
	for _, e := range []element{f32, f64} {
		inf := func(sign int) string { return fmt.Sprintf("%s(math.Inf(%d))", e.goType, sign) }
		rs = append(rs,
			reduction{"Sum", "returns the sum of a, 0 if a is empty.", e, "0", "s + x", func(v *vecgen, x, y reg.VecVirtual) reg.VecVirtual {
				return v.do("VADD"+e.packed, x, y)
			}},
			reduction{"Max", "returns the largest element, NaN if there is one, and -Inf if a is empty.", e, inf(-1), "larger(s, x)", func(v *vecgen, x, y reg.VecVirtual) reg.VecVirtual {
				return v.extreme("VMAX", e.packed, x, y)
			}},
			reduction{"Min", "returns the smallest element, NaN if there is one, and +Inf if a is empty.", e, inf(1), "smaller(s, x)", func(v *vecgen, x, y reg.VecVirtual) reg.VecVirtual {
				return v.extreme("VMIN", e.packed, x, y)
			}})
	}
	return rs
}

// reduceLanes is how many running results there are: 256 bytes of them, enough to hide the latency of an addition.
func (r reduction) lanes() int { return 256 / r.e.size }

func (r reduction) fullName() string { return "Reduce" + r.name + r.e.name }

// reduce emits the kernel of r. It works on blocks of r.lanes() elements, and takes the rest as one more block that
// the caller has filled up. The running results are folded in halves: lane i takes lane i + half.
func (v *vecgen) reduce(r reduction) {
	e := r.e
	name := lower(r.fullName()) + v.simd.name
	v.begin(name, fmt.Sprintf("(a *%s, blocks int, last *%s) %s", e.goType, e.goType, e.goType), name+" is the kernel of "+r.fullName()+".")
	a, blocks, last := v.param("a"), v.param("blocks"), v.param("last")
	width := v.simd.bytes
	sums := make([]reg.VecVirtual, 256/width)
	for i := range sums { // the last block comes first: that needs no constant to begin with
		sums[i] = v.bytes(width)
		v.VMOVUPS(operand.Mem{Base: last, Disp: i * width}, sums[i])
	}
	loop, done := v.label("loop"), v.label("done")
	v.TESTQ(blocks, blocks)
	v.JEQ(operand.LabelRef(done))
	v.Label(loop)
	for i := range sums {
		x := v.bytes(width)
		v.VMOVUPS(operand.Mem{Base: a, Disp: i * width}, x)
		v.VMOVAPS(r.emit(v, sums[i], x), sums[i])
	}
	v.ADDQ(operand.U32(256), a)
	v.DECQ(blocks)
	v.JNE(operand.LabelRef(loop))
	v.Label(done)
	for len(sums) > 1 {
		half := len(sums) / 2
		for i := range half {
			sums[i] = r.emit(v, sums[i], sums[i+half])
		}
		sums = sums[:half]
	}
	s := sums[0]
	if width == 64 {
		h := v.YMM()
		v.VEXTRACTF64X4(operand.Imm(1), s, h)
		s = r.emit(v, s.AsY().(reg.VecVirtual), h)
	}
	h := v.XMM()
	v.VEXTRACTF128(operand.Imm(1), s, h)
	s = r.emit(v, s.AsX().(reg.VecVirtual), h)
	h = v.XMM()
	v.VPERMILPD(operand.Imm(1), s, h)
	s = r.emit(v, s, h)
	if e.size == 4 {
		h = v.XMM()
		v.VMOVSHDUP(s, h)
		s = r.emit(v, s, h)
	}
	c, err := v.ReturnIndex(0).Resolve()
	if err != nil {
		panic(err)
	}
	v.op("VMOV"+e.single, s, c.Addr)
	v.VZEROUPPER()
	v.RET()
}
