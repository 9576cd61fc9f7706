package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// generateStrided writes the transposes of package strided, which sees words instead of floats.
func generateStrided(dir string) error {
	a := newAsm("strided")
	transpose(a, element{"32", "uint32", 4, "", ""})
	transpose(a, element{"64", "uint64", 8, "", ""})
	return a.write(dir, "transpose_amd64")
}

// transpose emits the kernel that transposes blocks of 8 by 8 (float64: 4 by 4) elements, n of them in a row: what
// packing a row-major A or a column-major B is. Gathers would read the same with a load per element.
func transpose(a *asm, e element) {
	lanes := 32 / e.size
	name := "transpose" + e.name + "AVX2"
	a.begin(name, fmt.Sprintf("(dst *%s, ds int, src *%s, ss int, n int)", e.goType, e.goType),
		fmt.Sprintf("%s sets dst[p*ds+i] = src[i*ss+p] for i < %d and p < %d*n, n > 0.", name, lanes, lanes))
	dst, ds, src, ss, n := a.param("dst"), a.param("ds"), a.param("src"), a.param("ss"), a.param("n")
	shift := operand.Imm(2)
	if e.size == 8 {
		shift = operand.Imm(3)
	}
	a.SHLQ(shift, ds)
	a.SHLQ(shift, ss)
	ds3, ss3 := a.GP64(), a.GP64()
	a.LEAQ(operand.Mem{Base: ds, Index: ds, Scale: 2}, ds3)
	a.LEAQ(operand.Mem{Base: ss, Index: ss, Scale: 2}, ss3)
	low, high := a.GP64(), a.GP64()
	at := func(base, s, s3 reg.GPVirtual, i int) operand.Mem {
		return [...]operand.Mem{{Base: base}, {Base: base, Index: s, Scale: 1}, {Base: base, Index: s, Scale: 2}, {Base: base, Index: s3, Scale: 1}}[i]
	}
	loop := a.label("loop")
	a.Label(loop)
	if lanes == 8 {
		a.LEAQ(operand.Mem{Base: src, Index: ss, Scale: 4}, high)
		for i := range 4 {
			a.VMOVUPS(at(src, ss, ss3, i), ymm(i))
			a.VMOVUPS(at(high, ss, ss3, i), ymm(i+4))
		}
		for i := 0; i < 8; i += 2 { // pairs of rows: 8..15
			a.VUNPCKLPS(ymm(i+1), ymm(i), ymm(8+i))
			a.VUNPCKHPS(ymm(i+1), ymm(i), ymm(9+i))
		}
		for i := 0; i < 8; i += 4 { // fours of rows: 0..7
			a.VUNPCKLPD(ymm(10+i), ymm(8+i), ymm(i))
			a.VUNPCKHPD(ymm(10+i), ymm(8+i), ymm(i+1))
			a.VUNPCKLPD(ymm(11+i), ymm(9+i), ymm(i+2))
			a.VUNPCKHPD(ymm(11+i), ymm(9+i), ymm(i+3))
		}
		a.LEAQ(operand.Mem{Base: dst, Index: ds, Scale: 4}, low)
		for i := range 4 {
			a.VPERM2F128(operand.Imm(0x20), ymm(i+4), ymm(i), ymm(8+i))
			a.VPERM2F128(operand.Imm(0x31), ymm(i+4), ymm(i), ymm(12+i))
			a.VMOVUPS(ymm(8+i), at(dst, ds, ds3, i))
			a.VMOVUPS(ymm(12+i), at(low, ds, ds3, i))
		}
		a.LEAQ(operand.Mem{Base: low, Index: ds, Scale: 4}, dst)
	} else {
		for i := range 4 {
			a.VMOVUPD(at(src, ss, ss3, i), ymm(i))
		}
		for i := 0; i < 4; i += 2 {
			a.VUNPCKLPD(ymm(i+1), ymm(i), ymm(4+i))
			a.VUNPCKHPD(ymm(i+1), ymm(i), ymm(5+i))
		}
		for i := range 2 {
			a.VPERM2F128(operand.Imm(0x20), ymm(6+i), ymm(4+i), ymm(i))
			a.VPERM2F128(operand.Imm(0x31), ymm(6+i), ymm(4+i), ymm(2+i))
		}
		for i := range 4 {
			a.VMOVUPD(ymm(i), at(dst, ds, ds3, i))
		}
		a.LEAQ(operand.Mem{Base: dst, Index: ds, Scale: 4}, dst)
	}
	a.ADDQ(operand.Imm(32), src)
	a.DECQ(n)
	a.JNE(operand.LabelRef(loop))
	a.VZEROUPPER()
	a.RET()
}
