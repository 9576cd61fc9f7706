package backend

import "math/bits"

// Size classes: multiples of 64 bytes to 512, then 8 to each doubling, so that
// rounding up costs at most an eighth, and above 1 MiB 32 to each doubling.
// Class 0 is none.
const (
	cut        = 256     // where a Suballocator's buffers can be cut; Vulkan's largest offset alignment
	smallest   = 64      // a cache line
	linear     = 512     // steps of smallest up to here
	largeAbove = 1 << 20 // served by pages of their own
	maxRequest = 1 << 47

	coarse  = 8 + (20-9)*8            // the class of 1 MiB
	classes = coarse + (47-20)*32 + 1 // the last is maxRequest
)

// classOf returns the smallest class of at least n bytes, and its size.
func classOf(n int64) (class int, size int64) {
	if n <= linear {
		class = max(int((n+smallest-1)/smallest), 1)
		return class, int64(class) * smallest
	}
	e := bits.Len64(uint64(n - 1)) // 2^(e-1) < n <= 2^e
	base := int64(1) << (e - 1)
	shift, first := e-1-3, 8+(e-10)*8
	if n > largeAbove {
		shift, first = e-1-5, coarse+(e-21)*32
	}
	i := (n - base + 1<<shift - 1) >> shift
	return first + int(i), base + i<<shift
}

// classWithin returns the largest class of at most n bytes, n >= 64: where a
// free block of n bytes is found by everyone whom it can serve.
func classWithin(n int64) int {
	class, size := classOf(min(n, maxRequest))
	if size > n {
		class--
	}
	return class
}
