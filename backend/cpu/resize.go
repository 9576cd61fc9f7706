package cpu

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/strided"
	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.Resize] = func(c *backend.Call) error {
		a := c.Attrs.(op.ResizeAttrs)
		if a.Mode <= op.ResizeNearestExact { // no arithmetic
			return bySize(c.In[0].DType, nearest[uint8], nearest[uint16], nearest[uint32], nearest[uint64])(c)
		}
		return resized(c, a, false)
	}
	kernels[op.ResizeTranspose] = func(c *backend.Call) error {
		a := c.Attrs.(op.ResizeAttrs)
		a.Size = c.In[0].Shape[2:]
		return resized(c, a, true)
	}
}

func resized(c *backend.Call, a op.ResizeAttrs, spread bool) error {
	switch c.In[0].DType {
	case dtype.Float32:
		return resize(c, a, spread, vec.AxpyF32)
	case dtype.Float64:
		return resize(c, a, spread, vec.AxpyF64)
	}
	return errOther
}

// A stretch resizes one axis of [outer, from, inner] to [outer, to, inner]: of
// what elements of the larger side each of the smaller index is made is in at and
// weights, count each.
type stretch[T float32 | float64] struct {
	outer, inner, from, to int
	count                  int
	at                     []int
	weights                []T
	axpy                   func(dst []T, alpha T, a, b []T)
}

// resize goes from axis to axis, as all modes are products of what they are on
// each. spread is the transpose.
func resize[T float32 | float64](c *backend.Call, a op.ResizeAttrs, spread bool, axpy func(dst []T, alpha T, a, b []T)) error {
	s := slices.Clone(c.In[0].Shape)
	if c.Out[0].Numel() == 0 {
		return nil
	}
	x, block := contiguous[T](&c.In[0])
	defer func() { block.Put() }()
	for axis := len(s) - 1; axis >= 2; axis-- {
		k := stretch[T]{outer: shape.Numel(s[:axis]), inner: shape.Numel(s[axis+1:]), from: s[axis], to: c.Out[0].Shape[axis], axpy: axpy}
		n := k.from // of the side that Resize reads
		if spread {
			n = k.to
		}
		count, at, weights := a.Taps(axis-2, n)
		k.count, k.at = count, at
		for _, w := range weights {
			k.weights = append(k.weights, T(w))
		}
		s[axis] = k.to
		y, b := dense[T](&c.Out[0]), (*scratch.Block)(nil)
		if axis > 2 {
			y, b = scratch.Get[T](shape.Numel(s))
		}
		if spread {
			k.spread(y, x)
		} else {
			k.gather(y, x)
		}
		block.Put()
		x, block = y, b
	}
	return nil
}

func (k *stretch[T]) gather(y, x []T) {
	par.For(k.outer*k.to, grain(k.inner*k.count), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			base, j := r/k.to*k.from, r%k.to*k.count
			at, weights := k.at[j:][:k.count], k.weights[j:][:k.count]
			if k.inner == 1 {
				sum := T(0)
				for i, p := range at {
					sum += T(weights[i] * x[base+p])
				}
				y[r] = sum
				continue
			}
			row := y[r*k.inner:][:k.inner]
			clear(row)
			for i, p := range at {
				k.axpy(row, weights[i], x[(base+p)*k.inner:][:k.inner], row)
			}
		}
	})
}

func (k *stretch[T]) spread(y, x []T) {
	par.For(k.outer, grain(k.from*k.inner*k.count), func(lo, hi int) {
		clear(y[lo*k.to*k.inner : hi*k.to*k.inner])
		for r := lo * k.from; r < hi*k.from; r++ {
			base, j := r/k.from*k.to, r%k.from*k.count
			for i, p := range k.at[j:][:k.count] {
				w := k.weights[j+i]
				if k.inner == 1 {
					y[base+p] += T(w * x[r])
					continue
				}
				row := y[(base+p)*k.inner:][:k.inner]
				k.axpy(row, w, x[r*k.inner:][:k.inner], row)
			}
		}
	})
}

// nearest copies the element that each of the result is.
func nearest[T strided.Word](c *backend.Call) error {
	a := c.Attrs.(op.ResizeAttrs)
	s := c.In[0].Shape
	if c.Out[0].Numel() == 0 {
		return nil
	}
	x, block := contiguous[T](&c.In[0])
	defer block.Put()
	y := dense[T](&c.Out[0])
	// The last axis is a row of both; the others say which row is whose.
	last := len(s) - 1
	_, cols, _ := a.Taps(last-2, s[last])
	rows := []int{0}
	for k, n := range s[2:last] {
		_, at, _ := a.Taps(k, n)
		next := make([]int, 0, len(rows)*len(at))
		for _, r := range rows {
			for _, i := range at {
				next = append(next, r*n+i)
			}
		}
		rows = next
	}
	planes := shape.Numel(s[2:last])
	par.For(s[0]*s[1]*len(rows), grain(len(cols)), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			from := x[(r/len(rows)*planes+rows[r%len(rows)])*s[last]:][:s[last]]
			to := y[r*len(cols):][:len(cols)]
			for i, p := range cols {
				to[i] = from[p]
			}
		}
	})
	return nil
}
