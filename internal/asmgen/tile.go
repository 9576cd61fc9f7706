package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tiler emits the kernels of one tier for one type.
type tiler struct {
	*asm
	element
	simd
	lanes int
	table operand.Mem // masks, where there are no mask registers
}

func (t *tiler) vec(i int) reg.VecPhysical {
	if t.masks {
		return zmm(i)
	}
	return ymm(i)
}

// zero clears the first n registers.
func (t *tiler) zero(n int) {
	for i := range n {
		if t.masks {
			t.VPXORD(t.vec(i), t.vec(i), t.vec(i))
		} else {
			t.VXORPS(t.vec(i), t.vec(i), t.vec(i))
		}
	}
}

// tile emits the kernel of rows rows and v vectors, and returns its name. If masked, the last vector may be partly in
// use; then every access to B and C is masked, which suppresses faults. There is none of more than two vectors for
// more than wideRows rows: then it returns nil.
//
// All sums stay in registers for the whole of k. Rows of A are addressed in threes, base, base+ars and base+2*ars, so
// that any strides do.
func (t *tiler) tile(rows, v int, masked bool) string {
	if v > 2 && rows > t.wideRows {
		return "nil"
	}
	name := fmt.Sprintf("tile%s%s_%dx%d", t.name0(), t.simd.name, rows, v)
	if masked && !t.masks {
		name = fmt.Sprintf("edge%s%s_%dx%d", t.name0(), t.simd.name, rows, v)
	}
	t.begin(name, fmt.Sprintf("(k int, a *%s, ars, acs int, b *%s, brs int, c *%s, ldc int, cols int, acc bool)", t.goType, t.goType, t.goType),
		fmt.Sprintf("%s computes a tile of %d rows and up to %d columns.", name, rows, v*t.lanes))

	sum := func(i, j int) reg.VecPhysical { return t.vec(i*v + j) }
	b := func(j int) reg.VecPhysical { return t.vec(rows*v + j) }
	factor := func(i int) reg.VecPhysical { return t.vec(rows*v + v + i%t.spare(rows, v)) }

	var window reg.GPVirtual
	if masked {
		cols := t.param("cols")
		if t.masks {
			bits := t.GP64()
			t.XORQ(bits, bits)
			t.NOTQ(bits)
			t.BZHIQ(cols, bits, bits)
			for j := range v {
				if t.size == 4 {
					t.KMOVW(bits.As32(), kreg(j+1))
				} else {
					t.KMOVB(bits.As32(), kreg(j+1))
				}
				if j+1 < v {
					t.SHRQ(operand.Imm(uint64(t.lanes)), bits)
				}
			}
		} else {
			window = t.GP64()
			t.LEAQ(t.table.Offset(t.maxVectors*t.lanes*t.size), window)
			t.SHLQ(operand.Imm(t.shift()), cols)
			t.SUBQ(cols, window)
		}
	}
	load := func(m operand.Mem, j int, dst reg.VecPhysical) {
		switch {
		case !masked:
			t.op("VMOVU"+t.packed, m, dst)
		case t.masks:
			t.op("VMOVU"+t.packed+"_Z", m, kreg(j+1), dst)
		default:
			t.op("VMOVU"+t.packed, operand.Mem{Base: window, Disp: j * t.bytes}, dst)
			t.op("VMASKMOV"+t.packed, m, dst, dst)
		}
	}

	c, ldc := t.param("c"), t.param("ldc")
	t.SHLQ(operand.Imm(t.shift()), ldc)
	acc := t.GP8()
	t.Load(t.Param("acc"), acc)
	fresh, ready := t.label("fresh"), t.label("ready")
	row := t.GP64()
	t.TESTB(acc, acc)
	t.JEQ(operand.LabelRef(fresh))
	t.MOVQ(c, row)
	for i := range rows {
		for j := range v {
			load(operand.Mem{Base: row, Disp: j * t.bytes}, j, sum(i, j))
		}
		if i+1 < rows {
			t.ADDQ(ldc, row)
		}
	}
	t.JMP(operand.LabelRef(ready))
	t.Label(fresh)
	t.zero(rows * v)
	t.Label(ready)

	bp, brs := t.param("b"), t.param("brs")
	ars, acs, k := t.param("ars"), t.param("acs"), t.param("k")
	for _, r := range []reg.GPVirtual{brs, ars, acs} {
		t.SHLQ(operand.Imm(t.shift()), r)
	}
	bases := []reg.GPVirtual{t.param("a")}
	if rows > 3 {
		step := t.GP64()
		t.LEAQ(operand.Mem{Base: ars, Index: ars, Scale: 2}, step)
		for i := 3; i < rows; i += 3 {
			r := t.GP64()
			t.LEAQ(operand.Mem{Base: bases[len(bases)-1], Index: step, Scale: 1}, r)
			bases = append(bases, r)
		}
	}
	loop := t.label("loop")
	t.Label(loop)
	for j := range v {
		load(operand.Mem{Base: bp, Disp: j * t.bytes}, j, b(j))
	}
	t.ADDQ(brs, bp)
	for i := range rows {
		m := operand.Mem{Base: bases[i/3]}
		if i%3 > 0 {
			m.Index, m.Scale = ars, uint8(i%3)
		}
		t.op("VBROADCAST"+t.single, m, factor(i))
		for j := range v {
			t.op("VFMADD231"+t.packed, b(j), factor(i), sum(i, j))
		}
		if i%3 == 2 || i == rows-1 {
			t.ADDQ(acs, bases[i/3])
		}
	}
	t.DECQ(k)
	t.JNE(operand.LabelRef(loop))

	for i := range rows {
		for j := range v {
			m := operand.Mem{Base: c, Disp: j * t.bytes}
			switch {
			case !masked:
				t.op("VMOVU"+t.packed, sum(i, j), m)
			case t.masks:
				t.op("VMOVU"+t.packed, sum(i, j), kreg(j+1), m)
			default:
				t.op("VMOVU"+t.packed, operand.Mem{Base: window, Disp: j * t.bytes}, b(0))
				t.op("VMASKMOV"+t.packed, sum(i, j), b(0), m)
			}
		}
		if i+1 < rows {
			t.ADDQ(ldc, c)
		}
	}
	t.VZEROUPPER()
	t.RET()
	return name
}

func (t *tiler) name0() string { return t.element.name }

// shift turns a number of elements into bytes.
func (t *tiler) shift() uint64 {
	if t.size == 8 {
		return 3
	}
	return 2
}

// spare is how many registers are left for factors of A, at most two.
func (t *tiler) spare(rows, v int) int {
	have := 16
	if t.masks {
		have = 32
	}
	return min(2, have-rows*v-v)
}
