// Package shape does the integer arithmetic of tensors: sizes, strides,
// broadcasting and views. It knows nothing of element types or memory.
//
// Shapes and strides are slices that are never changed once made, so that many
// tensors may share them. Strides and offsets count elements, not bytes.
package shape

import (
	"fmt"
	"math"
	"slices"
)

// Numel returns the number of elements of shape s: 1 for a scalar's empty
// shape.
func Numel(s []int) int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// Check returns an error if a size is negative or the number of elements
// overflows an int.
func Check(s []int) error {
	n := 1
	for i, d := range s {
		if d < 0 {
			return fmt.Errorf("shape: size %d of axis %d is negative in %v", d, i, s)
		}
		if d > 0 && n > math.MaxInt/d {
			return fmt.Errorf("shape: %v has more elements than an int can count", s)
		}
		if d > 0 {
			n *= d
		}
	}
	return nil
}

// Strides returns the row-major (C order) strides of s.
func Strides(s []int) []int {
	st := make([]int, len(s))
	n := 1
	for i := len(s) - 1; i >= 0; i-- {
		st[i] = n
		n *= max(s[i], 1)
	}
	return st
}

// Axis returns axis as an index into a shape of the given rank; negative axes
// count from the end. A scalar accepts 0 and -1.
func Axis(axis, rank int) (int, error) {
	n := max(rank, 1)
	if axis < -n || axis >= n {
		return 0, fmt.Errorf("shape: axis %d is out of range for rank %d, want %d to %d", axis, rank, -n, n-1)
	}
	if axis < 0 {
		axis += n
	}
	return axis, nil
}

// Axes normalises a list of axes as Axis does and sorts it. No axes means all.
// It is an error to name one twice.
func Axes(axes []int, rank int) ([]int, error) {
	if len(axes) == 0 {
		all := make([]int, rank)
		for i := range all {
			all[i] = i
		}
		return all, nil
	}
	out := make([]int, 0, len(axes))
	for _, a := range axes {
		a, err := Axis(a, rank)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out, a) {
			return nil, fmt.Errorf("shape: axis %d is named twice in %v", a, axes)
		}
		out = append(out, a)
	}
	if rank == 0 {
		return nil, nil
	}
	slices.Sort(out)
	return out, nil
}

// Reduced returns the shape left when the given sorted axes of s are reduced:
// of size 1 if keep, else removed.
func Reduced(s, axes []int, keep bool) []int {
	out := make([]int, 0, len(s))
	for i, d := range s {
		if slices.Contains(axes, i) {
			if !keep {
				continue
			}
			d = 1
		}
		out = append(out, d)
	}
	return out
}

// Next advances idx to the next index of shape s in row-major order and
// reports false when it wrapped around to zero.
func Next(idx, s []int) bool {
	for i := len(s) - 1; i >= 0; i-- {
		if idx[i]++; idx[i] < s[i] {
			return true
		}
		idx[i] = 0
	}
	return false
}
