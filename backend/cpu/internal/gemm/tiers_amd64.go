//go:build amd64 && !noasm

package gemm

import (
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/isa"
)

// tileFunc is an assembly tile; its height and number of vectors are in its name.
type tileFunc[T float] func(k int, a *T, ars, acs int, b *T, brs int, c *T, ldc int, cols int, acc bool)

// dotFunc is an assembly kernel of dot products with four rows of y, and a fixed number of rows of x.
type dotFunc[T float] func(k int, x *T, xs int, y *T, ys int, out *[16]T)

// Second-level caches of machines with AVX-512 hold 1 MiB or more, others 256 KiB or more: mc*kc elements fill a half.
var (
	avx512F32 = kernels[float32]{
		mr: 14, nr: 32, kc: 512, mc: 210, share: 1 << 18, wide: 64, wideRows: 4, tile: tileAVX512F32, full: fullAVX512F32,
		transpose: transposeAVX512F32, copyPanels: panelsAVX512[float32], dot: dotAVX512F32, dotRows: 4, lanes: 16,
	}
	avx512F64 = kernels[float64]{
		mr: 14, nr: 16, kc: 320, mc: 252, share: 1 << 17, wide: 32, wideRows: 4, tile: tileAVX512F64, full: fullAVX512F64, copyPanels: panelsAVX512[float64],
		transpose: transposeF64, dot: dotAVX512F64, dotRows: 4, lanes: 8,
	}
	avx2F32 = kernels[float32]{
		mr: 6, nr: 16, kc: 256, mc: 120, share: 1 << 17, wide: 32, wideRows: 2, tile: tileAVX2F32, full: fullAVX2F32, copyPanels: panelsAVX2[float32],
		transpose: transposeF32, dot: dotAVX2F32, dotRows: 2, lanes: 8,
	}
	avx2F64 = kernels[float64]{
		mr: 6, nr: 8, kc: 256, mc: 60, share: 1 << 16, wide: 16, wideRows: 2, tile: tileAVX2F64, full: fullAVX2F64, copyPanels: panelsAVX2[float64],
		transpose: transposeF64, dot: dotAVX2F64, dotRows: 2, lanes: 4,
	}
)

func kernelsF32() *kernels[float32] {
	return [...]*kernels[float32]{&portableF32, &avx2F32, &avx512F32}[isa.Active()]
}

func kernelsF64() *kernels[float64] {
	return [...]*kernels[float64]{&portableF64, &avx2F64, &avx512F64}[isa.Active()]
}

func fullAVX512F32(k int, a, b, c []float32, ldc int, next, ahead []float32, acc bool) {
	fullF32AVX512(k, &a[0], &b[0], &c[0], ldc, &next[0], &ahead[0], acc)
}

func tileAVX512F32(rows, cols, k int, a []float32, ars, acs int, b []float32, brs int, c []float32, ldc int, acc bool) {
	tilesF32AVX512[(cols-1)/16][rows-1](k, &a[0], ars, acs, &b[0], brs, &c[0], ldc, cols, acc)
}

func fullAVX512F64(k int, a, b, c []float64, ldc int, next, ahead []float64, acc bool) {
	fullF64AVX512(k, &a[0], &b[0], &c[0], ldc, &next[0], &ahead[0], acc)
}

func tileAVX512F64(rows, cols, k int, a []float64, ars, acs int, b []float64, brs int, c []float64, ldc int, acc bool) {
	tilesF64AVX512[(cols-1)/8][rows-1](k, &a[0], ars, acs, &b[0], brs, &c[0], ldc, cols, acc)
}

func fullAVX2F32(k int, a, b, c []float32, ldc int, next, ahead []float32, acc bool) {
	fullF32AVX2(k, &a[0], &b[0], &c[0], ldc, &next[0], &ahead[0], acc)
}

func tileAVX2F32(rows, cols, k int, a []float32, ars, acs int, b []float32, brs int, c []float32, ldc int, acc bool) {
	tiles := &tilesF32AVX2
	if cols%8 != 0 {
		tiles = &edgesF32AVX2
	}
	tiles[(cols-1)/8][rows-1](k, &a[0], ars, acs, &b[0], brs, &c[0], ldc, cols, acc)
}

func fullAVX2F64(k int, a, b, c []float64, ldc int, next, ahead []float64, acc bool) {
	fullF64AVX2(k, &a[0], &b[0], &c[0], ldc, &next[0], &ahead[0], acc)
}

func tileAVX2F64(rows, cols, k int, a []float64, ars, acs int, b []float64, brs int, c []float64, ldc int, acc bool) {
	tiles := &tilesF64AVX2
	if cols%4 != 0 {
		tiles = &edgesF64AVX2
	}
	tiles[(cols-1)/4][rows-1](k, &a[0], ars, acs, &b[0], brs, &c[0], ldc, cols, acc)
}

func dotAVX512F32(rows, k int, x []float32, xs int, y []float32, ys int, out *[16]float32) {
	dotsF32AVX512[rows-1](k, &x[0], xs, &y[0], ys, out)
}

func dotAVX512F64(rows, k int, x []float64, xs int, y []float64, ys int, out *[16]float64) {
	dotsF64AVX512[rows-1](k, &x[0], xs, &y[0], ys, out)
}

func dotAVX2F32(rows, k int, x []float32, xs int, y []float32, ys int, out *[16]float32) {
	dotsF32AVX2[rows-1](k, &x[0], xs, &y[0], ys, out)
}

func dotAVX2F64(rows, k int, x []float64, xs int, y []float64, ys int, out *[16]float64) {
	dotsF64AVX2[rows-1](k, &x[0], xs, &y[0], ys, out)
}

// transposeAVX512F32 is transposeF32 with kernels for 16 rows, and for those of a tile.
func transposeAVX512F32(dst []float32, ds int, src []float32, ss, rows, k int) {
	done, blocks := 0, k/16
	if blocks > 0 {
		for ; rows-done >= 16; done += 16 {
			turn16AVX512(&dst[done], ds, &src[done*ss], ss, blocks)
		}
		if rows-done == 14 {
			turn14AVX512(&dst[done], ds, &src[done*ss], ss, blocks)
			done = rows
		}
		if k -= 16 * blocks; k > 0 && done > 0 {
			transposeF32(dst[16*blocks*ds:], ds, src[16*blocks:], ss, done, k)
		}
		k += 16 * blocks
	}
	if done < rows {
		transposeF32(dst[done:], ds, src[done*ss:], ss, rows-done, k)
	}
}

func transposeF32(dst []float32, ds int, src []float32, ss, rows, k int) {
	transposeBlocks(8, transposeF32AVX2, dst, ds, src, ss, rows, k)
}

func transposeF64(dst []float64, ds int, src []float64, ss, rows, k int) {
	transposeBlocks(4, transposeF64AVX2, dst, ds, src, ss, rows, k)
}

func panelsAVX512[T float](dst []T, panel int, src []T, ss, rows int) {
	size := int(unsafe.Sizeof(src[0]))
	copyPanelsAVX512((*byte)(unsafe.Pointer(&dst[0])), panel*size, (*byte)(unsafe.Pointer(&src[0])), ss*size, rows)
}

func panelsAVX2[T float](dst []T, panel int, src []T, ss, rows int) {
	size := int(unsafe.Sizeof(src[0]))
	copyPanelsAVX2((*byte)(unsafe.Pointer(&dst[0])), panel*size, (*byte)(unsafe.Pointer(&src[0])), ss*size, rows)
}
