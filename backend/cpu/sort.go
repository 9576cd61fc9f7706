package cpu

import (
	"cmp"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
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
		return orderWide(c, values, index, axis, descending, func(x int64) uint64 { return uint64(x) ^ 1<<63 })
	case dtype.Float64:
		return orderWide(c, values, index, axis, descending, key64)
	}
	return errOther
}

// orderNarrow sorts words of a key and an index: no two are equal, which makes
// any sort a stable one.
func orderNarrow[T any](c *backend.Call, values, index *backend.View, axis int, descending bool, key func(T) uint32) error {
	return orderLines(c, values, index, axis, func(words []uint64, line []T) {
		for i, x := range line {
			k := key(x)
			if descending {
				k = ^k
			}
			words[i] = uint64(k)<<32 | uint64(uint32(i))
		}
	}, func(w uint64) int { return int(uint32(w)) }, cmp.Compare[uint64])
}

type wideKey struct {
	key   uint64
	index int
}

func orderWide[T any](c *backend.Call, values, index *backend.View, axis int, descending bool, key func(T) uint64) error {
	return orderLines(c, values, index, axis, func(keys []wideKey, line []T) {
		for i, x := range line {
			k := key(x)
			if descending {
				k = ^k
			}
			keys[i] = wideKey{k, i}
		}
	}, func(w wideKey) int { return w.index }, func(a, b wideKey) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return a.index - b.index
	})
}

// orderLines sorts each line: read makes the words to sort of its elements.
func orderLines[T, W any](c *backend.Call, values, index *backend.View, axis int, read func(words []W, line []T), number func(W) int, compare func(a, b W) int) error {
	axis, n, err := lineAxis(axis, c.In[0].Shape)
	if err != nil || index.Numel() == 0 {
		return err
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
	par.For(len(x)/n, grain(n*8), func(lo, hi int) {
		words, block := scratch.Get[W](n)
		defer block.Put()
		for l := lo; l < hi; l++ {
			line := x[l*n:][:n]
			read(words, line)
			if k < n/4 {
				smallest(words, k, compare)
			}
			first := words
			if k < n/4 {
				first = words[:k]
			}
			if w, ok := any(first).([]uint64); ok {
				slices.Sort(w)
			} else {
				slices.SortFunc(first, compare)
			}
			for i, w := range first[:k] {
				p := number(w)
				at[l*k+i] = int64(p)
				if y != nil {
					y[l*k+i] = line[p]
				}
			}
		}
	})
	return nil
}

// smallest moves the k smallest words to the front, by a heap whose top is the
// largest of those seen so far.
func smallest[W any](words []W, k int, compare func(a, b W) int) {
	heap := words[:k]
	down := func(i int) {
		for {
			next := 2*i + 1
			if next >= k {
				return
			}
			if next+1 < k && compare(heap[next+1], heap[next]) > 0 {
				next++
			}
			if compare(heap[i], heap[next]) >= 0 {
				return
			}
			heap[i], heap[next] = heap[next], heap[i]
			i = next
		}
	}
	for i := k/2 - 1; i >= 0; i-- {
		down(i)
	}
	for i := k; k > 0 && i < len(words); i++ {
		if compare(words[i], heap[0]) < 0 {
			heap[0], words[i] = words[i], heap[0]
			down(0)
		}
	}
}
