package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// unrolled is how many terms a full tile adds between two jumps.
const unrolled = 4

// full emits the kernel of the largest tile, of packed panels: elements of A are rows apart and those of B the width of
// the tile, so that displacements do instead of additions, which would take turns with the multiply-adds. On the way
// it fetches what comes next: first the lines of C that another tile is to load, then some of the next panel of B.
func (t *tiler) full() string {
	rows, v := t.rows, 2
	name := "full" + t.name0() + t.simd.name
	t.begin(name, fmt.Sprintf("(k int, a, b, c *%s, ldc int, next, ahead *%s, acc bool)", t.goType, t.goType),
		fmt.Sprintf("%s computes a tile of %d rows and %d columns from packed panels.", name, rows, v*t.lanes))
	sum := func(i, j int) reg.VecPhysical { return t.vec(i*v + j) }
	b := func(j int) reg.VecPhysical { return t.vec(rows*v + j) }
	factor := func(i int) reg.VecPhysical { return t.vec(rows*v + v + i%t.spare(rows, v)) }
	at := func(r reg.GPVirtual, j int) operand.Mem { return operand.Mem{Base: r, Disp: j * t.bytes} }

	c, ldc := t.param("c"), t.param("ldc")
	t.SHLQ(operand.Imm(t.shift()), ldc)
	acc := t.GP8()
	t.Load(t.Param("acc"), acc)
	fresh, ready := t.label("fresh"), t.label("ready")
	row := t.GP64()
	t.MOVQ(c, row)
	t.TESTB(acc, acc)
	t.JEQ(operand.LabelRef(fresh))
	for i := range rows {
		for j := range v {
			t.op("VMOVU"+t.packed, at(row, j), sum(i, j))
		}
		if i+1 < rows {
			t.ADDQ(ldc, row)
		}
	}
	t.JMP(operand.LabelRef(ready))
	t.Label(fresh)
	t.zero(rows * v)
	t.Label(ready)
	a, bp, k := t.param("a"), t.param("b"), t.param("k")
	term := func(p int) {
		for j := range v {
			t.op("VMOVU"+t.packed, at(bp, p*v+j), b(j))
		}
		for i := range rows {
			t.op("VBROADCAST"+t.single, operand.Mem{Base: a, Disp: (p*rows + i) * t.size}, factor(i))
			for j := range v {
				t.op("VFMADD231"+t.packed, b(j), factor(i), sum(i, j))
			}
		}
	}
	next := func(terms int) {
		t.ADDQ(operand.I32(int32(terms*rows*t.size)), a)
		t.ADDQ(operand.I32(int32(terms*v*t.bytes)), bp)
	}
	several, single, done := t.label("several"), t.label("single"), t.label("done")
	t.SUBQ(operand.Imm(unrolled), k)
	t.JLT(operand.LabelRef(single))
	loop := func(fetch func()) {
		for p := range unrolled {
			term(p)
			if p == 1 {
				fetch()
			}
		}
		next(unrolled)
	}
	fetching, left := t.label("fetching"), t.GP64()
	t.Load(t.Param("next"), row)
	t.MOVQ(operand.U32(uint32(rows)), left)
	t.Label(fetching)
	loop(func() {
		for j := range v {
			t.PREFETCHT0(at(row, j))
		}
		t.ADDQ(ldc, row)
	})
	t.SUBQ(operand.Imm(unrolled), k)
	t.JLT(operand.LabelRef(single))
	t.DECQ(left)
	t.JNE(operand.LabelRef(fetching))
	t.Load(t.Param("ahead"), row)
	t.Label(several)
	loop(func() {
		t.PREFETCHT1(at(row, 0))
		t.ADDQ(operand.Imm(64), row)
	})
	t.SUBQ(operand.Imm(unrolled), k)
	t.JGE(operand.LabelRef(several))
	t.Label(single)
	t.ADDQ(operand.Imm(unrolled), k)
	t.JEQ(operand.LabelRef(done))
	rest := t.label("rest")
	t.Label(rest)
	term(0)
	next(1)
	t.DECQ(k)
	t.JNE(operand.LabelRef(rest))
	t.Label(done)

	for i := range rows {
		for j := range v {
			t.op("VMOVU"+t.packed, sum(i, j), at(c, j))
		}
		if i+1 < rows {
			t.ADDQ(ldc, c)
		}
	}
	t.VZEROUPPER()
	t.RET()
	return name
}
