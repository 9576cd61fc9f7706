package cpu

import (
	"sort"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/op"
)

func init() {
	kernels[op.SearchSorted] = func(c *backend.Call) error {
		return numbers(c, search[int8], search[int16], search[int32], search[int64], search[uint8], search[float32], search[float64])
	}
}

// search finds where each value would be inserted in its sorted row, in which
// NaN come last.
func search[T number](c *backend.Call) error {
	a, _ := c.Attrs.(op.SearchAttrs)
	s := c.In[0].Shape
	n := s[len(s)-1]
	rows, block := contiguous[T](&c.In[0])
	defer block.Put()
	values, block := contiguous[T](&c.In[1])
	defer block.Put()
	each := len(values) // for one vector
	if v := c.In[1].Shape; len(s) > 1 {
		each = v[len(v)-1]
	}
	y := dense[int64](&c.Out[0])
	par.For(len(values), 1<<9, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			x, row := values[i], rows[i/each*n:][:n]
			if a.Right {
				y[i] = int64(sort.Search(n, func(k int) bool { return row[k] > x || row[k] != row[k] && x == x }))
			} else {
				y[i] = int64(sort.Search(n, func(k int) bool { return row[k] >= x || row[k] != row[k] }))
			}
		}
	})
	return nil
}
