//go:build arm64 && !noasm

package conv

import "github.com/hekla-ml/hekla/backend/cpu/internal/isa"

func kernels32() *kernels[float32] {
	if isa.Active() == isa.NEON {
		return &kernelsNEONF32
	}
	return &portable32
}

func kernels64() *kernels[float64] {
	if isa.Active() == isa.NEON {
		return &kernelsNEONF64
	}
	return &portable64
}

func lines[T float](dst, src []T, stride, length, count int) {
	linesPortable(dst, src, stride, length, count)
}

func pieces[T float](dst []T, stride int, src []T, width int) {
	piecesPortable(dst, stride, src, width)
}

func split[T float](first, second, src []T) { splitPortable(first, second, src) }
