package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/dtype"
)

func maxPool(c *backend.Call, axes [3][]span) error {
	switch c.In[0].DType {
	case dtype.Float32:
		maxPoolAs[float32](c, &axes)
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
	pairs := paired(axes)
	floats, _ := any(x).([]float32)
	par.For(count, grain(to*4), func(lo, hi int) {
		var keys []int64
		if floats != nil && !pairs {
			mem, block := scratch.Get[int64](from)
			defer block.Put()
			keys = mem
		}
		for p := lo; p < hi; p++ {
			plane, y, index := x[p*from:][:from], y[p*to:][:to], index[p*to:][:to]
			if pairs {
				maxOfPairs(plane, y, index, cols, len(axes[2]))
				continue
			}
			if keys != nil {
				placeKeys(keys, floats[p*from:][:from])
			}
			o := 0
			for i := range axes[0] {
				for j := range axes[1] {
					zs, ys := &axes[0][i], &axes[1][j]
					if keys != nil {
						maxOfKeys(index[o:], keys, rows, cols, zs, ys, axes[2])
						for range axes[2] {
							y[o] = plane[index[o]]
							o++
						}
						continue
					}
					for k := range axes[2] {
						y[o], index[o] = maxOfWindow(plane, rows, cols, zs, ys, &axes[2][k])
						o++
					}
				}
			}
		}
	})
}

// placeKeys makes keys of x that are ordered as maxOfWindow chooses: by value,
// NaN first of all, and among equals the earlier place. The processor compares
// integers without branches that it could not foresee.
func placeKeys(keys []int64, x []float32) {
	keys = keys[:len(x)]
	for i, v := range x {
		b := int32(math.Float32bits(v))
		b ^= int32(uint32(b>>31) >> 1)
		if v == 0 {
			b = 0
		} else if v != v {
			b = math.MaxInt32
		}
		keys[i] = int64(b)<<32 | int64(^uint32(i))
	}
}

// maxOfKeys finds the places of the largest keys of a row of windows.
func maxOfKeys(index, keys []int64, rows, cols int, zs, ys *span, row []span) {
	index = index[:len(row)]
	for k := range row {
		xs := &row[k]
		top := int64(math.MinInt64)
		for a := range zs.n {
			for b := range ys.n {
				at := ((zs.first+a*zs.step)*rows+ys.first+b*ys.step)*cols + xs.first
				for range xs.n {
					top = max(top, keys[at])
					at += xs.step
				}
			}
		}
		index[k] = int64(^uint32(top))
	}
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

// paired reports whether all windows are 2 by 2, side by side from the start.
func paired(axes *[3][]span) bool {
	if len(axes[0]) != 1 || axes[0][0].n != 1 {
		return false
	}
	for _, l := range axes[1:] {
		for i, s := range l {
			if s.n != 2 || s.step != 1 || s.first != 2*i {
				return false
			}
		}
	}
	return true
}

// maxOfPairs is maxOfWindow for all windows of a plane, if they are paired.
func maxOfPairs[T number](plane []T, y []T, index []int64, cols, n int) {
	for r := 0; len(y) > 0; r += 2 * cols {
		a, b := plane[r:][:2*n], plane[r+cols:][:2*n]
		for i := range n {
			top, at := a[2*i], r+2*i
			if v := a[2*i+1]; !(v <= top) && top == top {
				top, at = v, r+2*i+1
			}
			if v := b[2*i]; !(v <= top) && top == top {
				top, at = v, r+cols+2*i
			}
			if v := b[2*i+1]; !(v <= top) && top == top {
				top, at = v, r+cols+2*i+1
			}
			y[i], index[i] = top, int64(at)
		}
		y, index = y[n:], index[n:]
	}
}
