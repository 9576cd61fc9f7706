package main

import (
	"fmt"
	"strings"
)

func generateGemm(dir string) error {
	table := new(strings.Builder)
	for _, wide := range []bool{true, false} {
		s := avx512
		if !wide {
			s = avx2
		}
		a := newAsm("gemm")
		for _, e := range []element{f32, f64} {
			t := tiler{asm: a, element: e, simd: s, lanes: s.bytes / e.size}
			if !s.masks {
				t.table = a.maskTable(e, s.maxVectors*t.lanes)
			}
			fmt.Fprintf(table, "// tiles%s%s[v-1][rows-1] computes a tile of that height and v vectors' width.\n", e.name, s.name)
			fmt.Fprintf(table, "var tiles%s%s = [%d][%d]tileFunc[%s]{\n", e.name, s.name, s.maxVectors, s.rows, e.goType)
			for v := 1; v <= s.maxVectors; v++ {
				table.WriteString("{")
				for rows := 1; rows <= s.rows; rows++ {
					if name := t.tile(rows, v, s.masks); name != "" {
						fmt.Fprintf(table, "%s,", name)
					}
				}
				table.WriteString("},\n")
			}
			table.WriteString("}\n\n")
			if !s.masks {
				fmt.Fprintf(table, "// edges%s%s is tiles%s%s for tiles whose last vector is not full.\n", e.name, s.name, e.name, s.name)
				fmt.Fprintf(table, "var edges%s%s = [%d][%d]tileFunc[%s]{\n", e.name, s.name, s.maxVectors, s.rows, e.goType)
				for v := 1; v <= s.maxVectors; v++ {
					table.WriteString("{")
					for rows := 1; rows <= s.rows; rows++ {
						fmt.Fprintf(table, "%s,", t.tile(rows, v, true))
					}
					table.WriteString("},\n")
				}
				table.WriteString("}\n\n")
			}
			t.full()
			fmt.Fprintf(table, "var dots%s%s = [...]dotFunc[%s]{", e.name, s.name, e.goType)
			for rows := 1; rows <= s.dotRows; rows++ {
				fmt.Fprintf(table, "%s,", t.dot(rows))
			}
			table.WriteString("}\n\n")
			if !s.masks {
				transpose(a, e)
			}
		}
		copyPanels(a, s)
		if s.masks {
			turn(a, s.rows)
			turn(a, 16)
		}
		if err := a.write(dir, "gemm_"+strings.ToLower(s.name)+"_amd64"); err != nil {
			return err
		}
	}
	if err := writeGo(dir, "gemm_tables_amd64", "gemm", "amd64 && !noasm", table.String()); err != nil {
		return err
	}
	return generateGemmNEON(dir)
}

// simd is a tier's register file.
type simd struct {
	name       string
	bytes      int  // per vector
	masks      bool // has mask registers
	rows       int  // height of the largest tile, two vectors wide
	maxVectors int  // width of tiles of wideRows or fewer rows
	wideRows   int
	dotRows    int
}

var (
	// 28 sums, 2 vectors of B and 2 factors of A in 32 registers.
	avx512 = simd{"AVX512", 64, true, 14, 4, 4, 4}
	// 12 sums, 2 vectors of B and 1 factor of A in 15 of 16 registers.
	avx2 = simd{"AVX2", 32, false, 6, 4, 2, 2}
)
