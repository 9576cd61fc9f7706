package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dot emits the kernel of the dot products of rows rows of x with four rows of y, and returns its name. Lane l sums
// terms l, l+lanes, ...; the lanes are folded in halves.
func (t *tiler) dot(rows int) string {
	name := fmt.Sprintf("dot%s%s_%dx4", t.name0(), t.simd.name, rows)
	t.begin(name, fmt.Sprintf("(k int, x *%s, xs int, y *%s, ys int, out *[16]%s)", t.goType, t.goType, t.goType),
		fmt.Sprintf("%s computes %d times 4 dot products.", name, rows))
	sum := func(i, j int) reg.VecPhysical { return t.vec(i*4 + j) }
	xv := func(i int) reg.VecPhysical { return t.vec(rows*4 + i) }
	yv := t.vec(rows*4 + rows)
	zero := func(r reg.VecPhysical) {
		if t.masks {
			t.VPXORD(r, r, r)
		} else {
			t.VXORPS(r, r, r)
		}
	}
	for i := range rows * 4 {
		zero(t.vec(i))
	}
	k, x, xs, y, ys := t.param("k"), t.param("x"), t.param("xs"), t.param("y"), t.param("ys")
	t.SHLQ(operand.Imm(t.shift()), xs)
	t.SHLQ(operand.Imm(t.shift()), ys)
	xs3, ys3 := t.GP64(), t.GP64()
	t.LEAQ(operand.Mem{Base: xs, Index: xs, Scale: 2}, xs3)
	t.LEAQ(operand.Mem{Base: ys, Index: ys, Scale: 2}, ys3)
	at := func(base, s, s3 reg.GPVirtual, i int) operand.Mem {
		return [...]operand.Mem{{Base: base}, {Base: base, Index: s, Scale: 1}, {Base: base, Index: s, Scale: 2}, {Base: base, Index: s3, Scale: 1}}[i]
	}
	step := func(load func(m operand.Mem, dst reg.VecPhysical)) {
		for i := range rows {
			load(at(x, xs, xs3, i), xv(i))
		}
		for j := range 4 {
			load(at(y, ys, ys3, j), yv)
			for i := range rows {
				t.op("VFMADD231"+t.packed, yv, xv(i), sum(i, j))
			}
		}
	}
	loop, tail, fold := t.label("loop"), t.label("tail"), t.label("fold")
	t.SUBQ(operand.Imm(uint64(t.lanes)), k)
	t.JLT(operand.LabelRef(tail))
	t.Label(loop)
	step(func(m operand.Mem, dst reg.VecPhysical) { t.op("VMOVU"+t.packed, m, dst) })
	t.ADDQ(operand.Imm(uint64(t.bytes)), x)
	t.ADDQ(operand.Imm(uint64(t.bytes)), y)
	t.SUBQ(operand.Imm(uint64(t.lanes)), k)
	t.JGE(operand.LabelRef(loop))
	t.Label(tail)
	t.ADDQ(operand.Imm(uint64(t.lanes)), k)
	t.JEQ(operand.LabelRef(fold))
	if t.masks {
		bits := t.GP64()
		t.XORQ(bits, bits)
		t.NOTQ(bits)
		t.BZHIQ(k, bits, bits)
		t.KMOVW(bits.As32(), reg.K1)
		step(func(m operand.Mem, dst reg.VecPhysical) { t.op("VMOVU"+t.packed+"_Z", m, reg.K1, dst) })
	} else {
		window := t.GP64()
		t.LEAQ(t.table.Offset(t.maxVectors*t.lanes*t.size), window)
		t.SHLQ(operand.Imm(t.shift()), k)
		t.SUBQ(k, window)
		step(func(m operand.Mem, dst reg.VecPhysical) {
			t.op("VMOVU"+t.packed, operand.Mem{Base: window}, dst)
			t.op("VMASKMOV"+t.packed, m, dst, dst)
		})
	}
	t.Label(fold)
	out := t.param("out")
	// The second operand of a fold is the scratch register yv.
	for i := range rows {
		for j := range 4 {
			s := sum(i, j)
			if t.masks {
				t.VEXTRACTF64X4(operand.Imm(1), s, yv.AsY())
				t.op("VADD"+t.packed, yv.AsY(), s.AsY(), s.AsY())
				t.VEXTRACTF64X2(operand.Imm(1), s.AsY(), yv.AsX())
			} else {
				t.VEXTRACTF128(operand.Imm(1), s.AsY(), yv.AsX())
			}
			t.op("VADD"+t.packed, yv.AsX(), s.AsX(), s.AsX())
		}
		x0, x1, x2, x3 := sum(i, 0).AsX(), sum(i, 1).AsX(), sum(i, 2).AsX(), sum(i, 3).AsX()
		t.op("VHADD"+t.packed, x1, x0, x0)
		t.op("VHADD"+t.packed, x3, x2, x2)
		if t.size == 4 {
			t.VHADDPS(x2, x0, x0)
			t.VMOVUPS(x0, operand.Mem{Base: out, Disp: i * 16})
		} else {
			t.VMOVUPD(x0, operand.Mem{Base: out, Disp: i * 32})
			t.VMOVUPD(x2, operand.Mem{Base: out, Disp: i*32 + 16})
		}
	}
	t.VZEROUPPER()
	t.RET()
	return name
}
