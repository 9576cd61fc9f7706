package main

import (
	"fmt"
	"strings"
)

// A tile of convolution keeps rows times neonVectors sums. A weight gradient keeps neonConvRows times neonConvRuns.
const (
	neonConvRows = 4
	neonConvRuns = 5
)

func generateConvNEON(dir string) error {
	a, tables := newNeonAsm(), new(strings.Builder)
	for _, e := range []element{f32, f64} {
		a.use(e)
		for rows := 1; rows <= neonRows; rows++ {
			a.convTile(rows)
		}
		a.convWide()
		a.convDots()
		tables.WriteString(convTable("NEON"+e.name, e.goType, neonRows, neonVectors*a.lanes, wideVectors*a.lanes, a.lanes, neonConvRows, neonConvRuns))
	}
	return a.write(dir, "conv_neon_arm64", "conv", tables.String())
}

// convBegin emits the head of a tile, and the sums: rows of groups registers each at most four, those of C or zeros.
func (a *neonAsm) convBegin(name, doc string, rows int, groups ...int) {
	a.begin(name, doc, "k int", "w *"+a.goType, "ws int", "x *"+a.goType, "steps *step", "c *"+a.goType, "ldc int", "acc int")
	a.bytes("R2")
	a.bytes("R6")
	a.line("MOVD R5, R8")
	a.line("CBZ R7, zero")
	a.convSums("VLD1", rows, groups)
	a.line("MOVD R5, R8")
	a.line("B ready")
	a.label("zero")
	total := 0
	for _, g := range groups {
		total += g
	}
	for i := range rows * total {
		a.zero(i)
	}
	a.label("ready")
}

// convSums moves the sums from or to C, at R8.
func (a *neonAsm) convSums(move string, rows int, groups []int) {
	i := 0
	for range rows {
		a.line("MOVD R8, R9")
		for _, g := range groups {
			if move == "VLD1" {
				a.line("VLD1.P %d(R9), %s", 16*g, a.vs(i, g))
			} else {
				a.line("VST1.P %s, %d(R9)", a.vs(i, g), 16*g)
			}
			i += g
		}
		a.line("ADD R6, R8")
	}
}

// convTile emits the kernel of rows rows of neonVectors vectors. Each step loads a run of x and the weights of the rows
// from where it says.
func (a *neonAsm) convTile(rows int) {
	a.convBegin(fmt.Sprintf("tile%dNEON%s", rows, a.name), fmt.Sprintf("computes %d rows of %d sums.", rows, neonVectors*a.lanes), rows, neonVectors)
	run, weights := rows*neonVectors, rows*neonVectors+neonVectors
	a.label("loop")
	a.line("MOVD.P 8(R4), R9")
	a.line("MOVD.P 8(R4), R10")
	a.line("ADD R3, R9")
	a.line("ADD R1, R10")
	a.line("VLD1 (R9), %s", a.vs(run, neonVectors))
	for i := range rows {
		w := weights + i%(32-weights)
		a.line("VLD1R.P (R10)(R2), [%s]", a.v(w))
		for j := range neonVectors {
			a.fma(run+j, w, i*neonVectors+j)
		}
	}
	a.line("SUBS $1, R0, R0")
	a.line("BNE loop")
	a.convSums("VST1", rows, []int{neonVectors})
	a.line("RET")
}

// convWide emits the kernel of one row of wideVectors vectors.
func (a *neonAsm) convWide() {
	a.convBegin("wideNEON"+a.name, fmt.Sprintf("computes a row of %d sums.", wideVectors*a.lanes), 1, 4, 4)
	a.label("loop")
	a.line("MOVD.P 8(R4), R9")
	a.line("MOVD.P 8(R4), R10")
	a.line("ADD R3, R9")
	a.line("ADD R1, R10")
	const w, run = wideVectors, wideVectors + 1
	a.line("VLD1R (R10), [%s]", a.v(w))
	for i := 0; i < wideVectors; i += 4 {
		a.line("VLD1.P 64(R9), %s", a.vs(run, 4))
		for j := range 4 {
			a.fma(run+j, w, i+j)
		}
	}
	a.line("SUBS $1, R0, R0")
	a.line("BNE loop")
	a.convSums("VST1", 1, []int{4, 4})
	a.line("RET")
}

// convDots emits the kernel that keeps a vector of sums for each pair of a row of y and a run of x, and folds their
// lanes by neighbours at the end.
func (a *neonAsm) convDots() {
	a.begin("dotsNEON"+a.name, fmt.Sprintf("computes %d times %d dot products.", neonConvRows, neonConvRuns),
		"n int", "y *"+a.goType, "ys int", "x *"+a.goType, "off *int", "out *"+a.goType)
	a.bytes("R2")
	rows, runs := []string{"R1", "R6", "R7", "R8"}, []string{"R9", "R10", "R11", "R12", "R13"}
	for i := 1; i < neonConvRows; i++ {
		a.line("ADD R2, %s, %s", rows[i-1], rows[i])
	}
	for _, r := range runs {
		a.line("MOVD.P 8(R4), %s", r)
		a.line("ADD R3, %s", r)
	}
	const sums = neonConvRows * neonConvRuns
	for i := range sums {
		a.zero(i)
	}
	a.label("loop")
	for i, r := range rows {
		a.line("VLD1.P 16(%s), %s", r, a.vs(sums+i, 1))
	}
	for j, r := range runs {
		x := sums + neonConvRows + j
		a.line("VLD1.P 16(%s), %s", r, a.vs(x, 1))
		for i := range rows {
			a.fma(x, sums+i, i*neonConvRuns+j)
		}
	}
	a.line("SUBS $%d, R0, R0", a.lanes)
	a.line("BNE loop")
	for i := 0; i < sums; i += a.lanes {
		a.addPairs(i, i+1, i)
		if a.lanes == 4 {
			a.addPairs(i+2, i+3, i+1)
			a.addPairs(i, i+1, i)
		}
		a.line("VST1.P %s, 16(R5)", a.vs(i, 1))
	}
	a.line("RET")
}
