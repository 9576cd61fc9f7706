package tensor

import (
	"slices"

	"github.com/hekla-ml/hekla/shape"
)

// MoveAxes moves each axis from[i] to the place to[i]; the others keep their
// order.
func (t *Tensor) MoveAxes(from, to []int) *Tensor {
	if len(from) != len(to) {
		panic(newError("moveaxes", misfit(ErrAttr, "%d axes to %d places", len(from), len(to)), t))
	}
	order := make([]int, t.Rank())
	for i := range order {
		order[i] = -1
	}
	moved := make([]bool, t.Rank())
	for i := range from {
		f, p := t.axis("moveaxes", from[i]), t.axis("moveaxes", to[i])
		if t.Rank() == 0 {
			continue
		}
		if moved[f] || order[p] >= 0 {
			panic(newError("moveaxes", misfit(ErrAttr, "axes %v to %v: one is named twice", from, to), t))
		}
		order[p], moved[f] = f, true
	}
	next := 0
	for i := range order {
		if order[i] >= 0 {
			continue
		}
		for moved[next] {
			next++
		}
		order[i] = next
		next++
	}
	return t.Permute(order...)
}

// Rot90 turns t by a quarter k times, from axis a towards axis b.
func (t *Tensor) Rot90(k, a, b int) *Tensor {
	x, y := t.axis("rot90", a), t.axis("rot90", b)
	if x == y {
		panic(newError("rot90", misfit(ErrAttr, "axes %d and %d, want two", a, b), t))
	}
	switch k = ((k % 4) + 4) % 4; k {
	case 1:
		f := t.Flip(y)
		defer f.Free()
		return f.Transpose(x, y)
	case 2:
		return t.Flip(x, y)
	case 3:
		f := t.Flip(x)
		defer f.Free()
		return f.Transpose(x, y)
	}
	return t.Clone()
}

// AtLeast returns t with axes of size 1 added until it has n: those of a
// vector stand around it, and what has more axes gets new last ones, as NumPy's
// atleast_2d and atleast_3d have it.
func (t *Tensor) AtLeast(n int) *Tensor {
	s := own(t.Shape())
	for len(s) < n {
		if len(s) == 1 {
			s = slices.Insert(s, 0, 1)
		} else {
			s = append(s, 1)
		}
	}
	return t.Reshape(s...)
}

// Broadcast expands tensors to the shape that they broadcast to together.
func Broadcast(in ...*Tensor) []*Tensor {
	var s []int
	for _, t := range in {
		var err error
		if s, err = shape.Broadcast(s, t.Shape()); err != nil {
			panic(newError("broadcast", misfit(ErrShape, "%v", err), in...))
		}
	}
	out := make([]*Tensor, len(in))
	for i, t := range in {
		out[i] = t.Expand(s...)
	}
	return out
}

// SumTo sums the axes along which the given shape would broadcast to t's.
func (t *Tensor) SumTo(sizes ...int) *Tensor {
	lead := t.Rank() - len(sizes)
	var axes []int
	for i, n := range t.Shape() {
		if i < lead || sizes[i-lead] == 1 && n != 1 {
			axes = append(axes, i)
		} else if sizes[i-lead] != n {
			lead = -1
			break
		}
	}
	if lead < 0 {
		panic(newError("sumto", misfit(ErrShape, "%v does not broadcast to %v", sizes, t.Shape()), t))
	}
	if axes == nil {
		return t.Reshape(sizes...)
	}
	r := t.Sum(axes...)
	defer r.Free()
	return r.Reshape(sizes...)
}
