package cuda

import "sync"

// A nest is the loops over a call's elements, with as few axes as all operands
// together allow: axes of size 1 are dropped, and neighbours that every operand
// walks in one stride are joined.
type nest struct {
	sizes    []int
	strides  [][]int // of each operand, in bytes
	operands int
}

// push adds an axis inside the others. step gives each operand's stride.
func (n *nest) push(size int, step func(k int) int) {
	if size == 1 {
		return
	}
	if last := len(n.sizes) - 1; last >= 0 {
		joins := true
		for k := range n.operands {
			joins = joins && n.strides[k][last] == step(k)*size
		}
		if joins {
			n.sizes[last] *= size
			for k := range n.operands {
				n.strides[k][last] = step(k)
			}
			return
		}
	}
	n.sizes = append(n.sizes, size)
	for k := range n.operands {
		n.strides[k] = append(n.strides[k], step(k))
	}
}

func (n *nest) reset(operands int) {
	n.sizes, n.operands = n.sizes[:0], operands
	for len(n.strides) < operands {
		n.strides = append(n.strides, nil)
	}
	for k := range n.strides {
		n.strides[k] = n.strides[k][:0]
	}
}

func (n *nest) rank() int { return len(n.sizes) }

// words appends what ptx.Pointwise wants to know: the sizes but the first, and
// the strides by operand.
func (n *nest) words(to []uint64) []uint64 {
	for i := 1; i < len(n.sizes); i++ {
		to = append(to, uint64(n.sizes[i]))
	}
	for k := range n.operands {
		for _, s := range n.strides[k][:len(n.sizes)] {
			to = append(to, uint64(s))
		}
	}
	return to
}

// backwards appends the sizes of count axes, the last first, and then the strides
// of each operand in that order. Axes that are not there have size 1.
func (n *nest) backwards(to []uint64, count int) []uint64 {
	rank := n.rank()
	for i := range count {
		size := 1
		if i < rank {
			size = n.sizes[rank-1-i]
		}
		to = append(to, uint64(size))
	}
	for k := range n.operands {
		for i := range count {
			stride := 0
			if i < rank {
				stride = n.strides[k][rank-1-i]
			}
			to = append(to, uint64(stride))
		}
	}
	return to
}

// A scratch holds what a launch is made of, kept between calls.
type scratch struct {
	words         []uint64
	nest, reduced nest
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// maxWords is what kernel parameters may have: 4 KiB.
const maxWords = 512
