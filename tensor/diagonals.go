package tensor

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Trace returns the sum of the main diagonal of a matrix.
func (t *Tensor) Trace() *Tensor {
	if t.Rank() != 2 {
		panic(newError("trace", misfit(ErrShape, "want a matrix"), t))
	}
	d := t.Diagonal(0, 0, 1)
	defer d.Free()
	return d.Sum()
}

// DiagEmbed returns zeros with the last axis of t on a diagonal of axes a and b
// of the result, which has one axis more: the inverse of Diagonal.
func (t *Tensor) DiagEmbed(offset, a, b int) *Tensor {
	if t.Rank() == 0 {
		panic(newError("diagembed", misfit(ErrShape, "want at least one axis"), t))
	}
	n := t.Rank() + 1
	x, errX := shape.Axis(a, n)
	y, errY := shape.Axis(b, n)
	if errX != nil || errY != nil || x == y {
		panic(newError("diagembed", misfit(ErrAttr, "axes %d and %d, want two of %d", a, b, n), t))
	}
	size := t.Dim(-1) + max(offset, -offset)
	s := make([]int, 0, n)
	next := 0
	for i := range n {
		if i == x || i == y {
			s = append(s, size)
		} else {
			s = append(s, t.Dim(next))
			next++
		}
	}
	return placed(t, op.Diagonal, op.DiagonalAttrs{Offset: offset, A: x, B: y}, s)
}

// Diag returns a diagonal of a matrix, or the matrix with a vector on a
// diagonal.
func (t *Tensor) Diag(offset int) *Tensor {
	switch t.Rank() {
	case 1:
		return t.DiagEmbed(offset, 0, 1)
	case 2:
		return t.Diagonal(offset, 0, 1)
	}
	panic(newError("diag", misfit(ErrShape, "want a vector or a matrix"), t))
}

// DiagonalScatter returns t with src in the place of Diagonal(offset, a, b).
func (t *Tensor) DiagonalScatter(src *Tensor, offset, a, b int) *Tensor {
	return scatterView("diagonalscatter", t, src, op.Diagonal, op.DiagonalAttrs{Offset: offset, A: a, B: b})
}

// SelectScatter returns t with src in the place of Select(axis, index).
func (t *Tensor) SelectScatter(src *Tensor, axis, index int) *Tensor {
	return scatterView("selectscatter", t, src, op.Select, op.SelectAttrs{Axis: axis, Index: index})
}

// SliceScatter returns t with src in the place of SliceStep(axis, start, stop,
// step).
func (t *Tensor) SliceScatter(src *Tensor, axis, start, stop, step int) *Tensor {
	return scatterView("slicescatter", t, src, op.Slice, op.SliceAttrs{Axis: axis, Start: start, Stop: stop, Step: step})
}

// AsStridedScatter returns t with src in the place of AsStrided(src's shape,
// strides, offset), whose elements must not overlap.
func (t *Tensor) AsStridedScatter(src *Tensor, strides []int, offset int) *Tensor {
	return scatterView("asstridedscatter", t, src, op.AsStrided, op.StridedAttrs{Shape: src.Shape(), Strides: own(strides), Offset: offset})
}

// placed writes t into zeros of shape s where the view o shows them.
func placed(t *Tensor, o *op.Op, attrs any, s []int) *Tensor {
	return one(op.ViewGrad, &op.ViewGradAttrs{Op: o, Attrs: attrs, Shape: s}, t)
}

// scatterView returns t with src in the place of a view of it.
func scatterView(name string, t, src *Tensor, o *op.Op, attrs any) *Tensor {
	deviceOf(nil, name, []*Tensor{t, src})
	out, err := o.Infer([]op.Meta{{Shape: t.Shape(), DType: t.dtype}}, attrs)
	if err != nil {
		panic(newError(name, err, t, src))
	}
	if !sameShape(out[0].Shape, src.Shape()) || t.dtype != src.dtype {
		panic(newError(name, misfit(ErrShape, "the part has shape %v and type %v", out[0].Shape, t.dtype), t, src))
	}
	there := Ones(t.Device(), dtype.Int32, src.Shape()...)
	there.join(t.arena)
	mask := placed(there, o, attrs, t.Shape())
	hit := mask.NeScalar(0)
	in := placed(src, o, attrs, t.Shape())
	r := hit.Where(in, t)
	for _, u := range []*Tensor{there, mask, hit, in} {
		u.Free()
	}
	return r
}

func sameShape(s, t []int) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range s {
		if s[i] != t[i] {
			return false
		}
	}
	return true
}
