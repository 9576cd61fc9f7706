package tensor

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
)

// GridPadding says what GridSample finds outside.
type GridPadding uint8

// The paddings of GridSample.
const (
	GridZeros   GridPadding = iota // zeros
	GridBorder                     // the nearest element
	GridReflect                    // the elements mirrored at the edge
)

// A Sampler are the options of GridSample.
type Sampler struct {
	Nearest bool // take the nearest element; else interpolate linearly
	Padding GridPadding
	// AlignCorners puts -1 and 1 at the centres of the first and the last
	// element, rather than at their outer edges.
	AlignCorners bool
}

// GridSample returns elements of t [n, c, ...spatial] at the places of a grid
// [n, ...out, k], whose last axis has coordinates from -1 to 1 along the k
// spatial axes of t, the last axis first: [n, c, ...out].
func (t *Tensor) GridSample(grid *Tensor, s Sampler) *Tensor {
	deviceOf(nil, "gridsample", []*Tensor{t, grid})
	k := t.Rank() - 2
	if k < 1 || grid.Rank() != t.Rank() || grid.Dim(-1) != k || grid.Dim(0) != t.Dim(0) || t.Numel() == 0 || t.dtype != grid.dtype {
		panic(newError("gridsample", misfit(ErrShape, "want [n, c] and k spatial axes, not empty, and a grid [n, ..., k] of the same type"), t, grid))
	}
	n, c := t.Dim(0), t.Dim(1)
	out := own(grid.Shape()[1 : k+1])
	flat := t.Reshape(n, c, -1)
	places := 1
	for _, d := range out {
		places *= d
	}
	at := make([]*Tensor, k) // along each axis, [n, places]
	for i := range at {
		at[i] = s.place(grid.Select(-1, k-1-i).Reshape(n, places), t.Dim(2+i))
	}
	var sum *Tensor
	corners := 1 << k
	if s.Nearest {
		corners = 1
	}
	for corner := range corners {
		weight := OnesLike(at[0].Detach())
		index := weight.MulScalar(0)
		for i, x := range at {
			size := t.Dim(2 + i)
			low := x.Detach().Floor()
			cell := low
			switch {
			case s.Nearest:
				cell = x.Detach().Round()
			case corner>>i&1 == 0:
				weight = weight.Mul(low.AddScalar(1).Sub(x))
			default:
				cell = low.AddScalar(1)
				weight = weight.Mul(x.Sub(low))
			}
			inside := cell.GeScalar(0).LogicalAnd(cell.LtScalar(float64(size)))
			weight = weight.MaskedFill(inside.LogicalNot(), 0)
			index = index.MulScalar(float64(size)).Add(cell.MaskedFill(inside.LogicalNot(), 0))
		}
		v := flat.Gather(2, index.To(dtype.Int64).Unsqueeze(1).Expand(n, c, places)).Mul(weight.Unsqueeze(1))
		if sum == nil {
			sum = v
		} else {
			sum = sum.Add(v)
		}
	}
	return sum.Reshape(append([]int{n, c}, out...)...)
}

// place turns coordinates from -1 to 1 to places among size elements.
func (s Sampler) place(x *Tensor, size int) *Tensor {
	n := float64(size)
	low, high := -0.5, n-0.5 // the outer edges
	if s.AlignCorners {
		low, high = 0, n-1
	}
	x = x.AddScalar(1).MulScalar((high - low) / 2).AddScalar(low)
	switch s.Padding {
	case GridBorder:
		return x.Clamp(0, n-1)
	case GridReflect:
		if high == low {
			return x.MulScalar(0)
		}
		span := high - low
		d := x.SubScalar(low).Abs()
		rest := d.FmodScalar(span)
		back := d.Detach().DivScalar(span).Floor().FmodScalar(2).NeScalar(0)
		return back.Where(rest.Neg().AddScalar(span), rest).AddScalar(low).Clamp(0, n-1)
	}
	return x.MaskedFill(x.IsNaN(), math.Inf(-1)).Clamp(-1e15, 1e15) // outside
}
