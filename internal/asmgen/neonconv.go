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
		a.convDots()
		tables.WriteString(convTable("NEON"+e.name, e.goType, neonRows, neonVectors*a.lanes, a.lanes, neonConvRows, neonConvRuns))
	}
	return a.write(dir, "conv_neon_arm64", "conv", tables.String())
}

// convTile emits the kernel of rows rows of neonVectors vectors. Each step loads a run of x from where its distance
// says, and multiplies it with rows weights.
func (a *neonAsm) convTile(rows int) {
	a.begin(fmt.Sprintf("tile%dNEON%s", rows, a.name), fmt.Sprintf("computes %d rows of %d sums.", rows, neonVectors*a.lanes),
		"k int", "w *"+a.goType, "x *"+a.goType, "off *int", "c *"+a.goType, "ldc int")
	a.bytes("R5")
	for i := range rows * neonVectors {
		a.zero(i)
	}
	run, weights := rows*neonVectors, rows*neonVectors+neonVectors
	a.label("loop")
	a.line("MOVD.P 8(R3), R6")
	a.line("ADD R2, R6")
	a.line("VLD1 (R6), %s", a.vs(run, neonVectors))
	for i := range rows {
		w := weights + i%(32-weights)
		a.line("VLD1R.P %d(R1), [%s]", a.size, a.v(w))
		for j := range neonVectors {
			a.fma(run+j, w, i*neonVectors+j)
		}
	}
	a.line("SUBS $1, R0, R0")
	a.line("BNE loop")
	for i := range rows {
		a.line("VST1.P %s, (R4)(R5)", a.vs(i*neonVectors, neonVectors))
	}
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
