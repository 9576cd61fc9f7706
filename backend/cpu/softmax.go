package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

func init() {
	kernels[op.Softmax] = func(c *backend.Call) error { return softmaxes(c, false) }
	kernels[op.LogSoftmax] = func(c *backend.Call) error { return softmaxes(c, true) }
}

func softmaxes(c *backend.Call, log bool) error {
	switch c.In[0].DType {
	case dtype.Float32:
		return softmax(c, &vectors32, log)
	case dtype.Float64:
		return softmax(c, &vectors64, log)
	}
	return errOther
}

// softmax works line by line: a line stays in the cache from the search for its
// largest element to the division by its sum.
func softmax[T float32 | float64](c *backend.Call, v *vectors[T], log bool) error {
	axis, n, err := lineAxis(c.Attrs.(op.AxisAttrs).Axis, c.In[0].Shape)
	if err != nil || c.In[0].Numel() == 0 {
		return err
	}
	x, block := linesOf[T](&c.In[0], axis)
	defer block.Put()
	y, done := fromLines[T](&c.Out[0], axis)
	defer done()
	par.For(len(x)/n, grain(n*4), func(lo, hi int) {
		var powers []T
		if log { // of the powers only the sum is wanted
			mem, block := scratch.Get[T](n)
			defer block.Put()
			powers = mem
		}
		for i := lo; i < hi; i++ {
			in, out := x[i*n:][:n], y[i*n:][:n]
			top := v.max(in)
			if log {
				v.exp(powers, in, top)
				v.centre(out, in, top, 1)
				v.addScalar(out, out, -T(math.Log(v.total(powers))))
				continue
			}
			v.exp(out, in, top)
			v.scale(out, out, T(1/v.total(out)))
		}
	})
	return nil
}
