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

	// A reduction with terms joins what these make of one or two slices, x and y, and a number m. Where x is 0 and y
	// (or x, if that is all there is) is m, the term is 0.
	slices int
	goTerm string
	term   func(v *vecgen, m reg.VecVirtual, in []reg.VecVirtual) reg.VecVirtual
}

func (r reduction) names() []string { return inNames[:max(r.slices, 1)] }

func reductions() []reduction {
	var rs []reduction
	for _, e := range []element{f32, f64} {
		add := func(v *vecgen, x, y reg.VecVirtual) reg.VecVirtual { return v.do("VADD"+e.packed, x, y) }
		inf := func(sign int) string { return fmt.Sprintf("%s(math.Inf(%d))", e.goType, sign) }
		rs = append(rs,
			reduction{name: "Sum", doc: "returns the sum of a, 0 if a is empty.", e: e, identity: "0", combine: "s + x", emit: add},
			reduction{name: "Squares", doc: "returns the sum of the squares of a - m.", e: e, identity: "0", combine: "s + x", emit: add,
				slices: 1, goTerm: e.goType + "((x - m) * (x - m))", term: func(v *vecgen, m reg.VecVirtual, in []reg.VecVirtual) reg.VecVirtual {
					d := v.do("VSUB"+e.packed, in[0], m)
					return v.do("VMUL"+e.packed, d, d)
				}},
			reduction{name: "Products", doc: "returns the sum of a * (b - m).", e: e, identity: "0", combine: "s + x", emit: add,
				slices: 2, goTerm: e.goType + "(x * (y - m))", term: func(v *vecgen, m reg.VecVirtual, in []reg.VecVirtual) reg.VecVirtual {
					return v.do("VMUL"+e.packed, in[0], v.do("VSUB"+e.packed, in[1], m))
				}},
			reduction{name: "Max", doc: "returns the largest element, NaN if there is one, and -Inf if a is empty.", e: e, identity: inf(-1), combine: "larger(s, x)", emit: func(v *vecgen, x, y reg.VecVirtual) reg.VecVirtual {
				return v.extreme("VMAX", e.packed, x, y)
			}},
			reduction{name: "Min", doc: "returns the smallest element, NaN if there is one, and +Inf if a is empty.", e: e, identity: inf(1), combine: "smaller(s, x)", emit: func(v *vecgen, x, y reg.VecVirtual) reg.VecVirtual {
				return v.extreme("VMIN", e.packed, x, y)
			}})
	}
	return rs
}

// reduceLanes is how many running results there are: 256 bytes of them, enough to hide the latency of an addition.
func (r reduction) lanes() int { return 256 / r.e.size }

func (r reduction) fullName() string { return "Reduce" + r.name + r.e.name }

// ahead is how far in front of its reads a reduction fetches, in bytes: half a page. Long sums gain a fifth by it.
const ahead = 2048

// reduce emits the kernel of r. It works on blocks of r.lanes() elements, and takes the rest as one more block that
// the caller has filled up. The running results are folded in halves: lane i takes lane i + half.
func (v *vecgen) reduce(r reduction) {
	e := r.e
	name := lower(r.fullName()) + v.simd.name
	args, lasts := "", ""
	for _, a := range r.names() {
		args += fmt.Sprintf("%s *%s, ", a, e.goType)
		lasts += fmt.Sprintf(", last%s *%s", a, e.goType)
	}
	if r.term != nil {
		args += "m " + e.goType + ", "
	}
	v.begin(name, fmt.Sprintf("(%sblocks int%s) %s", args, lasts, e.goType), name+" is the kernel of "+r.fullName()+".")
	var from, last []reg.GPVirtual
	for _, a := range r.names() {
		from, last = append(from, v.param(a)), append(last, v.param("last"+a))
	}
	blocks := v.param("blocks")
	width := v.simd.bytes
	var m reg.VecVirtual
	if r.term != nil {
		c, err := v.Param("m").Resolve()
		if err != nil {
			panic(err)
		}
		m = v.broadcast(c.Addr, e.size)
	}
	// term returns what is to be joined of register i of a block.
	term := func(at []reg.GPVirtual, i int) reg.VecVirtual {
		var in []reg.VecVirtual
		for _, p := range at {
			x := v.bytes(width)
			v.VMOVUPS(operand.Mem{Base: p, Disp: i * width}, x)
			in = append(in, x)
		}
		if r.term == nil {
			return in[0]
		}
		return r.term(v, m, in)
	}
	sums := make([]reg.VecVirtual, 256/width)
	for i := range sums { // the last block comes first: that needs no constant to begin with
		sums[i] = term(last, i)
	}
	loop, done := v.label("loop"), v.label("done")
	v.TESTQ(blocks, blocks)
	v.JEQ(operand.LabelRef(done))
	v.Label(loop)
	for _, p := range from { // processors stop prefetching at the end of a page
		for i := 0; i < 256; i += 64 {
			v.PREFETCHT0(operand.Mem{Base: p, Disp: ahead + i})
		}
	}
	for i := range sums {
		v.VMOVAPS(r.emit(v, sums[i], term(from, i)), sums[i])
	}
	for _, p := range from {
		v.ADDQ(operand.U32(256), p)
	}
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
