package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// A PadMode says what padding consists of.
type PadMode = op.PadMode

// The modes of padding.
const (
	PadZeros     = op.PadConstant
	PadReflect   = op.PadReflect   // the elements mirrored at the edge, without the edge
	PadReplicate = op.PadReplicate // the edge
	PadCircular  = op.PadCircular  // the elements of the other end
)

// Layers that make the last axes longer.
type (
	// ConstantPad makes the last axes of x longer by elements of a value, or
	// shorter where numbers are negative: PyTorch's ConstantPad1d to 3d, and
	// ZeroPad.
	ConstantPad struct {
		Pads  []int // before and after each axis, the last axis first: left, right, top, bottom
		Value float64
	}
	// ReflectionPad makes the last axes of x longer by the elements next to the
	// edges, mirrored: of 1, 2, 3 it makes 3, 2, 1, 2, 3, 2, 1. No pad may be as
	// large as the axis.
	ReflectionPad struct {
		Pads []int // before and after each axis, the last axis first: left, right, top, bottom
	}
	// ReplicationPad makes the last axes of x longer by the elements at the edges.
	ReplicationPad struct {
		Pads []int // before and after each axis, the last axis first: left, right, top, bottom
	}
	// CircularPad makes the last axes of x longer by the elements of the other end.
	// No pad may be larger than the axis.
	CircularPad struct {
		Pads []int // before and after each axis, the last axis first: left, right, top, bottom
	}
)

// Forward returns x with longer axes.
func (p ConstantPad) Forward(x *tensor.Tensor) *tensor.Tensor {
	return pad(x, lastFirst(p.Pads), PadZeros, p.Value)
}

// Forward returns x with longer axes.
func (p ReflectionPad) Forward(x *tensor.Tensor) *tensor.Tensor {
	return pad(x, lastFirst(p.Pads), PadReflect, 0)
}

// Forward returns x with longer axes.
func (p ReplicationPad) Forward(x *tensor.Tensor) *tensor.Tensor {
	return pad(x, lastFirst(p.Pads), PadReplicate, 0)
}

// Forward returns x with longer axes.
func (p CircularPad) Forward(x *tensor.Tensor) *tensor.Tensor {
	return pad(x, lastFirst(p.Pads), PadCircular, 0)
}

func (p ConstantPad) String() string {
	return fmt.Sprintf("ConstantPad%dd(padding=%s, value=%v)", len(p.Pads)/2, tuple(p.Pads), p.Value)
}
func (p ReflectionPad) String() string {
	return fmt.Sprintf("ReflectionPad%dd(%s)", len(p.Pads)/2, tuple(p.Pads))
}
func (p ReplicationPad) String() string {
	return fmt.Sprintf("ReplicationPad%dd(%s)", len(p.Pads)/2, tuple(p.Pads))
}
func (p CircularPad) String() string {
	return fmt.Sprintf("CircularPad%dd(%s)", len(p.Pads)/2, tuple(p.Pads))
}

// lastFirst turns PyTorch's order of pads into that of the axes.
func lastFirst(pads []int) []int {
	l := make([]int, 0, len(pads))
	for i := len(pads) - 2; i >= 0; i -= 2 {
		l = append(l, pads[i], pads[i+1])
	}
	return l
}

// pad makes the last len(pads)/2 axes longer by pads: before and after each.
func pad(x *tensor.Tensor, pads []int, mode PadMode, value float64) *tensor.Tensor {
	n := x.Rank()
	first := n - len(pads)/2
	if len(pads)%2 != 0 || first < 0 {
		panic(misused("pad", []*tensor.Tensor{x}, "pads %v: want two numbers for each of the last axes", pads))
	}
	a := op.PadAttrs{Before: make([]int, n), After: make([]int, n), Mode: mode, Value: value}
	for i := first; i < n; i++ {
		a.Before[i], a.After[i] = pads[2*(i-first)], pads[2*(i-first)+1]
	}
	return tensor.Apply(nil, op.Pad, a, x)[0]
}
