package tensor

import (
	"errors"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// view runs a movement op: no element is touched, but for a Reshape that no
// view can express, which copies first.
func view(o *op.Op, attrs any, t *Tensor, record bool) *Tensor {
	v, err := o.View(t.view, attrs)
	if errors.Is(err, op.ErrNeedsCopy) || err != nil && o == op.AsStrided && !t.IsContiguous() {
		c := copied(t, record)
		defer c.Free()
		return one(o, attrs, c)
	}
	if err != nil {
		panic(newError(o.Name, err, t))
	}
	s := t.live()
	s.retain()
	return &Tensor{store: s, view: v, dtype: t.dtype}
}

// copied returns a contiguous copy.
func copied(t *Tensor, record bool) *Tensor {
	c := take([]*Tensor{t})
	defer c.done()
	return c.apply(nil, op.Cast, t.dtype, record)[0]
}

func (t *Tensor) sharesWith(u *Tensor) bool { return t.store == u.store }

// viewGrad writes g into zeros at the places a view shows.
func viewGrad(dev backend.Device, a *op.ViewGradAttrs, g *Tensor) *Tensor {
	out := Full(dev, g.dtype, 0, a.Shape...)
	v, err := a.Op.View(out.view, a.Attrs)
	if err != nil {
		panic(newError(op.ViewGrad.Name, err, g))
	}
	c := take([]*Tensor{g})
	defer c.done()
	c.metas()
	if v.Injective() {
		at := &Tensor{store: out.store, view: v, dtype: out.dtype}
		err = c.run(dev, op.Cast, g.dtype, []*Tensor{at})
	} else {
		err = c.run(dev, op.ViewGrad, a, []*Tensor{out})
	}
	if err != nil {
		panic(newError(op.ViewGrad.Name, err, g))
	}
	return out
}

// Contiguous returns t if its elements lie in row-major order, else a copy for
// which they do.
func (t *Tensor) Contiguous() *Tensor {
	if t.IsContiguous() {
		return t
	}
	return t.Clone()
}

// Reshape returns the same elements in row-major order with another shape, as
// a view if the layout allows it, else as a copy. One size may be -1.
func (t *Tensor) Reshape(sizes ...int) *Tensor { return one(op.Reshape, op.ShapeAttrs(own(sizes)), t) }

// Flatten merges the axes from start to end, both included, into one.
func (t *Tensor) Flatten(start, end int) *Tensor {
	if t.Rank() == 0 {
		return t.Reshape(1)
	}
	a, b := t.axis("flatten", start), t.axis("flatten", end)
	if b < a {
		panic(newError("flatten", errMessage("axis %d comes after axis %d", start, end), t))
	}
	s := own(t.Shape()[:a])
	s = append(s, shape.Numel(t.Shape()[a:b+1]))
	return t.Reshape(append(s, t.Shape()[b+1:]...)...)
}

// Unflatten splits an axis into the given sizes, one of which may be -1.
func (t *Tensor) Unflatten(axis int, sizes ...int) *Tensor {
	a := t.axis("unflatten", axis)
	sizes, err := shape.Infer(t.Shape()[a], sizes)
	if err != nil {
		panic(newError("unflatten", err, t))
	}
	s := append(own(t.Shape()[:a]), sizes...)
	return t.Reshape(append(s, t.Shape()[a+1:]...)...)
}

// Expand stretches axes of size 1, and adds leading axes, without a copy. A
// size of -1 keeps that of t.
func (t *Tensor) Expand(sizes ...int) *Tensor { return one(op.Expand, op.ShapeAttrs(own(sizes)), t) }

// Permute reorders the axes: axis i of the result is axis axes[i] of t.
func (t *Tensor) Permute(axes ...int) *Tensor { return one(op.Permute, op.AxesAttrs(own(axes)), t) }

// Transpose swaps two axes.
func (t *Tensor) Transpose(a, b int) *Tensor {
	a, b = t.axis("transpose", a), t.axis("transpose", b)
	axes := make([]int, t.Rank())
	for i := range axes {
		axes[i] = i
	}
	if len(axes) > 0 {
		axes[a], axes[b] = b, a
	}
	return t.Permute(axes...)
}

// T returns the transpose of a matrix: the last two axes swapped.
func (t *Tensor) T() *Tensor {
	if t.Rank() < 2 {
		panic(newError("t", errMessage("want at least two axes"), t))
	}
	return t.Transpose(-2, -1)
}

// Unsqueeze inserts an axis of size 1 so that it becomes the given axis.
func (t *Tensor) Unsqueeze(axis int) *Tensor {
	a, err := shape.Axis(axis, t.Rank()+1)
	if err != nil {
		panic(newError("unsqueeze", err, t))
	}
	s := append(own(t.Shape()[:a]), 1)
	return t.Reshape(append(s, t.Shape()[a:]...)...)
}

// Squeeze removes the given axes where they have size 1; without arguments, all
// such axes.
func (t *Tensor) Squeeze(axes ...int) *Tensor {
	drop := make([]bool, t.Rank()+1)
	for _, a := range axes {
		drop[t.axis("squeeze", a)] = true
	}
	var s []int
	for i, d := range t.Shape() {
		if d != 1 || len(axes) > 0 && !drop[i] {
			s = append(s, d)
		}
	}
	return t.Reshape(s...)
}

// Slice returns the indices start to below stop of an axis. Negative ones count
// from the end, and both are clamped, as in Python.
func (t *Tensor) Slice(axis, start, stop int) *Tensor { return t.SliceStep(axis, start, stop, 1) }

// SliceStep is Slice with a step above 0.
func (t *Tensor) SliceStep(axis, start, stop, step int) *Tensor {
	return one(op.Slice, op.SliceAttrs{Axis: axis, Start: start, Stop: stop, Step: step}, t)
}

// Narrow returns length indices of an axis from start.
func (t *Tensor) Narrow(axis, start, length int) *Tensor {
	n := t.Dim(axis)
	if start < 0 || length < 0 || start+length > n {
		panic(newError("narrow", errMessage("indices %d to %d do not lie within axis %d of size %d", start, start+length, axis, n), t))
	}
	return t.Slice(axis, start, start+length)
}

// Select returns one index of an axis, without the axis.
func (t *Tensor) Select(axis, index int) *Tensor {
	return one(op.Select, op.SelectAttrs{Axis: axis, Index: index}, t)
}

// Diagonal returns elements (i, i+offset) of axes a and b as the last axis.
func (t *Tensor) Diagonal(offset, a, b int) *Tensor {
	return one(op.Diagonal, op.DiagonalAttrs{Offset: offset, A: a, B: b}, t)
}

// Unfold slides a window of size over an axis by step; the window becomes the
// last axis of the view.
func (t *Tensor) Unfold(axis, size, step int) *Tensor {
	return one(op.Unfold, op.UnfoldAttrs{Axis: axis, Size: size, Step: step}, t)
}

// AsStrided lays a shape and strides, in elements, over the row-major elements
// of t.
func (t *Tensor) AsStrided(sizes, strides []int, offset int) *Tensor {
	return one(op.AsStrided, op.StridedAttrs{Shape: own(sizes), Strides: own(strides), Offset: offset}, t)
}

// Split cuts an axis into pieces of the given size; the last may be smaller.
func (t *Tensor) Split(axis, size int) []*Tensor {
	if size <= 0 {
		panic(newError("split", errMessage("pieces of size %d, want at least 1", size), t))
	}
	var pieces []*Tensor
	for i := 0; i < t.Dim(axis); i += size {
		pieces = append(pieces, t.Slice(axis, i, min(i+size, t.Dim(axis))))
	}
	return pieces
}

// Chunk cuts an axis into n pieces of equal size; the last may be smaller, and
// there may be fewer.
func (t *Tensor) Chunk(axis, n int) []*Tensor {
	if n <= 0 {
		panic(newError("chunk", errMessage("%d pieces, want at least one", n), t))
	}
	return t.Split(axis, max((t.Dim(axis)+n-1)/n, 1))
}

// Unbind returns the slices along an axis, without the axis.
func (t *Tensor) Unbind(axis int) []*Tensor {
	parts := make([]*Tensor, t.Dim(axis))
	for i := range parts {
		parts[i] = t.Select(axis, i)
	}
	return parts
}

func (t *Tensor) axis(name string, a int) int {
	a, err := shape.Axis(a, t.Rank())
	if err != nil {
		panic(newError(name, err, t))
	}
	return a
}

// own copies a list that a caller might change later.
func own(l []int) []int { return append(make([]int, 0, len(l)+1), l...) }
