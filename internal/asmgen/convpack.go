package main

import (
	"fmt"
	"strings"
)

// minPacked is the height of the lowest tile with packed weights: channels are cut as evenly as can be.
const minPacked = 7

// packedTiles emits tiles whose weights are packed, a row of the tile's for each step, and whose registers of x begin
// where they are told to, so that a tile may hold lines that are not next to each other; a register may be of two
// lines, too. It returns the tables of both kinds.
func (t convAsm) packedTiles() string {
	var b strings.Builder
	for lines := 1; lines <= 2; lines++ {
		fmt.Fprintf(&b, "var packed%d%s = [...]packedFunc[%s]{", lines, t.name, t.goType())
		for rows := range t.mr + 1 {
			if rows < minPacked {
				b.WriteString("nil, ")
				continue
			}
			fmt.Fprintf(&b, "%s, ", t.packedTile(rows, lines))
		}
		b.WriteString("}\n\n")
	}
	return b.String()
}

func (t convAsm) packedTile(rows, lines int) string {
	name := fmt.Sprintf("packed%dx%d%s", rows, lines, t.name)
	count := 2 * rows
	fmt.Fprintf(&t.stubs, "//go:noescape\nfunc %s(k int, w, x *%s, steps *int, c *%[2]s, ldc, acc, line, gap int)\n\n", name, t.goType())
	t.emit("\nTEXT ·%s(SB), NOSPLIT, $0-72", name)
	t.emit("\tMOVQ k+0(FP), CX\n\tMOVQ w+8(FP), AX\n\tMOVQ x+16(FP), BX\n\tMOVQ steps+24(FP), SI\n\tMOVQ c+32(FP), DI\n\tMOVQ ldc+40(FP), R8\n\tMOVQ acc+48(FP), R9")
	t.emit("\tSHLQ $%d, R8", t.shift())
	t.emit("\tTESTQ R9, R9\n\tMOVQ DI, R9\n\tJEQ zero")
	t.sums("VMOVU"+t.p+" %[2]d(R9), %[1]s", "ADDQ R8, R9", count, 2)
	// What is not read is fetched all the same, for the stores at the end.
	t.emit("\tJMP ready\nzero:")
	t.sums("PREFETCHT0 %[2]d(R9)", "ADDQ R8, R9", count, 2)
	for i := range count {
		t.emit("\tVXOR%s %s, %[2]s, %[2]s", t.p, t.v(i))
	}
	t.emit("ready:\n\tMOVQ line+56(FP), R11\n\tMOVQ gap+64(FP), R10\n\tADDQ BX, R10\n\tLEAQ (R10)(R11*1), R12\n\tADDQ BX, R11")
	if lines == 2 {
		t.emit("\tMOVQ $0xf0, R9\n\tKMOVB R9, K1")
	}
	t.emit("\nloop:\n\tMOVQ (SI), R9")
	for j, base := range []string{"BX", "R10"} {
		if lines == 1 {
			t.emit("\tVMOVU%s (%s)(R9*1), %s", t.p, base, t.v(31-j))
			continue
		}
		t.emit("\tVMOVU%s (%s)(R9*1), Y%d", t.p, base, 31-j)
		t.emit("\tVBROADCASTF64X4 (%s)(R9*1), K1, Z%d", []string{"R11", "R12"}[j], 31-j)
	}
	for r := range rows {
		w := t.v(29 - r%2)
		t.emit("\t%s %d(AX), %s", t.bcast, r*t.size, w)
		t.emit("\tVFMADD231%s %s, %s, %s", t.p, t.v(31), w, t.v(2*r))
		t.emit("\tVFMADD231%s %s, %s, %s", t.p, t.v(30), w, t.v(2*r+1))
	}
	t.emit("\tADDQ $%d, AX\n\tADDQ $8, SI\n\tDECQ CX\n\tJNZ loop\n", rows*t.size)
	t.sums("VMOVU"+t.p+" %[1]s, %[2]d(DI)", "ADDQ R8, DI", count, 2)
	t.emit("\tVZEROUPPER\n\tRET")
	return name
}
