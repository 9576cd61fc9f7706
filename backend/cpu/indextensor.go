package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/strided"
	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.IndexGet] = func(c *backend.Call) error {
		return bySize(c.Out[0].DType, indexGet[uint8], indexGet[uint16], indexGet[uint32], indexGet[uint64])(c)
	}
	kernels[op.IndexPut] = func(c *backend.Call) error {
		if a, _ := c.Attrs.(op.IndexPutAttrs); !a.Accumulate {
			return bySize(c.Out[0].DType, indexPut[uint8], indexPut[uint16], indexPut[uint32], indexPut[uint64])(c)
		}
		if f := byNumber(c.Out[0].DType, indexAdd[int8], indexAdd[int16], indexAdd[int32], indexAdd[int64], indexAdd[uint8], indexAdd32, indexAdd64); f != nil {
			return f(c)
		}
		return errOther
	}
	kernels[op.Embedding] = func(c *backend.Call) error {
		return bySize(c.Out[0].DType, embedding[uint8], embedding[uint16], embedding[uint32], embedding[uint64])(c)
	}
}

// pointedAt returns the row-major number, among the leading axes of shape s,
// that each of the broadcast indices means. Negative ones count from the end.
func pointedAt(name string, s []int, index []backend.View, lead []int) ([]int64, *scratch.Block, error) {
	n := shape.Numel(lead)
	rows, block := scratch.Get[int64](n)
	clear(rows)
	for axis := range index {
		wide := index[axis]
		v, err := wide.Expand(lead)
		if err != nil {
			return nil, block, err
		}
		wide.View = v
		list, b := indices(&wide)
		size := int64(s[axis])
		for i, k := range list {
			if k < -size || k >= size {
				b.Put()
				return nil, block, &op.IndexError{Op: name, Axis: axis, Index: int(k), Size: int(size)}
			}
			if k < 0 {
				k += size
			}
			rows[i] = rows[i]*size + k
		}
		b.Put()
	}
	return rows, block, nil
}

func indexGet[T strided.Word](c *backend.Call) error {
	x, out := &c.In[0], &c.Out[0]
	axes := len(c.In) - 1
	rest := len(x.Shape) - axes
	return getRows[T](c, "indexget", c.In[1:], out.Shape[:len(out.Shape)-rest])
}

// embedding is indexGet of rows by one tensor of ids.
func embedding[T strided.Word](c *backend.Call) error {
	ids, block := indices(&c.In[1])
	for _, k := range ids {
		if k < 0 { // IndexGet's count from the end
			block.Put()
			return &op.IndexError{Op: "embedding", Index: int(k), Size: c.In[0].Shape[0]}
		}
	}
	block.Put()
	return getRows[T](c, "embedding", c.In[1:2], c.In[1].Shape)
}

func getRows[T strided.Word](c *backend.Call, name string, index []backend.View, lead []int) error {
	x := &c.In[0]
	rows, block, err := pointedAt(name, x.Shape, index, lead)
	defer block.Put()
	if err != nil {
		return err
	}
	src, block := contiguous[T](x)
	defer block.Put()
	dst := dense[T](&c.Out[0])
	n := shape.Numel(x.Shape[len(index):])
	par.Sweep(len(rows), grain(n), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			move(dst[i*n:][:n], src[int(rows[i])*n:][:n])
		}
	})
	return nil
}

// putRows calls f with each row of the output and the values for it, in order.
func putRows[T any](c *backend.Call, f func(y, values []T)) error {
	x, values, index, out := &c.In[0], c.In[1], c.In[2:], &c.Out[0]
	var lead []int
	for i := range index {
		s, err := shape.Broadcast(lead, index[i].Shape)
		if err != nil {
			return err
		}
		lead = s
	}
	rows, block, err := pointedAt("indexput", x.Shape, index, lead)
	defer block.Put()
	if err != nil {
		return err
	}
	rest := x.Shape[len(index):]
	wide, err := values.Expand(append(append([]int(nil), lead...), rest...))
	if err != nil {
		return err
	}
	values.View = wide
	y := dense[T](out)
	copyOut(x, shape.Strides(x.Shape), y)
	src, block := contiguous[T](&values)
	defer block.Put()
	// Elements of a row do not meet those of its neighbours: columns are what is
	// shared out, and each keeps the order of the indices.
	n := shape.Numel(rest)
	par.For(n, max(16, grain(len(rows))), func(lo, hi int) {
		for i, r := range rows {
			at := int(r) * n
			f(y[at+lo:at+hi], src[i*n+lo:i*n+hi])
		}
	})
	return nil
}

func indexPut[T strided.Word](c *backend.Call) error {
	return putRows(c, func(y, values []T) { copy(y, values) })
}

func indexAdd[T number](c *backend.Call) error {
	return putRows(c, func(y, values []T) {
		for i, v := range values {
			y[i] += v
		}
	})
}

// Sums of floats, the most of them gradients of embeddings, are made whole rows
// at a time.
func indexAdd32(c *backend.Call) error {
	return putRows(c, func(y, values []float32) { vec.AddF32(y, y, values) })
}

func indexAdd64(c *backend.Call) error {
	return putRows(c, func(y, values []float64) { vec.AddF64(y, y, values) })
}
