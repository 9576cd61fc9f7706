package vulkan

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

// A command that conflicts with earlier ones waits for them, and others do not. A
// driver that runs one command after the other would not show it.
func TestOrder(t *testing.T) {
	read := func(lo, hi int64) access { return access{1, lo, hi, false} }
	write := func(lo, hi int64) access { return access{1, lo, hi, true} }
	for _, c := range []struct {
		why   string
		steps [][]access
		want  []int // barriers before each step, in all
	}{
		{"what was written is read", [][]access{{write(0, 8)}, {read(4, 12)}}, []int{0, 1}},
		{"what was read is written", [][]access{{read(0, 8)}, {write(0, 8)}}, []int{0, 1}},
		{"neighbours do not touch", [][]access{{write(0, 8)}, {write(8, 16)}, {read(16, 24)}}, []int{0, 0, 0}},
		{"a barrier is for all before it", [][]access{{write(0, 8)}, {write(8, 16)}, {read(0, 8)}, {read(8, 16)}}, []int{0, 0, 1, 1}},
	} {
		d := &device{}
		for i, step := range c.steps {
			d.order(step)
			n := len(slices.DeleteFunc(slices.Clone(d.stream.words), func(w uint64) bool { return w != vkshim.OpBarrier }))
			if n != c.want[i] {
				t.Errorf("%s: %d barriers before step %d, want %d", c.why, n, i, c.want[i])
			}
		}
	}
	d := &device{}
	for range 2 * maxAccesses { // what is remembered is bounded
		d.order([]access{{2, 0, 8, false}})
	}
	if len(d.stream.accesses) > maxAccesses+1 {
		t.Errorf("%d accesses are remembered", len(d.stream.accesses))
	}
}
