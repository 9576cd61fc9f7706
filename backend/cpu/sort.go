package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

func init() {
	kernels[op.Sort] = func(c *backend.Call) error {
		a := c.Attrs.(op.SortAttrs)
		return order(c, &c.Out[0], &c.Out[1], a.Axis, a.Descending)
	}
	kernels[op.ArgSort] = func(c *backend.Call) error {
		a := c.Attrs.(op.SortAttrs)
		return order(c, nil, &c.Out[0], a.Axis, a.Descending)
	}
	kernels[op.TopK] = func(c *backend.Call) error {
		a := c.Attrs.(op.TopKAttrs)
		return order(c, &c.Out[0], &c.Out[1], a.Axis, !a.Smallest)
	}
}

// Elements are sorted by keys, unsigned integers in the order wanted: all NaN
// are one key above all others, and -0 is +0.

func key32(x float32) uint32 {
	if x != x {
		return math.MaxUint32
	}
	if x == 0 {
		x = 0
	}
	b := math.Float32bits(x)
	if b>>31 != 0 {
		return ^b
	}
	return b | 1<<31
}

func key64(x float64) uint64 {
	if x != x {
		return math.MaxUint64
	}
	if x == 0 {
		x = 0
	}
	b := math.Float64bits(x)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

// order puts the first elements along an axis, as many as index has room for,
// and their indices, in order. values may be nil.
func order(c *backend.Call, values, index *backend.View, axis int, descending bool) error {
	switch c.In[0].DType {
	case dtype.Bool, dtype.Uint8:
		return orderNarrow(c, values, index, axis, descending, func(x uint8) uint32 { return uint32(x) })
	case dtype.Int8:
		return orderNarrow(c, values, index, axis, descending, func(x int8) uint32 { return uint32(int32(x)) ^ 1<<31 })
	case dtype.Int16:
		return orderNarrow(c, values, index, axis, descending, func(x int16) uint32 { return uint32(int32(x)) ^ 1<<31 })
	case dtype.Int32:
		return orderNarrow(c, values, index, axis, descending, func(x int32) uint32 { return uint32(x) ^ 1<<31 })
	case dtype.Float16:
		return orderNarrow(c, values, index, axis, descending, func(x dtype.F16) uint32 { return key32(x.Float32()) })
	case dtype.BFloat16:
		return orderNarrow(c, values, index, axis, descending, func(x dtype.BF16) uint32 { return key32(x.Float32()) })
	case dtype.Float32:
		return orderNarrow(c, values, index, axis, descending, key32)
	case dtype.Int64:
		return orderLines(c, values, index, axis, descending, 64, func(x int64) uint64 { return uint64(x) ^ 1<<63 })
	case dtype.Float64:
		return orderLines(c, values, index, axis, descending, 64, key64)
	}
	return errOther
}

func orderNarrow[T any](c *backend.Call, values, index *backend.View, axis int, descending bool, key func(T) uint32) error {
	return orderLines(c, values, index, axis, descending, 32, func(x T) uint64 { return uint64(key(x)) })
}

// orderLines sorts each line by keys of so many bits.
func orderLines[T any](c *backend.Call, values, index *backend.View, axis int, descending bool, bits int, key func(T) uint64) error {
	axis, n, err := lineAxis(axis, c.In[0].Shape)
	if err != nil || index.Numel() == 0 {
		return err
	}
	if n > math.MaxInt32 {
		return errOther // places are 32 bits
	}
	_, k, _ := lineAxis(axis, index.Shape)
	x, block := linesOf[T](&c.In[0], axis)
	defer block.Put()
	at, done := fromLines[int64](index, axis)
	defer done()
	var y []T
	if values != nil {
		mem, done := fromLines[T](values, axis)
		defer done()
		y = mem
	}
	flip := uint64(0)
	if descending {
		flip = math.MaxUint64 >> (64 - bits)
	}
	par.For(len(x)/n, grain(n*8), func(lo, hi int) {
		s, done := newSorter(n, bits)
		defer done()
		for l := lo; l < hi; l++ {
			line := x[l*n:][:n]
			par.For(n, keyGrain, func(lo, hi int) {
				for i, x := range line[lo:hi] {
					s.keys[lo+i] = key(x) ^ flip
				}
			})
			first := s.sort(k)
			par.For(k, keyGrain, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					p := first[i]
					at[l*k+i] = int64(p)
					if y != nil {
						y[l*k+i] = line[p]
					}
				}
			})
		}
	})
	return nil
}
