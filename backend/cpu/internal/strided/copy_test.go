package strided

import (
	"fmt"
	"testing"
)

// TestCopy tries copies of a three-axis shape from every order of axes, with
// gaps and with repeats.
func TestCopy(t *testing.T) {
	for _, shape := range [][]int{{}, {1}, {7}, {0, 3}, {2, 3, 4}, {5, 33, 70}, {1, 64, 64}, {40, 1, 37}, {3, 100, 1}} {
		for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			for _, gap := range []int{1, 2} {
				for _, repeat := range []int{-1, 0, 1, 2} {
					ss, size := layout(shape, order, gap, repeat)
					src := make([]uint32, size)
					for i := range src {
						src[i] = uint32(i + 1)
					}
					name := fmt.Sprint(shape, order, gap, repeat)
					ds, dsize := layout(shape, []int{0, 1, 2}, 1, -1)
					check(t, name, shape, ds, ss, dsize, src)
					ds, dsize = layout(shape, order, 2, -1)
					check(t, name+" to gaps", shape, ds, ss, dsize, src)
				}
			}
		}
	}
}

func check(t *testing.T, name string, shape, ds, ss []int, size int, src []uint32) {
	t.Helper()
	got, want := make([]uint32, size), make([]uint32, size)
	Copy(shape, got, ds, src, ss)
	var walk func(axis, d, s int)
	walk = func(axis, d, s int) {
		if axis == len(shape) {
			want[d] = src[s]
			return
		}
		for i := range shape[axis] {
			walk(axis+1, d+i*ds[axis], s+i*ss[axis])
		}
	}
	walk(0, 0, 0)
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("Copy(%s)[%d] = %d, want %d", name, i, got[i], want[i])
		}
	}
}

// layout returns strides with the axes in the given order in memory, and how
// many elements that takes; axis repeat has stride 0.
func layout(shape, order []int, gap, repeat int) ([]int, int) {
	s := make([]int, len(shape))
	n := gap
	for i := len(order) - 1; i >= 0; i-- {
		a := order[i]
		if a >= len(shape) || a == repeat {
			continue
		}
		s[a] = n
		n *= max(shape[a], 1) + gap - 1
	}
	return s, n
}

func BenchmarkTranspose(b *testing.B) {
	const n = 1024
	src, dst := make([]uint32, n*n), make([]uint32, n*n)
	b.SetBytes(2 * 4 * n * n)
	for b.Loop() {
		Copy([]int{n, n}, dst, []int{n, 1}, src, []int{1, n})
	}
}
