package vulkan

import (
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
)

// turn reports whether a copy, of two arranged views, can be made of squares of
// 8 by 8 elements of 32 bits, and sets the parameters for that: each view has
// elements one after the other along another axis.
func (d *device) turn(a *arrangement) (s kernel.TurnSpec, ok bool) {
	const side = 8
	n, last := len(a.axes.Sizes), len(a.axes.Sizes)-1
	if !d.onCPU() || !d.physical.Int64 || a.views[0].DType.Size() != 4 || a.views[0].Numel() < wideFrom || n < 2 {
		return s, false
	}
	from, to, sizes := a.axes.Strides[0], a.axes.Strides[1], a.axes.Sizes
	dense := -1 // the axis along which the first view's elements are neighbours
	for k := range last {
		if from[k] == 1 {
			dense = k
		}
	}
	if dense < 0 || to[last] != 1 || sizes[dense]%side != 0 || sizes[last]%side != 0 {
		return s, false
	}
	for _, o := range a.operands {
		if o.start%side != 0 {
			return s, false
		}
	}
	for k := range sizes {
		if k != dense && from[k]%side != 0 || k != last && to[k]%side != 0 {
			return s, false
		}
	}
	s = kernel.TurnSpec{Axes: n, Pairs: sizes[last]%(2*side) == 0, Reach: d.reaches && n <= 6}
	along := side // elements along the last axis that one number of the box stands for
	if s.Pairs {
		along *= 2
	}
	// Axes of the box: those of neither side, then the last one, then the dense one,
	// so that neighbouring invocations read neighbours.
	a.params = append(a.params[:0], a.operands[0].start/side, a.operands[1].start/side, uint32(from[last]/side), uint32(to[dense]/side))
	box := func(f func(k int) int) {
		for k := range last {
			if k != dense {
				a.params = append(a.params, uint32(f(k)))
			}
		}
		a.params = append(a.params, uint32(f(last)), uint32(f(dense)))
	}
	box(func(k int) int {
		switch k {
		case last:
			return sizes[k] / along
		case dense:
			return sizes[k] / side
		}
		return sizes[k]
	})
	by := func(strides []int) func(k int) int {
		return func(k int) int {
			switch k {
			case last:
				return strides[k] * along / side
			case dense:
				return strides[k] // side elements further, in units of side
			}
			return strides[k] / side
		}
	}
	box(by(from))
	box(by(to))
	a.count = int64(a.views[0].Numel() / (side * side))
	return s, true
}
