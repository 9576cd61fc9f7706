package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// panelRows is how many rows ahead the packing kernels fetch: rows are too far apart for the processor to see a pattern.
const panelRows = 8

// copyPanels emits the kernel that lays four panels of a row-major B side by side: two vectors of each row a panel.
func copyPanels(a *asm, s simd) {
	vec := func(i int) reg.VecPhysical {
		if s.masks {
			return zmm(i)
		}
		return ymm(i)
	}
	name := "copyPanels" + s.name
	a.begin(name, "(dst *byte, panel int, src *byte, stride int, rows int)",
		fmt.Sprintf("%s copies %d bytes of each of several rows, a stride apart, to four panels.", name, 8*s.bytes))
	dst, panel, src, stride, rows := a.param("dst"), a.param("panel"), a.param("src"), a.param("stride"), a.param("rows")
	panel3, ahead := a.GP64(), a.GP64()
	a.LEAQ(operand.Mem{Base: panel, Index: panel, Scale: 2}, panel3)
	a.MOVQ(stride, ahead)
	a.IMUL3Q(operand.Imm(panelRows), ahead, ahead)
	a.ADDQ(src, ahead)
	loop := a.label("loop")
	a.Label(loop)
	for i := 0; i < 8*s.bytes; i += 64 {
		a.PREFETCHT0(operand.Mem{Base: ahead, Disp: i})
	}
	for i := range 8 {
		a.VMOVUPS(operand.Mem{Base: src, Disp: i * s.bytes}, vec(i))
	}
	for i := range 8 {
		m := operand.Mem{Base: dst, Disp: i % 2 * s.bytes}
		switch i / 2 {
		case 1:
			m.Index, m.Scale = panel, 1
		case 2:
			m.Index, m.Scale = panel, 2
		case 3:
			m.Index, m.Scale = panel3, 1
		}
		a.VMOVUPS(vec(i), m)
	}
	a.ADDQ(operand.I32(int32(2*s.bytes)), dst)
	a.ADDQ(stride, src)
	a.ADDQ(stride, ahead)
	a.DECQ(rows)
	a.JNE(operand.LabelRef(loop))
	a.VZEROUPPER()
	a.RET()
}

// turn emits the kernel that transposes rows of float32, up to 16 of them and 16 elements of each at a time: what packing
// a row-major A or a column-major B is.
func turn(a *asm, rows int) string {
	name := fmt.Sprintf("turn%dAVX512", rows)
	a.begin(name, "(dst *float32, ds int, src *float32, ss int, n int)",
		fmt.Sprintf("%s sets dst[p*ds+i] = src[i*ss+p] for i < %d and p < 16*n, n > 0.", name, rows))
	dst, ds, src, ss, n := a.param("dst"), a.param("ds"), a.param("src"), a.param("ss"), a.param("n")
	a.SHLQ(operand.Imm(2), ds)
	a.SHLQ(operand.Imm(2), ss)
	from, to := fours(a, src, ss), fours(a, dst, ds)
	if rows < 16 {
		a.MOVQ(operand.U32(1<<rows-1), n)
		a.KMOVW(n.As32(), kreg(1))
		a.Load(a.Param("n"), n)
	}
	store := func(r reg.VecPhysical, p int) {
		if rows < 16 {
			a.VMOVUPS(r, kreg(1), to(p))
		} else {
			a.VMOVUPS(r, to(p))
		}
	}
	loop := a.label("loop")
	a.Label(loop)
	for i := range 16 {
		if i >= rows {
			a.VPXORD(zmm(i), zmm(i), zmm(i))
			continue
		}
		m := from(i)
		a.VMOVUPS(m, zmm(i))
		m.Disp = turnAhead
		a.PREFETCHT0(m)
	}
	// Pairs, then fours of rows, within quarters of registers: of register 4*g+c, quarter q comes to hold column 4*q+c
	// of rows 4*g to 4*g+3.
	for i := 0; i < 16; i += 2 {
		a.VUNPCKLPS(zmm(i+1), zmm(i), zmm(16+i))
		a.VUNPCKHPS(zmm(i+1), zmm(i), zmm(17+i))
	}
	for i := 0; i < 16; i += 4 {
		a.VUNPCKLPD(zmm(18+i), zmm(16+i), zmm(i))
		a.VUNPCKHPD(zmm(18+i), zmm(16+i), zmm(i+1))
		a.VUNPCKLPD(zmm(19+i), zmm(17+i), zmm(i+2))
		a.VUNPCKHPD(zmm(19+i), zmm(17+i), zmm(i+3))
	}
	const even, odd = operand.U8(0x88), operand.U8(0xdd) // quarters of both operands
	for c := range 4 {
		for half, quarters := range []operand.U8{even, odd} {
			low, high := zmm(16+c), zmm(20+c) // of rows 0 to 7 and 8 to 15: columns 4*half+c and 8 more
			a.VSHUFF32X4(quarters, zmm(4+c), zmm(c), low)
			a.VSHUFF32X4(quarters, zmm(12+c), zmm(8+c), high)
			a.VSHUFF32X4(even, high, low, zmm(24+c))
			store(zmm(24+c), 4*half+c)
			a.VSHUFF32X4(odd, high, low, zmm(28+c))
			store(zmm(28+c), 8+4*half+c)
		}
	}
	a.ADDQ(operand.Imm(64), src)
	for i := 4; i < 16; i += 4 {
		a.ADDQ(operand.Imm(64), from(i).Base)
	}
	a.SHLQ(operand.Imm(4), ds)
	for i := 0; i < 16; i += 4 {
		a.ADDQ(ds, to(i).Base)
	}
	a.SHRQ(operand.Imm(4), ds)
	a.DECQ(n)
	a.JNE(operand.LabelRef(loop))
	a.VZEROUPPER()
	a.RET()
	return name
}

// turnAhead is how far, in bytes, turn fetches ahead of what it reads.
const turnAhead = 512

// fours returns where row i < 16 begins, of rows stride bytes apart.
func fours(a *asm, base, stride reg.GPVirtual) func(i int) operand.Mem {
	stride3 := a.GP64()
	a.LEAQ(operand.Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	bases := []reg.GPVirtual{base}
	for i := range 3 {
		r := a.GP64()
		a.LEAQ(operand.Mem{Base: bases[i], Index: stride, Scale: 4}, r)
		bases = append(bases, r)
	}
	return func(i int) operand.Mem {
		m := operand.Mem{Base: bases[i/4]}
		switch i % 4 {
		case 1, 2:
			m.Index, m.Scale = stride, uint8(i%4)
		case 3:
			m.Index, m.Scale = stride3, 1
		}
		return m
	}
}
