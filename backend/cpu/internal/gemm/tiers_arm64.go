//go:build arm64 && !noasm

package gemm

import "github.com/hekla-ml/hekla/backend/cpu/internal/isa"

// tileFunc is an assembly tile; its height and number of vectors, all of them full, are in its name.
type tileFunc[T float] func(k int, a *T, ars, acs int, b *T, brs int, c *T, ldc int, acc bool)

// dotFunc is an assembly kernel of dot products with four rows of y, and a fixed number of rows of x.
type dotFunc[T float] func(k int, x *T, xs int, y *T, ys int, out *[16]T)

// First-level caches are of 64 KiB or more, second-level ones of 512 KiB or more.
var (
	neonF32 = kernels[float32]{
		mr: 8, nr: 12, kc: 320, mc: 240, share: 1 << 16, wide: 12, wideRows: 8, tile: tileNEONF32,
		transpose: transposeF32, dot: dotNEONF32, dotRows: 4, lanes: 4,
	}
	neonF64 = kernels[float64]{
		mr: 8, nr: 6, kc: 320, mc: 120, share: 1 << 15, wide: 6, wideRows: 8, tile: tileNEONF64,
		transpose: transposeF64, dot: dotNEONF64, dotRows: 4, lanes: 2,
	}
)

func kernelsF32() *kernels[float32] {
	if isa.Active() == isa.NEON {
		return &neonF32
	}
	return &portableF32
}

func kernelsF64() *kernels[float64] {
	if isa.Active() == isa.NEON {
		return &neonF64
	}
	return &portableF64
}

func tileNEONF32(rows, cols, k int, a []float32, ars, acs int, b []float32, brs int, c []float32, ldc int, acc bool) {
	tileNEON(&tilesF32NEON, packedF32NEON, 4, rows, cols, k, a, ars, acs, b, brs, c, ldc, acc)
}

func tileNEONF64(rows, cols, k int, a []float64, ars, acs int, b []float64, brs int, c []float64, ldc int, acc bool) {
	tileNEON(&tilesF64NEON, packedF64NEON, 2, rows, cols, k, a, ars, acs, b, brs, c, ldc, acc)
}

// tileNEON computes the columns that fill vectors in assembly. There are no masked loads for the others, fewer than
// lanes, which plain Go sums in the same order: the compiler fuses multiplications and additions on arm64.
func tileNEON[T float](tiles *[3][8]tileFunc[T], packed tileFunc[T], lanes, rows, cols, k int, a []T, ars, acs int, b []T, brs int, c []T, ldc int, acc bool) {
	full := cols / lanes
	switch {
	case full == len(tiles) && rows == len(tiles[0]) && ars == 1:
		packed(k, &a[0], ars, acs, &b[0], brs, &c[0], ldc, acc)
	case full > 0:
		tiles[full-1][rows-1](k, &a[0], ars, acs, &b[0], brs, &c[0], ldc, acc)
	}
	if done := full * lanes; done < cols {
		tilePortable(rows, cols-done, k, a, ars, acs, b[done:], brs, c[done:], ldc, acc)
	}
}

func dotNEONF32(rows, k int, x []float32, xs int, y []float32, ys int, out *[16]float32) {
	dotNEON(dotsF32NEON[rows-1], 4, rows, k, x, xs, y, ys, out)
}

func dotNEONF64(rows, k int, x []float64, xs int, y []float64, ys int, out *[16]float64) {
	dotNEON(dotsF64NEON[rows-1], 2, rows, k, x, xs, y, ys, out)
}

// dotNEON adds the terms that fill no vector at the end.
func dotNEON[T float](whole dotFunc[T], lanes, rows, k int, x []T, xs int, y []T, ys int, out *[16]T) {
	clear(out[:4*rows])
	done := k &^ (lanes - 1)
	if done > 0 {
		whole(done, &x[0], xs, &y[0], ys, out)
	}
	for i := range rows {
		for j := range 4 {
			for p := done; p < k; p++ {
				out[4*i+j] += x[i*xs+p] * y[j*ys+p]
			}
		}
	}
}

func transposeF32(dst []float32, ds int, src []float32, ss, rows, k int) {
	transposeBlocks(4, transposeF32NEON, dst, ds, src, ss, rows, k)
}

func transposeF64(dst []float64, ds int, src []float64, ss, rows, k int) {
	transposeBlocks(2, transposeF64NEON, dst, ds, src, ss, rows, k)
}
