package kernel

import (
	"slices"
	"testing"
)

func TestCoalesce(t *testing.T) {
	sizes, strides := Coalesce([]int{2, 1, 3, 4}, []int{12, 7, 4, 1}, []int{0, 7, 4, 1})
	if !slices.Equal(sizes, []int{2, 12}) || !slices.Equal(strides[0], []int{12, 1}) || !slices.Equal(strides[1], []int{0, 1}) {
		t.Errorf("%v, %v", sizes, strides)
	}
}

// TestCoalescedAgain: fewer operands, then more, take no more memory.
func TestCoalescedAgain(t *testing.T) {
	var c Coalesced
	rows := []int{4, 1}
	sizes := []int{3, 4}
	use := func() {
		for n := 1; n <= 8; n++ {
			c.Begin(n)
			for k := range n {
				c.Operand(k, rows)
			}
			c.Join(sizes)
			if len(c.Strides) != n || c.Sizes[0] != 12 || c.Strides[n-1][0] != 1 {
				t.Fatalf("%d operands: %+v", n, c)
			}
		}
	}
	use()
	if a := testing.AllocsPerRun(10, use); a > 0 || cap(c.Strides) > 16 {
		t.Errorf("%v allocations, room for %d operands", a, cap(c.Strides))
	}
}
