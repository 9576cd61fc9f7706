package shape

import (
	"fmt"
	"slices"
)

// A View describes how an array lies in a flat buffer: element idx stands at
// Offset + sum(idx[i]*Strides[i]). Strides are never negative; a stride of 0
// repeats one element. Methods return new views and leave the receiver alone.
type View struct {
	Shape   []int
	Strides []int
	Offset  int
}

// Contiguous returns the row-major view of shape s at offset 0.
func Contiguous(s []int) View { return View{Shape: s, Strides: Strides(s)} }

// Numel returns the number of elements.
func (v View) Numel() int { return Numel(v.Shape) }

// IsContiguous reports whether the elements lie in row-major order without
// gaps. The strides of axes of size 1 do not matter.
func (v View) IsContiguous() bool {
	n := 1
	for i := len(v.Shape) - 1; i >= 0; i-- {
		d := v.Shape[i]
		if d != 1 && v.Strides[i] != n {
			return slices.Contains(v.Shape, 0) // no elements, no gaps
		}
		n *= d
	}
	return true
}

// End returns one more than the largest buffer index in use, or Offset if the
// view is empty.
func (v View) End() int {
	end := v.Offset
	for i, d := range v.Shape {
		if d == 0 {
			return v.Offset
		}
		end += (d - 1) * v.Strides[i]
	}
	return end + 1
}

// Permute reorders the axes: axis i of the result is axis axes[i] of v.
func (v View) Permute(axes ...int) (View, error) {
	if len(axes) != len(v.Shape) {
		return View{}, fmt.Errorf("shape: permute %v by %v: want one entry for each of %d axes", v.Shape, axes, len(v.Shape))
	}
	w := View{make([]int, len(axes)), make([]int, len(axes)), v.Offset}
	seen := make([]bool, len(axes))
	for i, a := range axes {
		a, err := Axis(a, len(v.Shape))
		if err != nil {
			return View{}, err
		}
		if seen[a] {
			return View{}, fmt.Errorf("shape: permute %v by %v: axis %d is named twice", v.Shape, axes, a)
		}
		seen[a] = true
		w.Shape[i], w.Strides[i] = v.Shape[a], v.Strides[a]
	}
	return w, nil
}

// Expand stretches v to shape s by NumPy's rule. A size of -1 keeps that of v.
func (v View) Expand(s []int) (View, error) {
	off := len(s) - len(v.Shape)
	w := View{slices.Clone(s), make([]int, len(s)), v.Offset}
	for i, d := range s {
		switch {
		case i < off:
			if d < 0 {
				return View{}, fmt.Errorf("shape: expand %v to %v: size -1 at the new axis %d", v.Shape, s, i)
			}
		case d == -1 || d == v.Shape[i-off]:
			w.Shape[i], w.Strides[i] = v.Shape[i-off], v.Strides[i-off]
		case v.Shape[i-off] != 1 || d < 0:
			return View{}, fmt.Errorf("shape: expand %v to %v: size %d at axis %d cannot become %d", v.Shape, s, v.Shape[i-off], i, d)
		}
	}
	if off < 0 {
		return View{}, fmt.Errorf("shape: expand %v to %v: the new shape has fewer axes", v.Shape, s)
	}
	return w, nil
}

// Slice keeps the indices start, start+step, ... below stop of one axis.
// Negative start and stop count from the end; both are clamped to the axis as
// in Python. The step must be positive.
func (v View) Slice(axis, start, stop, step int) (View, error) {
	axis, err := Axis(axis, len(v.Shape))
	if err != nil {
		return View{}, err
	}
	if len(v.Shape) == 0 {
		return View{}, fmt.Errorf("shape: slice of a scalar")
	}
	if step <= 0 {
		return View{}, fmt.Errorf("shape: slice of %v: step %d is not positive", v.Shape, step)
	}
	n := v.Shape[axis]
	clamp := func(i int) int {
		if i < 0 {
			i += n
		}
		return min(max(i, 0), n)
	}
	start, stop = clamp(start), clamp(stop)
	w := View{slices.Clone(v.Shape), slices.Clone(v.Strides), v.Offset}
	w.Shape[axis] = (max(stop-start, 0) + step - 1) / step
	if w.Shape[axis] > 0 {
		w.Offset += start * v.Strides[axis]
	}
	w.Strides[axis] *= step
	return w, nil
}

// Select keeps one index of an axis and removes the axis. A negative index
// counts from the end.
func (v View) Select(axis, index int) (View, error) {
	if len(v.Shape) == 0 {
		return View{}, fmt.Errorf("shape: select from a scalar")
	}
	axis, err := Axis(axis, len(v.Shape))
	if err != nil {
		return View{}, err
	}
	n := v.Shape[axis]
	if index < -n || index >= n {
		return View{}, fmt.Errorf("shape: index %d is out of range for axis %d of %v", index, axis, v.Shape)
	}
	if index < 0 {
		index += n
	}
	return View{slices.Delete(slices.Clone(v.Shape), axis, axis+1), slices.Delete(slices.Clone(v.Strides), axis, axis+1), v.Offset + index*v.Strides[axis]}, nil
}

// Diagonal returns the view of elements (i, i+offset) of axes a and b, as the
// last axis; a and b are removed.
func (v View) Diagonal(offset, a, b int) (View, error) {
	rank := len(v.Shape)
	a, errA := Axis(a, rank)
	b, errB := Axis(b, rank)
	if errA != nil || errB != nil || rank < 2 || a == b {
		return View{}, fmt.Errorf("shape: diagonal of %v over axes %d and %d: want two different axes", v.Shape, a, b)
	}
	n := min(v.Shape[a], v.Shape[b]-offset)
	start := offset * v.Strides[b]
	if offset < 0 {
		n = min(v.Shape[a]+offset, v.Shape[b])
		start = -offset * v.Strides[a]
	}
	if n <= 0 {
		n, start = 0, 0
	}
	w := View{Offset: v.Offset + start}
	for i := range v.Shape {
		if i != a && i != b {
			w.Shape, w.Strides = append(w.Shape, v.Shape[i]), append(w.Strides, v.Strides[i])
		}
	}
	w.Shape, w.Strides = append(w.Shape, n), append(w.Strides, v.Strides[a]+v.Strides[b])
	return w, nil
}

// Unfold slides a window of the given size and step over an axis: the axis
// becomes the number of windows, and a last axis of the window's size is added.
func (v View) Unfold(axis, size, step int) (View, error) {
	axis, err := Axis(axis, len(v.Shape))
	if err != nil {
		return View{}, err
	}
	n := 1
	st := 1
	if len(v.Shape) > 0 {
		n, st = v.Shape[axis], v.Strides[axis]
	}
	if size < 0 || size > n || step <= 0 {
		return View{}, fmt.Errorf("shape: unfold axis %d of %v: want 0 <= size %d <= %d and step %d > 0", axis, v.Shape, size, n, step)
	}
	if len(v.Shape) == 0 {
		return View{[]int{size}, []int{1}, v.Offset}, nil
	}
	w := View{append(slices.Clone(v.Shape), size), append(slices.Clone(v.Strides), st), v.Offset}
	w.Shape[axis] = (n-size)/step + 1
	w.Strides[axis] = st * step
	return w, nil
}

// Injective reports whether no two indices are known to share an element:
// true only if sorting the axes by stride proves it.
func (v View) Injective() bool {
	axes := make([]int, 0, len(v.Shape))
	for i, d := range v.Shape {
		if d == 0 {
			return true
		}
		if d > 1 {
			axes = append(axes, i)
		}
	}
	slices.SortFunc(axes, func(a, b int) int { return v.Strides[a] - v.Strides[b] })
	span := 0 // the largest distance between elements of the axes so far
	for _, a := range axes {
		if v.Strides[a] <= span {
			return false
		}
		span += (v.Shape[a] - 1) * v.Strides[a]
	}
	return true
}
