package op

import (
	"slices"

	"github.com/hekla-ml/hekla/shape"
)

// Attributes of the movement ops.
type (
	// ShapeAttrs is the new shape of Reshape and Expand.
	ShapeAttrs []int
	// AxesAttrs is the order of Permute.
	AxesAttrs []int
	// SliceAttrs keep indices Start, Start+Step, ... below Stop of one axis.
	SliceAttrs struct{ Axis, Start, Stop, Step int }
	// SelectAttrs keep one index of an axis and drop the axis.
	SelectAttrs struct{ Axis, Index int }
	// DiagonalAttrs name the axes A and B of Diagonal.
	DiagonalAttrs struct{ Offset, A, B int }
	// UnfoldAttrs say how Unfold slides its window.
	UnfoldAttrs struct{ Axis, Size, Step int }
	// StridedAttrs are a layout of their own, over the memory of the operand.
	StridedAttrs struct {
		Shape, Strides []int
		Offset         int
	}
)

func movement(name, doc string, view func(v shape.View, attrs any) (shape.View, error), grad func(b Builder, c *GradContext) []Value, samples func(r *Rand) []Sample, errors func() []ErrorSample) *Op {
	return register(&Op{
		Name: name, Doc: doc, View: view, Grad: grad, Samples: samples, Errors: errors,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			v, err := view(shape.Contiguous(in[0].Shape), attrs)
			if err != nil {
				return nil, asShape(err)
			}
			return []Meta{{v.Shape, in[0].DType}}, nil
		},
	})
}

// The movement ops: views without copies. (Reshape copies where no view
// exists; whoever runs it makes the operand contiguous first.)
var (
	Reshape = movement("reshape", "returns the same elements in row-major order with another shape; one size may be -1.",
		func(v shape.View, attrs any) (shape.View, error) {
			s, err := shape.Infer(v.Numel(), attrs.(ShapeAttrs))
			if err != nil {
				return shape.View{}, err
			}
			w, ok := v.Reshape(s)
			if !ok {
				return shape.View{}, ErrNeedsCopy
			}
			return w, nil
		},
		func(b Builder, c *GradContext) []Value { return []Value{b.Reshape(c.G[0], c.In[0].Shape())} },
		reshapeSamples, reshapeErrors)

	Expand = movement("expand", "stretches axes of size 1, and adds leading axes, without a copy; -1 keeps a size.",
		func(v shape.View, attrs any) (shape.View, error) { return v.Expand(attrs.(ShapeAttrs)) },
		func(b Builder, c *GradContext) []Value { return []Value{b.SumTo(c.G[0], c.In[0].Shape())} },
		expandSamples, expandErrors)

	Permute = movement("permute", "reorders the axes.",
		func(v shape.View, attrs any) (shape.View, error) { return v.Permute(attrs.(AxesAttrs)...) },
		func(b Builder, c *GradContext) []Value {
			axes := c.Attrs.(AxesAttrs)
			back := make([]int, len(axes))
			for i, a := range axes {
				if a < 0 {
					a += len(axes)
				}
				back[a] = i
			}
			return []Value{b.Permute(c.G[0], back...)}
		},
		permuteSamples, permuteErrors)

	Slice = movement("slice", "returns every Step-th index of one axis from Start to below Stop.",
		func(v shape.View, attrs any) (shape.View, error) {
			a := attrs.(SliceAttrs)
			return v.Slice(a.Axis, a.Start, a.Stop, a.Step)
		}, nil, sliceSamples, sliceErrors)

	Select = movement("select", "returns one index of an axis, without the axis.",
		func(v shape.View, attrs any) (shape.View, error) {
			a := attrs.(SelectAttrs)
			return v.Select(a.Axis, a.Index)
		}, nil, selectSamples, selectErrors)

	Diagonal = movement("diagonal", "returns a diagonal of two axes as the last axis.",
		func(v shape.View, attrs any) (shape.View, error) {
			a := attrs.(DiagonalAttrs)
			return v.Diagonal(a.Offset, a.A, a.B)
		}, nil, diagonalSamples, diagonalErrors)

	Unfold = movement("unfold", "slides a window over an axis; the window becomes the last axis.",
		func(v shape.View, attrs any) (shape.View, error) {
			a := attrs.(UnfoldAttrs)
			return v.Unfold(a.Axis, a.Size, a.Step)
		}, nil, unfoldSamples, unfoldErrors)

	AsStrided = movement("asstrided", "lays a shape and strides of its own over the elements of a contiguous operand.",
		func(v shape.View, attrs any) (shape.View, error) {
			a := attrs.(StridedAttrs)
			w := shape.View{Shape: a.Shape, Strides: a.Strides, Offset: v.Offset + a.Offset}
			if err := shape.Check(a.Shape); err != nil {
				return w, err
			}
			negative := slices.ContainsFunc(a.Strides, func(s int) bool { return s < 0 })
			if len(a.Shape) != len(a.Strides) || negative || a.Offset < 0 || !v.IsContiguous() || w.Numel() > 0 && w.End() > v.Offset+v.Numel() {
				return w, shapeError("shape %v with strides %v at offset %d does not lie within a contiguous %v", a.Shape, a.Strides, a.Offset, v.Shape)
			}
			return w, nil
		}, nil, stridedSamples, stridedErrors)
)

// ErrNeedsCopy is returned by Reshape's View where the operand's layout allows
// no view of the new shape.
var ErrNeedsCopy = shapeError("no view of that shape exists without a copy")
