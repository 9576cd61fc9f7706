//go:build amd64 && !noasm

package strided

import (
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/isa"
)

//go:generate go run -C ../../../../internal/asmgen . strided ../../backend/cpu/internal/strided

// turn sets square[r][j] to src[j*ss+r] for all r < rows and the first columns
// j < cols, and returns how many.
func turn[T Word](square *[tile][tile]T, src []T, ss, rows, cols int) int {
	size := int(unsafe.Sizeof(src[0]))
	if isa.Active() == isa.Portable || size < 4 {
		return 0
	}
	lanes := 32 / size
	whole, even := cols/lanes*lanes, rows/lanes*lanes
	for j := 0; j < whole && even > 0; j += lanes {
		to, from := unsafe.Pointer(&square[0][j]), unsafe.Pointer(&src[j*ss])
		if size == 4 {
			transpose32AVX2((*uint32)(to), tile, (*uint32)(from), ss, even/lanes)
		} else {
			transpose64AVX2((*uint64)(to), tile, (*uint64)(from), ss, even/lanes)
		}
	}
	for j := range whole {
		for r := even; r < rows; r++ {
			square[r%tile][j] = src[j*ss+r]
		}
	}
	return whole
}
