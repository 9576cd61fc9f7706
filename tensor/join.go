package tensor

import (
	"slices"

	"github.com/hekla-ml/hekla/op"
)

// Concat joins tensors, which agree in type and in all other axes, along an
// axis.
func Concat(axis int, in ...*Tensor) *Tensor { return joinMany(op.Concat, axis, in) }

// Stack joins tensors of one shape along a new axis.
func Stack(axis int, in ...*Tensor) *Tensor { return joinMany(op.Stack, axis, in) }

// joinMany joins more tensors than an op takes, such as the steps of a long
// sequence, in groups whose results are joined in turn.
func joinMany(o *op.Op, axis int, in []*Tensor) *Tensor {
	const most = 64 // as many as op.Mask holds
	a := op.AxisAttrs{Axis: axis}
	if len(in) <= most {
		return one(o, a, in...)
	}
	var groups []*Tensor
	for part := range slices.Chunk(in, most) {
		groups = append(groups, one(o, a, part...))
	}
	y := joinMany(op.Concat, axis, groups)
	for _, g := range groups {
		g.Free() // the record keeps what it needs
	}
	return y
}

// Pad adds before[a] and after[a] elements of the given value to each axis a;
// negative numbers cut.
func (t *Tensor) Pad(before, after []int, value float64) *Tensor {
	return one(op.Pad, op.PadAttrs{Before: slices.Clone(before), After: slices.Clone(after), Value: value}, t)
}

// PadMode is Pad with elements of t: reflected, replicated or circular.
func (t *Tensor) PadMode(before, after []int, mode op.PadMode) *Tensor {
	return one(op.Pad, op.PadAttrs{Before: slices.Clone(before), After: slices.Clone(after), Mode: mode}, t)
}

// Flip reverses the order along the given axes (all, without any).
func (t *Tensor) Flip(axes ...int) *Tensor { return one(op.Flip, op.FlipAttrs{Axes: own(axes)}, t) }

// FlipUD reverses axis 0, the rows of a matrix; a scalar has none.
func (t *Tensor) FlipUD() *Tensor {
	if t.Rank() < 1 {
		panic(newError("flipud", misfit(ErrShape, "want one axis or more"), t))
	}
	return t.Flip(0)
}

// FlipLR reverses axis 1, the columns of a matrix.
func (t *Tensor) FlipLR() *Tensor {
	if t.Rank() < 2 {
		panic(newError("fliplr", misfit(ErrShape, "want two axes or more"), t))
	}
	return t.Flip(1)
}

// Roll moves elements on by shift along an axis; what leaves at the end enters
// at the start.
func (t *Tensor) Roll(axis, shift int) *Tensor {
	return one(op.Roll, op.RollAttrs{Shifts: []int{shift}, Axes: []int{axis}}, t)
}

// Tile repeats t as a whole the given number of times along each axis; there
// may be more numbers than axes, which count in front.
func (t *Tensor) Tile(repeats ...int) *Tensor {
	return one(op.Tile, op.TileAttrs{Repeats: own(repeats)}, t)
}

// Repeat repeats each element a number of times along an axis.
func (t *Tensor) Repeat(axis, times int) *Tensor {
	return one(op.Repeat, op.RepeatAttrs{Axis: axis, Times: times}, t)
}

// Tril keeps the elements of the last two axes on and below a diagonal: 0 is
// the main one, 1 the next above. The others become 0.
func (t *Tensor) Tril(diagonal int) *Tensor {
	return one(op.Tril, op.TriangleAttrs{Diagonal: diagonal}, t)
}

// Triu keeps the elements on and above a diagonal; see Tril.
func (t *Tensor) Triu(diagonal int) *Tensor {
	return one(op.Triu, op.TriangleAttrs{Diagonal: diagonal}, t)
}
