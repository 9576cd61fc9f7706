package main

import (
	"fmt"
	"strings"
)

// The largest tile keeps 24 sums, 3 vectors of B and 4 of A in 31 of 32 registers.
const (
	neonRows    = 8
	neonVectors = 3
	neonDotRows = 4
)

func generateGemmNEON(dir string) error {
	a, table := newNeonAsm(), new(strings.Builder)
	for _, e := range []element{f32, f64} {
		a.use(e)
		fmt.Fprintf(table, "// tiles%sNEON[v-1][rows-1] computes a tile of that height and v vectors' width.\n", e.name)
		fmt.Fprintf(table, "var tiles%sNEON = [%d][%d]tileFunc[%s]{\n", e.name, neonVectors, neonRows, e.goType)
		for v := 1; v <= neonVectors; v++ {
			table.WriteString("{")
			for rows := 1; rows <= neonRows; rows++ {
				fmt.Fprintf(table, "%s,", a.tile(rows, v, false))
			}
			table.WriteString("},\n")
		}
		fmt.Fprintf(table, "}\n\n// packed%sNEON is the largest tile for an A whose columns are contiguous.\n", e.name)
		fmt.Fprintf(table, "var packed%sNEON tileFunc[%s] = %s\n\n", e.name, e.goType, a.tile(neonRows, neonVectors, true))
		fmt.Fprintf(table, "var dots%sNEON = [...]dotFunc[%s]{", e.name, e.goType)
		for rows := 1; rows <= neonDotRows; rows++ {
			fmt.Fprintf(table, "%s,", a.dot(rows))
		}
		table.WriteString("}\n\n")
		a.transpose()
	}
	return a.write(dir, "gemm_neon_arm64", "gemm", table.String())
}

// tile emits the kernel of rows rows and v full vectors, and returns its name. All sums stay in registers for the
// whole of k. If packed, a column of A is loaded as vectors and multiplied lane by lane, else element by element.
func (a *neonAsm) tile(rows, v int, packed bool) string {
	name := fmt.Sprintf("tile%sNEON_%dx%d", a.name, rows, v)
	if packed {
		name = fmt.Sprintf("packed%sNEON_%dx%d", a.name, rows, v)
	}
	a.begin(name, fmt.Sprintf("computes a tile of %d rows and %d columns.", rows, v*a.lanes),
		"k int", "a *"+a.goType, "ars int", "acs int", "b *"+a.goType, "brs int", "c *"+a.goType, "ldc int", "acc bool")
	for _, r := range []string{"R2", "R3", "R5", "R7"} {
		a.bytes(r)
	}
	for i := range rows * v {
		a.zero(i)
	}
	a.line("CBZ R8, ready")
	a.line("MOVD R6, R9")
	for i := range rows {
		a.line("VLD1.P (R9)(R7), %s", a.vs(i*v, v))
	}
	a.label("ready")
	row := func(i int) string { return fmt.Sprintf("R%d", 9+i) }
	if !packed {
		a.line("MOVD R1, R9")
		for i := 1; i < rows; i++ {
			a.line("ADD R2, %s, %s", row(i-1), row(i))
		}
	}
	b, factors := rows*v, rows*v+v
	a.label("loop")
	a.line("VLD1.P (R4)(R5), %s", a.vs(b, v))
	if packed {
		a.line("VLD1.P (R1)(R3), %s", a.vs(factors, rows/a.lanes))
	}
	for i := range rows {
		factor := factors + i%(32-factors)
		if !packed {
			a.line("VLD1R.P (%s)(R3), [%s]", row(i), a.v(factor))
		}
		for j := range v {
			if packed {
				a.fmaLane(b+j, factors+i/a.lanes, i%a.lanes, i*v+j)
			} else {
				a.fma(b+j, factor, i*v+j)
			}
		}
	}
	a.line("SUBS $1, R0, R0")
	a.line("BNE loop")
	for i := range rows {
		a.line("VST1.P %s, (R6)(R7)", a.vs(i*v, v))
	}
	a.line("RET")
	return name
}

// dot emits the kernel of the dot products of rows rows of x with four rows of y, and returns its name. Lane l sums
// terms l, l+lanes, ...; the lanes are folded by neighbours. k is a multiple of the lanes and not 0.
func (a *neonAsm) dot(rows int) string {
	name := fmt.Sprintf("dot%sNEON_%dx4", a.name, rows)
	a.begin(name, fmt.Sprintf("computes %d times 4 dot products of whole vectors.", rows),
		"k int", "x *"+a.goType, "xs int", "y *"+a.goType, "ys int", "out *[16]"+a.goType)
	a.bytes("R2")
	a.bytes("R4")
	for i := 1; i < rows; i++ { // rows of x: R1, R6, R7, R8
		a.line("ADD R2, %s, R%d", map[bool]string{true: "R1", false: fmt.Sprintf("R%d", 4+i)}[i == 1], 5+i)
	}
	a.line("ADD R4, R3, R9") // rows of y: R3, R9, R10, R11
	a.line("ADD R4, R9, R10")
	a.line("ADD R4, R10, R11")
	for i := range 4 * rows {
		a.zero(i)
	}
	a.label("loop")
	for i := range rows {
		a.line("VLD1.P 16(%s), %s", []string{"R1", "R6", "R7", "R8"}[i], a.vs(16+i, 1))
	}
	for j, y := range []string{"R3", "R9", "R10", "R11"} {
		a.line("VLD1.P 16(%s), %s", y, a.vs(20+j, 1))
		for i := range rows {
			a.fma(20+j, 16+i, 4*i+j)
		}
	}
	a.line("SUBS $%d, R0, R0", a.lanes)
	a.line("BNE loop")
	for i := range rows {
		a.addPairs(4*i, 4*i+1, 16)
		a.addPairs(4*i+2, 4*i+3, 17)
		if a.lanes == 4 {
			a.addPairs(16, 17, 16)
			a.line("VST1.P %s, 16(R5)", a.vs(16, 1))
		} else {
			a.line("VST1.P %s, 32(R5)", a.vs(16, 2))
		}
	}
	a.line("RET")
	return name
}

// transpose emits the kernel that transposes square blocks as wide as a vector, n of them in a row.
func (a *neonAsm) transpose() {
	a.begin(fmt.Sprintf("transpose%sNEON", a.name), fmt.Sprintf("sets dst[p*ds+i] = src[i*ss+p] for i < %d and p < %[1]d*n, n > 0.", a.lanes),
		"dst *"+a.goType, "ds int", "src *"+a.goType, "ss int", "n int")
	a.bytes("R1")
	a.bytes("R3")
	for i := 1; i < a.lanes; i++ {
		a.line("ADD R3, R%d, R%d", []int{2, 6, 7}[i-1], 5+i)
	}
	a.label("loop")
	for i := range a.lanes {
		a.line("VLD1.P 16(R%d), %s", []int{2, 6, 7, 8}[i], a.vs(i, 1))
	}
	zip := func(half, x, y, dst int) { a.line("VZIP%d %s, %s, %s", half, a.v(y), a.v(x), a.v(dst)) }
	first := 0
	if a.lanes == 4 {
		for i := range 2 { // rows 0 and 2, 1 and 3
			zip(1, i, i+2, 4+2*i)
			zip(2, i, i+2, 5+2*i)
		}
		for i := range 2 {
			zip(1, 4+i, 6+i, 2*i)
			zip(2, 4+i, 6+i, 2*i+1)
		}
	} else {
		first = 2
		zip(1, 0, 1, 2)
		zip(2, 0, 1, 3)
	}
	for i := range a.lanes {
		a.line("VST1.P %s, (R0)(R1)", a.vs(first+i, 1))
	}
	a.line("SUBS $1, R4, R4")
	a.line("BNE loop")
	a.line("RET")
}
