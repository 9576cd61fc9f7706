package conformance

import (
	"slices"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// A layout says how the operands lie in memory.
type layout uint8

const (
	contiguous   layout = iota
	transposed          // the last two axes swapped in memory
	sliced              // every second element of a larger buffer, at an offset
	expanded            // the first row of float operands repeated, with a stride of 0
	channelsLast        // the second of four axes varies fastest
	layouts
)

func (l layout) String() string {
	return [...]string{"contiguous", "transposed", "sliced", "expanded", "channelslast"}[l]
}

// applies reports whether a looks different in layout l.
func (l layout) applies(a *op.Array) bool {
	s := a.Meta.Shape
	switch l {
	case transposed:
		return len(s) >= 2 && s[len(s)-1] > 1 && s[len(s)-2] > 1
	case sliced:
		return elements(a) > 1
	case expanded:
		return a.Meta.DType.IsFloat() && len(s) > 0 && s[0] > 1 && elements(a) > 0
	case channelsLast:
		return len(s) == 4 && s[1] > 1 && s[2]*s[3] > 1
	}
	return true
}

// arrange returns the view through which an array of shape s is stored in
// layout l, and the elements its buffer needs.
func (l layout) arrange(a *op.Array) (shape.View, int) {
	s := a.Meta.Shape
	v := shape.Contiguous(s)
	if !l.applies(a) {
		return v, len(a.Data)
	}
	switch l {
	case transposed:
		n := len(s)
		swapped := slices.Clone(s)
		swapped[n-1], swapped[n-2] = s[n-2], s[n-1]
		v.Strides = shape.Strides(swapped)
		v.Strides[n-1], v.Strides[n-2] = v.Strides[n-2], v.Strides[n-1]
	case sliced:
		v.Offset = 3
		for i := range v.Strides {
			v.Strides[i] *= 2
		}
		return v, v.End() + 5
	case expanded:
		v.Strides[0] = 0
		return v, len(a.Data) / s[0]
	case channelsLast:
		n := shape.Strides([]int{s[0], s[2], s[3], s[1]})
		v.Strides = []int{n[0], n[3], n[1], n[2]}
	}
	return v, len(a.Data)
}

// prepare returns the operands as they are in layout l. Operands that are one
// array stay so.
func (l layout) prepare(in []*op.Array) []*op.Array {
	if l != expanded {
		return in
	}
	out := slices.Clone(in)
	for i, a := range in {
		if first := slices.Index(in, a); first < i {
			out[i] = out[first]
		} else if a != nil && l.applies(a) {
			v, _ := l.arrange(a)
			out[i] = a.Gather(v)
		}
	}
	return out
}
