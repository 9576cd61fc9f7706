package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// slide is how windows move along the last axis: window o reads elements
// o*stride - pad + t*dilation for t < kernel.
type slide struct{ kernel, stride, pad, dilation int }

// slideOf returns the slide of the last of n axes.
func slideOf(a op.PoolAttrs, n int) *slide {
	s := &slide{kernel: perAxis(a.Kernel, n, 1)[2], pad: perAxis(a.Pad, n, 0)[2], dilation: perAxis(a.Dilation, n, 1)[2]}
	s.stride = s.kernel
	if len(a.Stride) > 0 {
		s.stride = perAxis(a.Stride, n, 1)[2]
	}
	return s
}

// maxPool computes windows of the given spans; s says how the last axis comes
// by its own, nil if in no regular way.
func maxPool(c *backend.Call, axes [3][]span, s *slide) error {
	switch c.In[0].DType {
	case dtype.Float32:
		maxPoolKeys(c, &axes, s)
	case dtype.Float64:
		maxPoolAs[float64](c, &axes)
	case dtype.Int64:
		maxPoolAs[int64](c, &axes)
	default:
		return errOther
	}
	return nil
}

func maxPoolAs[T number](c *backend.Call, axes *[3][]span) {
	x, block := contiguous[T](&c.In[0])
	defer block.Put()
	y, index := dense[T](&c.Out[0]), dense[int64](&c.Out[1])
	count, from := planes(&c.In[0])
	_, to := planes(&c.Out[0])
	rows, cols := inner2(&c.In[0])
	par.For(count, grain(to*4), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			plane, y, index := x[p*from:][:from], y[p*to:][:to], index[p*to:][:to]
			eachWindow(axes, func(o int, zs, ys, xs *span) {
				y[o], index[o] = maxOfWindow(plane, rows, cols, zs, ys, xs)
			})
		}
	})
}

// maxOfWindow returns the first of the largest elements of a window, or a NaN,
// and its place.
func maxOfWindow[T number](plane []T, rows, cols int, zs, ys, xs *span) (T, int64) {
	best := (zs.first*rows+ys.first)*cols + xs.first
	top := plane[best]
	for a := range zs.n {
		for b := range ys.n {
			at := ((zs.first+a*zs.step)*rows+ys.first+b*ys.step)*cols + xs.first
			for range xs.n {
				if v := plane[at]; !(v <= top) && top == top {
					top, best = v, at
				}
				at += xs.step
			}
		}
	}
	return top, int64(best)
}

// maxPoolKeys makes an integer of each element that is ordered as maxOfWindow
// chooses: by value, NaN first of all, and among equals the earlier place. The
// largest of those can be taken in any order: first along the columns, whole
// rows at a time, then along the row that leaves.
func maxPoolKeys(c *backend.Call, axes *[3][]span, s *slide) {
	x, block := contiguous[float32](&c.In[0])
	defer block.Put()
	y, index := dense[float32](&c.Out[0]), dense[int64](&c.Out[1])
	count, from := planes(&c.In[0])
	_, to := planes(&c.Out[0])
	rows, cols := inner2(&c.In[0])
	places, block := scratch.Get[uint32](from)
	defer block.Put()
	for i := range places {
		places[i] = ^uint32(i)
	}
	n, before, wide := len(axes[2]), 0, cols
	if s != nil && n > 0 { // windows may reach over both ends
		before = s.pad
		wide = max(wide+before, (n-1)*s.stride+(s.kernel-1)*s.dilation+1)
	}
	par.For(count, grain(from+to), func(lo, hi int) {
		keys, block := scratch.Get[uint64](from + wide)
		defer block.Put()
		padded := keys[from:]
		for i := range padded {
			padded[i] = 1 << 63 // the least int64
		}
		row := padded[before:][:cols]
		for p := lo; p < hi; p++ {
			plane, y, index := x[p*from:][:from], y[p*to:][:to], index[p*to:][:to]
			vec.PlaceKey(keys[:from], plane, places)
			for i := range axes[0] {
				for j := range axes[1] {
					largestOfColumns(row, keys, rows, cols, &axes[0][i], &axes[1][j])
					if s != nil {
						s.largest(index[:n], padded)
					} else {
						largestOfSpans(index[:n], row, axes[2])
					}
					for k, top := range index[:n] {
						at := int64(^uint32(top))
						y[k], index[k] = plane[at], at
					}
					y, index = y[n:], index[n:]
				}
			}
		}
	})
}

// largestOfColumns sets each element of row to the largest of those of keys
// above each other in the given rows.
func largestOfColumns(row, keys []uint64, rows, cols int, zs, ys *span) {
	var last []uint64
	for a := range zs.n {
		for b := range ys.n {
			next := keys[((zs.first+a*zs.step)*rows+ys.first+b*ys.step)*cols:][:cols]
			switch {
			case last == nil:
				last = next
			default:
				vec.MaxI64(row, last, next)
				last = row
			}
		}
	}
	if zs.n*ys.n == 1 {
		copy(row, last)
	}
}

// largest sets top to the largest key of each window.
func (s *slide) largest(top []int64, keys []uint64) {
	at := 0
	switch k := keys; s.kernel {
	case 2:
		for o := range top {
			top[o] = max(int64(k[at]), int64(k[at+s.dilation]))
			at += s.stride
		}
	case 3:
		for o := range top {
			top[o] = max(int64(k[at]), int64(k[at+s.dilation]), int64(k[at+2*s.dilation]))
			at += s.stride
		}
	default:
		for o := range top {
			largest := int64(k[at])
			for t := range s.kernel {
				largest = max(largest, int64(k[at+t*s.dilation]))
			}
			top[o] = largest
			at += s.stride
		}
	}
}

func largestOfSpans(top []int64, keys []uint64, row []span) {
	for o := range top {
		largest, at := int64(math.MinInt64), row[o].first
		for range row[o].n {
			largest = max(largest, int64(keys[at]))
			at += row[o].step
		}
		top[o] = largest
	}
}
