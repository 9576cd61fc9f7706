//go:build cgo && ((linux && !android) || windows || vulkan)

package vkshim

import (
	"strconv"
	"testing"
)

// TestABI compares our declarations with what the specification's header gives
// on 64-bit systems.
func TestABI(t *testing.T) {
	if strconv.IntSize != 64 {
		t.Skip("the numbers are those of 64-bit systems")
	}
	for i, want := range []int{824, 296, 504, 520, 24, 28, 32, 36, 76, 216, 220, 232, 236, 328, 424, 496,
		272, 536, 240, 32, 32, 72, 48, 40, 32, 32, 48, 48, 296, 40, 32, 72} {
		if got := abi(i); got != want {
			t.Errorf("entry %d is %d, want %d", i, got, want)
		}
	}
}
