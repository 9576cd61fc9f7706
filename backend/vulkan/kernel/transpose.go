package kernel

import "fmt"

// TransposeGroup is how many invocations see to a square of Transpose.
const TransposeGroup = 256

// TransposeSide returns how many elements of some bytes the side of a square has.
func TransposeSide(bytes int) int {
	if bytes == 2 {
		return 64
	}
	return 32
}

// Transpose returns the kernel that copies elements of 2, 4 or 8 bytes from an array
// where they lie together along one axis to one where they do so along another, in
// squares. Of elements of 2 bytes, all starts, strides but those of 1, and the sizes
// of both axes are even.
//
// Parameters: where the arrays start; the stride of the first along the axis that is
// dense in the second, and of the second along the other; the sizes of the axes that
// are dense in the first and the second; how many squares that makes of each; sizes
// of four more axes, and strides of both arrays along them.
func Transpose(bytes int) *Kernel {
	shared := 4 * TransposeSide(bytes) * 33
	if bytes == 8 {
		shared *= 2
	} else {
		shared += 4
	}
	return &Kernel{
		Key: fmt.Sprintf("transpose %d", bytes), Words: module("transpose"), Group: TransposeGroup, Buffers: 2, Params: Reserved + 20, Uses: Uses{1 << 1},
		Constants: []uint32{TransposeGroup, uint32(bytes)}, Local: TransposeGroup, Shared: shared,
	}
}
