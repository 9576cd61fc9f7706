package kernel

import "slices"

// Coalesce drops axes of size 1 and joins neighbours that lie in memory as one
// for all operands, so that kernels loop over as few axes as can be. The
// row-major order of elements stays.
func Coalesce(sizes []int, strides ...[]int) ([]int, [][]int) {
	var c Coalesced
	c.Begin(len(strides))
	copy(c.from, strides)
	c.Join(sizes)
	if len(strides) == 0 {
		return c.Sizes, nil
	}
	return c.Sizes, c.Strides
}

// Coalesced holds what Coalesce makes, and its memory for the next time.
type Coalesced struct {
	Sizes   []int
	Strides [][]int // of each operand
	from    [][]int
}

// Begin starts anew with n operands, whose strides Operand tells.
func (c *Coalesced) Begin(n int) {
	if cap(c.Strides) < n {
		c.Strides = append(c.Strides[:cap(c.Strides)], make([][]int, n-cap(c.Strides))...)
	}
	c.Sizes, c.Strides, c.from = c.Sizes[:0], c.Strides[:n], slices.Grow(c.from[:0], n)[:n]
	for k := range c.Strides {
		c.Strides[k] = c.Strides[k][:0]
	}
}

// Operand tells the strides of operand k.
func (c *Coalesced) Operand(k int, strides []int) { c.from[k] = strides }

// Join coalesces axes of the given sizes.
func (c *Coalesced) Join(sizes []int) {
	for i, n := range sizes {
		if n == 1 {
			continue
		}
		last := len(c.Sizes) - 1
		joins := last >= 0
		for k := range c.from {
			joins = joins && c.Strides[k][last] == c.from[k][i]*n
		}
		if joins {
			c.Sizes[last] *= n
			for k := range c.from {
				c.Strides[k][last] = c.from[k][i]
			}
			continue
		}
		c.Sizes = append(c.Sizes, n)
		for k := range c.from {
			c.Strides[k] = append(c.Strides[k], c.from[k][i])
		}
	}
	clear(c.from)
}
