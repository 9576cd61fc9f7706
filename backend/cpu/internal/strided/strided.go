// Package strided moves elements between layouts: copies, transposes and
// fills of arrays given by strides. Elements are opaque words of 1, 2, 4 or 8
// bytes.
package strided

// Word is what an element looks like to code that only moves it.
type Word interface {
	uint8 | uint16 | uint32 | uint64
}

// A Nest is the loops over some operands of one shape, outermost first.
type Nest struct {
	Sizes   []int
	Strides [][]int // of each operand
}

// Coalesce returns the loops over shape with operands of the given strides:
// axes of size 1 are gone, and neighbours that all operands walk evenly are
// one. There is at least one loop, unless the shape is empty: then ok is false.
func Coalesce(shape []int, strides ...[]int) (n Nest, ok bool) {
	n.Strides = make([][]int, len(strides))
	for i := len(shape) - 1; i >= 0; i-- {
		d := shape[i]
		if d == 0 {
			return n, false
		}
		if d == 1 {
			continue
		}
		if last := len(n.Sizes) - 1; last >= 0 {
			even := true
			for k, s := range strides {
				even = even && s[i] == n.Strides[k][last]*n.Sizes[last]
			}
			if even {
				n.Sizes[last] *= d
				continue
			}
		}
		n.Sizes = append(n.Sizes, d)
		for k, s := range strides {
			n.Strides[k] = append(n.Strides[k], s[i])
		}
	}
	if len(n.Sizes) == 0 {
		n.Sizes = []int{1}
		for k := range n.Strides {
			n.Strides[k] = []int{1}
		}
	}
	reverse(n.Sizes)
	for _, s := range n.Strides {
		reverse(s)
	}
	return n, true
}

func reverse(s []int) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}

// At returns where loop i of the first axes (a row-major number) finds operand
// k; axes is how many of the loops it counts.
func (n *Nest) At(k, axes, i int) int {
	at := 0
	for a := axes - 1; a >= 0; a-- {
		d := n.Sizes[a]
		at += i % d * n.Strides[k][a]
		i /= d
	}
	return at
}

// Count returns the number of turns of the first axes loops.
func (n *Nest) Count(axes int) int {
	c := 1
	for _, d := range n.Sizes[:axes] {
		c *= d
	}
	return c
}
