package gemm

import "unsafe"

//go:generate go run -C ../../../../internal/asmgen . gemm ../../backend/cpu/internal/gemm

// kernels are the innermost loops of one tier for one type, with the block sizes that suit them.
type kernels[T float] struct {
	mr, nr int // the largest tile
	kc     int // terms summed before C is stored and loaded again
	mc     int // rows of A that stay in the second-level cache at length kc

	// share is the number of multiply-adds from which a second thread pays off.
	share int

	// tile computes the tile C [rows, cols] = (or +=) A [rows, k] · B [k, cols]; rows <= mr, cols <= nr and k > 0.
	// Rows of B and C are contiguous. It reads and writes nothing outside of the three matrices.
	tile func(rows, cols, k int, a []T, ars, acs int, b []T, brs int, c []T, ldc int, acc bool)

	// full is tile for one of mr by nr whose A and B are packed: with strides (1, mr) and nr. On the way it fetches the
	// tile of C at next and fetched(k) elements from ahead on. A tier without it has nil.
	full func(k int, a, b, c []T, ldc int, next, ahead []T, acc bool)

	// transpose sets dst[p*ds+i] = src[i*ss+p] for i < rows and p < k.
	transpose func(dst []T, ds int, src []T, ss, rows, k int)

	// copyPanels sets dst[q*panel+p*nr+i] = src[p*ss+q*nr+i] for q < 4, p < rows and i < nr. A tier without it has nil.
	copyPanels func(dst []T, panel int, src []T, ss, rows int)

	// dot computes out[i*4+j] = sum over p of x[i*xs+p]*y[j*ys+p] for i < rows and j < 4, with rows <= dotRows. A tier
	// without it has dotRows 0.
	dot     func(rows, k int, x []T, xs int, y []T, ys int, out *[16]T)
	dotRows int
	lanes   int // that dot sums in

	// wide is the width, nr or more, that tile takes if rows <= wideRows. There is little reuse then, and more columns
	// mean more sums at once and longer runs of each line of B.
	wide, wideRows int
}

// pack lays a panel out as tile reads it fastest: dst[p*ds+i] = src[i*rs+p*cs] for i < rows and p < k.
func (ks *kernels[T]) pack(dst []T, ds int, src []T, rs, cs, rows, k int) {
	switch {
	case rs == 1:
		for p := range k {
			copy(dst[p*ds:][:rows], src[p*cs:])
		}
	case cs == 1:
		ks.transpose(dst, ds, src, rs, rows, k)
	default:
		for i := range rows {
			s := src[i*rs:]
			for p := range k {
				dst[p*ds+i] = s[p*cs]
			}
		}
	}
}

// transposeBlocks transposes with a kernel of side by side blocks. The last rows that are no multiple of it are done
// with some of those before once more, which writes what is there already.
func transposeBlocks[T float](side int, kernel func(dst *T, ds int, src *T, ss, n int), dst []T, ds int, src []T, ss, rows, k int) {
	if rows < side || k < side {
		transposePortable(dst, ds, src, ss, rows, k)
		return
	}
	blocks := k / side
	for i := 0; ; i = min(i+side, rows-side) {
		kernel(&dst[i], ds, &src[i*ss], ss, blocks)
		if i == rows-side {
			break
		}
	}
	if done := blocks * side; done < k {
		transposePortable(dst[done*ds:], ds, src[done:], ss, rows, k-done)
	}
}

// fetched returns how many elements full, a kernel for k terms, fetches from ahead on: a line for every four terms but
// the first, with which it fetches rows of C.
func (ks *kernels[T]) fetched(k int) int {
	var x T
	return max(0, k/4-ks.mr) * 64 / int(unsafe.Sizeof(x))
}
