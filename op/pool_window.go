package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// A span is where a window lies on one axis: the indices within the operand,
// and the number of them with padding.
type span struct{ first, n, padded, step int }

// spans returns the windows on each spatial axis of size s.
func (a PoolAttrs) spans(s []int, dilates bool) ([][]span, error) {
	n := len(s)
	if len(a.Kernel) == 0 {
		return nil, attrError("no Kernel: want one number, or one for each of %d axes", n)
	}
	kernel, err := perAxis("Kernel", a.Kernel, n, 1, 1)
	if err != nil {
		return nil, err
	}
	stride := kernel
	if len(a.Stride) > 0 {
		if stride, err = perAxis("Stride", a.Stride, n, 1, 1); err != nil {
			return nil, err
		}
	}
	pad, err := perAxis("Pad", a.Pad, n, 0, 0)
	if err != nil {
		return nil, err
	}
	dilation, err := perAxis("Dilation", a.Dilation, n, 1, 1)
	if err != nil {
		return nil, err
	}
	axes := make([][]span, n)
	for i, size := range s {
		if !dilates && dilation[i] != 1 {
			return nil, attrError("Dilation is %v: want none", a.Dilation)
		}
		wide := dilation[i]*(kernel[i]-1) + 1
		if 2*pad[i] > wide {
			return nil, attrError("Pad is %v: want at most half of the window %d of axis %d", pad, wide, i+2)
		}
		room := size + 2*pad[i] - wide
		if room < 0 || size == 0 {
			return nil, shapeError("window of %d with padding %d does not fit in axis %d of size %d", wide, pad[i], i+2, size)
		}
		count := room/stride[i] + 1
		if a.Ceil && room%stride[i] != 0 && count*stride[i] < size+pad[i] {
			count++
		}
		for o := range count {
			w := span{first: o*stride[i] - pad[i], step: dilation[i]}
			end := w.first + wide
			w.padded = min(end, size+pad[i]) - w.first
			for w.first < 0 {
				w.first += w.step
			}
			if w.n = (min(end, size) - w.first + w.step - 1) / w.step; w.n < 1 {
				return nil, shapeError("window %d of axis %d, of size %d, holds nothing but padding", o, i+2, size)
			}
			axes[i] = append(axes[i], w)
		}
	}
	return axes, nil
}

// adaptiveSpans returns windows that divide each axis of in evenly, overlapping
// by one element where it does not divide.
func adaptiveSpans(in, out []int) ([][]span, error) {
	if len(out) == 1 {
		out = slices.Repeat(out, len(in))
	}
	if len(out) != len(in) {
		return nil, attrError("Size is %v: want one size, or one for each of %d axes", out, len(in))
	}
	axes := make([][]span, len(in))
	for i, n := range in {
		m := out[i]
		if m == -1 {
			m = n
		}
		if m < 0 {
			return nil, attrError("Size is %v: want no negative size but -1", out)
		}
		if n == 0 {
			return nil, shapeError("axis %d is empty", i+2)
		}
		axes[i] = make([]span, 0, m)
		for o := range m {
			first, end := o*n/m, ((o+1)*n+m-1)/m
			axes[i] = append(axes[i], span{first, end - first, end - first, 1})
		}
	}
	return axes, nil
}

// eachWindow calls f with the number of each window, the places of its elements
// and how many it has with padding.
func eachWindow(axes [][]span, in []int, f func(o int, at []int, padded int)) {
	out := make([]int, len(axes))
	for i, a := range axes {
		out[i] = len(a)
	}
	if shape.Numel(out) == 0 {
		return
	}
	idx := make([]int, len(out))
	for o := 0; ; o++ {
		at, padded := []int{0}, 1
		for i, k := range idx {
			w := axes[i][k]
			padded *= w.padded
			var next []int
			for _, p := range at {
				for j := range w.n {
					next = append(next, p*in[i]+w.first+j*w.step)
				}
			}
			at = next
		}
		f(o, at, padded)
		if !shape.Next(idx, out) {
			return
		}
	}
}

// weight returns what an element counts in the mean of a window with n elements.
func (a PoolAttrs) weight(n, padded int) float64 {
	switch {
	case a.Divisor != 0:
		return 1 / float64(a.Divisor)
	case a.ExcludePad:
		return 1 / float64(n)
	}
	return 1 / float64(padded)
}

// poolMetas infers the result of a pooling of x [n, c, ...].
func poolMetas(in []Meta, windows func(s []int) ([][]span, error), indices bool) ([]Meta, error) {
	if err := operands(in, 1, 1); err != nil {
		return nil, err
	}
	x := in[0].Shape
	if len(x) < 3 || len(x) > 5 {
		return nil, shapeError("%v: want [n, c, ...] with 1 to 3 spatial axes", x)
	}
	if !indices && !in[0].DType.IsFloat() {
		return nil, dtypeError("mean of %s: want a float type; convert first", in[0].DType)
	}
	axes, err := windows(x[2:])
	if err != nil {
		return nil, err
	}
	s := slices.Clone(x[:2])
	for _, a := range axes {
		s = append(s, len(a))
	}
	outs := []Meta{{s, in[0].DType}}
	if indices {
		outs = append(outs, Meta{s, dtype.Int64})
	}
	return outs, nil
}

// spreadMetas infers the result, of spatial size to, of a transposed pooling.
func spreadMetas(in []Meta, to []int, windows func(s []int) ([][]span, error)) ([]Meta, error) {
	if err := operands(in, 1, 1); err != nil {
		return nil, err
	}
	x := in[0].Shape
	if len(x) < 3 || len(to) != len(x)-2 {
		return nil, attrError("x %v, size of the result %v: want [n, c, ...] and a size for each spatial axis", x, to)
	}
	axes, err := windows(to)
	if err != nil {
		return nil, err
	}
	for i, a := range axes {
		if len(a) != x[i+2] {
			return nil, shapeError("x %v: an axis of size %d has %d windows, axis %d has %d elements", x, to[i], len(a), i+2, x[i+2])
		}
	}
	return []Meta{{append(slices.Clone(x[:2]), to...), in[0].DType}}, nil
}

func pooled(x *Array, axes [][]span) (out []int, planes, from, to int) {
	s := x.Meta.Shape
	out = slices.Clone(s[:2])
	for _, a := range axes {
		out = append(out, len(a))
	}
	return out, s[0] * s[1], shape.Numel(s[2:]), shape.Numel(out[2:])
}

func maxOver(x *Array, axes [][]span) []*Array {
	s, planes, from, to := pooled(x, axes)
	y, index := NewArray(x.Meta.DType, s...), NewArray(dtype.Int64, s...)
	eachWindow(axes, x.Meta.Shape[2:], func(o int, at []int, _ int) {
		for p := range planes {
			plane, best := x.Data[p*from:], at[0]
			for _, i := range at {
				if plane[best] == plane[best] && !(plane[i] <= plane[best]) {
					best = i
				}
			}
			y.Data[p*to+o], index.Data[p*to+o] = plane[best], float64(best)
		}
	})
	return []*Array{y, index}
}

func meanOver(x *Array, axes [][]span, weight func(n, padded int) float64) []*Array {
	s, planes, from, to := pooled(x, axes)
	y := NewArray(x.Meta.DType, s...)
	eachWindow(axes, x.Meta.Shape[2:], func(o int, at []int, padded int) {
		for p := range planes {
			sum := 0.0
			for _, i := range at {
				sum += x.Data[p*from+i]
			}
			y.Data[p*to+o] = sum * weight(len(at), padded)
		}
	})
	return []*Array{y}
}

func spreadOver(x *Array, size []int, axes [][]span, weight func(n, padded int) float64) []*Array {
	_, planes, from, _ := pooled(x, axes)
	to := shape.Numel(size)
	y := NewArray(x.Meta.DType, append(slices.Clone(x.Meta.Shape[:2]), size...)...)
	eachWindow(axes, size, func(o int, at []int, padded int) {
		for p := range planes {
			for _, i := range at {
				y.Data[p*to+i] += x.Data[p*from+o] * weight(len(at), padded)
			}
		}
	})
	return []*Array{y}
}
