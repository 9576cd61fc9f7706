// Package tensor is the eager API: arrays of numbers on a device, with views
// that share memory, NumPy's broadcasting, and a record of what was computed
// for package autograd to differentiate.
//
// A tour:
//
//	x := tensor.From(dev, []float32{1, 2, 3, 4}, 2, 2) // also Zeros, Arange, Generator.Normal, ...
//	y := x.T().MatMul(x).AddScalar(1)                  // methods make new tensors
//	r := x.Index(tensor.I(0), tensor.S(1, tensor.End)) // x[0, 1:], a view
//	r.Fill(7)                                          // changes x: InPlace methods, Fill, SetIndex, Update
//	n := tensor.Data[float32](y)                       // back to Go
//
// Elementwise methods are generated from the table in package op; Map runs a
// function of one's own. Types promote as in PyTorch, and so do Go numbers,
// which never widen a tensor of their category.
//
// What is computed from a tensor with SetRequiresGrad is recorded. NoGrad marks
// an input of inference, and all that comes of it; Detach cuts the record.
//
// Memory goes back when the garbage collector finds a tensor unreachable, or at
// once with Free, or at the end of a Scope; CheckLeaks finds what a test
// forgot.
//
// Misuse (shapes, element types, devices that do not fit) panics with an
// *Error; Try turns that into an error value at an edge such as a training
// loop or a server. A tensor may be read by several goroutines at once.
package tensor

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// A Tensor is a view of elements in the memory of a device. Tensors are
// values in all but name: operations make new ones, and only methods ending in
// InPlace (and Update) change elements.
type Tensor struct {
	store *storage // nil once freed
	view  shape.View
	arena *Arena    // scope it dies with, or nil
	cast  *autocast // in which types ops compute, or nil
	node  *Node     // what computed it, as its output number out; nil for a leaf
	leaf  *leaf     // of a leaf, once there is something to keep
	out   int32

	dtype    dtype.DType // these lie together: a tensor is 104 bytes
	requires bool        // gradients are wanted: a leaf, or computed from one
	frozen   bool        // NoGrad: nothing computed from it is recorded
	muted    bool        // requires would be set, but for NoGrad
}

// A leaf keeps what autograd brings to it.
type leaf struct {
	grad  *Tensor
	hooks []func(grad *Tensor) *Tensor
}

func (t *Tensor) asLeaf() *leaf {
	if t.leaf == nil {
		t.leaf = &leaf{}
	}
	return t.leaf
}

// Shape returns the sizes of the axes. The slice is shared: do not change it.
func (t *Tensor) Shape() []int {
	if t.view.Shape == nil {
		return []int{} // as arguments, From(dev, x, t.Shape()...): a scalar still
	}
	return t.view.Shape
}

// Strides returns the steps between neighbours along each axis, in elements.
// The slice is shared: do not change it.
func (t *Tensor) Strides() []int { return t.view.Strides }

// Offset returns the place of the first element in its storage, in elements.
func (t *Tensor) Offset() int { return t.view.Offset }

// DType returns the element type.
func (t *Tensor) DType() dtype.DType { return t.dtype }

// Device returns the device that holds the elements.
func (t *Tensor) Device() backend.Device { return t.live().dev }

// Rank returns the number of axes.
func (t *Tensor) Rank() int { return len(t.view.Shape) }

// Dim returns the size of an axis; negative axes count from the end.
func (t *Tensor) Dim(axis int) int {
	a := t.axis("dim", axis)
	if t.Rank() == 0 {
		panic(newError("dim", errMessage("a scalar has no axes"), t))
	}
	return t.view.Shape[a]
}

// Numel returns the number of elements.
func (t *Tensor) Numel() int { return t.view.Numel() }

// IsContiguous reports whether the elements lie in row-major order.
func (t *Tensor) IsContiguous() bool { return t.view.IsContiguous() }

// SharesStorage reports whether t and u are views of the same memory.
func (t *Tensor) SharesStorage(u *Tensor) bool { return t.live() == u.live() }

// RequiresGrad reports whether gradients flow to t.
func (t *Tensor) RequiresGrad() bool { return t.requires }

// SetRequiresGrad says whether gradients are wanted for a leaf, a tensor that
// was not computed from others, and returns it.
func (t *Tensor) SetRequiresGrad(want bool) *Tensor {
	if t.node != nil && !want {
		panic(newError("setrequiresgrad", errMessage("the tensor was computed from others; use its Detach()"), t))
	}
	if want && !t.dtype.IsFloat() {
		panic(newError("setrequiresgrad", errMessage("only float tensors have gradients; convert with To first"), t))
	}
	t.requires = want
	if want {
		t.frozen, t.muted = false, false
	}
	return t
}

// IsNoGrad reports whether t is, or was computed from, a NoGrad tensor.
func (t *Tensor) IsNoGrad() bool { return t.frozen }

// Muted reports whether gradients would flow to t but for NoGrad: a tensor that
// requires them took part in computing it.
func (t *Tensor) Muted() bool { return t.muted }

// IsLeaf reports whether t was not computed by a recorded operation.
func (t *Tensor) IsLeaf() bool { return t.node == nil }

// Grad returns the gradient that autograd.Backward accumulated, or nil.
func (t *Tensor) Grad() *Tensor {
	if t.leaf == nil {
		return nil
	}
	return t.leaf.grad
}

// SetGrad replaces the gradient; nil drops it and frees its memory.
func (t *Tensor) SetGrad(g *Tensor) {
	if old := t.Grad(); g == nil && old != nil {
		old.Free()
	}
	if g != nil && (g.dtype != t.dtype || !slices.Equal(g.Shape(), t.Shape())) {
		panic(newError("setgrad", errMessage("gradient %v%v, want the shape and type of its tensor", g.dtype, g.Shape()), t))
	}
	if g != nil && g.Device() != t.Device() {
		panic(newError("setgrad", fmt.Errorf("%w; move the gradient with ToDevice", ErrDevice), t, g))
	}
	if g != nil {
		g.Keep()
	}
	if g != nil || t.leaf != nil {
		t.asLeaf().grad = g
	}
}

// alias returns another handle of t's storage that sees it through v.
func (t *Tensor) alias(v shape.View) *Tensor {
	s := t.live()
	s.retain()
	u := &Tensor{store: s, view: v, dtype: t.dtype, frozen: t.frozen, muted: t.muted, cast: t.cast}
	u.join(t.arena)
	return u
}

// Detach returns a view of the same elements that is cut off from the record:
// a leaf to which no gradient flows.
func (t *Tensor) Detach() *Tensor {
	u := t.alias(t.view)
	u.frozen, u.muted, u.cast = false, false, nil
	return u
}

// NoGrad returns a view of the same elements from which nothing is recorded:
// whatever is computed from it, even with parameters, is for inference only.
func (t *Tensor) NoGrad() *Tensor {
	u := t.alias(t.view)
	u.frozen, u.muted = true, t.muted || t.requires
	return u
}
