package shape

import (
	"fmt"
	"slices"
)

// Infer returns s with its one size of -1, if any, replaced so that it has n
// elements, or an error if it cannot.
func Infer(n int, s []int) ([]int, error) {
	known, at := 1, -1
	for i, d := range s {
		switch {
		case d == -1 && at < 0:
			at = i
		case d < 0:
			return nil, fmt.Errorf("shape: %v: sizes must not be negative, and at most one may be -1", s)
		default:
			known *= d
		}
	}
	if at >= 0 {
		if known == 0 || n%known != 0 {
			return nil, fmt.Errorf("shape: no size for -1 in %v gives %d elements", s, n)
		}
		s = slices.Clone(s)
		s[at] = n / known
		return s, Check(s)
	}
	if err := Check(s); err != nil { // before the wrapped number fools us
		return nil, err
	}
	if known != n {
		return nil, fmt.Errorf("shape: %v has %d elements, want %d", s, known, n)
	}
	return s, nil
}

// Reshape returns a view of the same elements, in the same row-major order,
// with shape s, and false if none exists without a copy. The number of
// elements must agree.
func (v View) Reshape(s []int) (View, bool) {
	if v.IsContiguous() {
		return View{s, Strides(s), v.Offset}, true
	}
	w := View{s, make([]int, len(s)), v.Offset}
	// Match groups of axes of equal element count; in each, the old axes must
	// form one run so that the new ones can cut it anew.
	i, j := len(v.Shape)-1, len(s)-1
	for i >= 0 {
		run, base := v.Shape[i], v.Strides[i]
		for i > 0 && (v.Shape[i-1] == 1 || v.Strides[i-1] == run*base || v.Shape[i] == 1 && run == 1) {
			i--
			if run == 1 {
				base = v.Strides[i]
			}
			run *= v.Shape[i]
		}
		i--
		n := 1
		for j >= 0 && (n < run || s[j] == 1) {
			w.Strides[j] = base * n
			n *= s[j]
			j--
		}
		if n != run {
			return View{}, false
		}
	}
	for ; j >= 0; j-- {
		w.Strides[j] = 1 // of size 1
	}
	return w, true
}
