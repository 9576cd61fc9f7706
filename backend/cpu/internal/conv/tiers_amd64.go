//go:build amd64 && !noasm

package conv

import (
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/isa"
)

func kernels32() *kernels[float32] {
	switch isa.Active() {
	case isa.AVX512:
		return &kernelsAVX512F32
	case isa.AVX2:
		return &kernelsAVX2F32
	}
	return &portable32
}

func kernels64() *kernels[float64] {
	switch isa.Active() {
	case isa.AVX512:
		return &kernelsAVX512F64
	case isa.AVX2:
		return &kernelsAVX2F64
	}
	return &portable64
}

// lines is linesPortable.
func lines[T float](dst, src []T, stride, length, count int) {
	if isa.Active() != isa.AVX512 || length == 0 || count == 0 {
		linesPortable(dst, src, stride, length, count)
		return
	}
	size := sizeOf[T]()
	_, _ = dst[count*length-1], src[(count-1)*stride+length-1]
	linesAVX512((*byte)(unsafe.Pointer(&dst[0])), (*byte)(unsafe.Pointer(&src[0])), stride*size, length*size, count)
}

// pieces is piecesPortable.
func pieces[T float](dst []T, stride int, src []T, width int) {
	if whole := len(src) / width; whole > 0 && isa.Active() == isa.AVX512 && width*sizeOf[T]() == 128 {
		_ = dst[(whole-1)*stride+width-1]
		piecesAVX512((*byte)(unsafe.Pointer(&dst[0])), stride*sizeOf[T](), (*byte)(unsafe.Pointer(&src[0])), whole)
		if src = src[whole*width:]; len(src) == 0 {
			return
		}
		dst = dst[whole*stride:]
	}
	piecesPortable(dst, stride, src, width)
}

// split is splitPortable.
func split[T float](first, second, src []T) {
	if n := len(src) / 16; n > 0 && isa.Active() == isa.AVX512 && sizeOf[T]() == 4 {
		_, _ = first[8*n-1], second[8*n-1]
		splitAVX512((*byte)(unsafe.Pointer(&first[0])), (*byte)(unsafe.Pointer(&second[0])), (*byte)(unsafe.Pointer(&src[0])), n)
		if src = src[16*n:]; len(src) == 0 {
			return
		}
		first, second = first[8*n:], second[8*n:]
	}
	splitPortable(first, second, src)
}
