package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

func init() {
	kernels[op.MaxPool] = func(c *backend.Call) error {
		a := c.Attrs.(op.PoolAttrs)
		return maxPool(c, windows(a, c.In[0].Shape[2:], c.Out[0].Shape[2:]), slideOf(a, len(c.In[0].Shape)-2))
	}
	kernels[op.AdaptiveMaxPool] = func(c *backend.Call) error {
		return maxPool(c, adaptiveWindows(c.In[0].Shape[2:], c.Out[0].Shape[2:]), nil)
	}
	kernels[op.MaxPoolGrad] = maxPoolGrad
	kernels[op.AvgPool] = func(c *backend.Call) error {
		a := c.Attrs.(op.PoolAttrs)
		return avgPool(windows(a, c.In[0].Shape[2:], c.Out[0].Shape[2:]), a)(c)
	}
	kernels[op.AdaptiveAvgPool] = func(c *backend.Call) error {
		return avgPool(adaptiveWindows(c.In[0].Shape[2:], c.Out[0].Shape[2:]), op.PoolAttrs{})(c)
	}
	kernels[op.AvgPoolTranspose] = func(c *backend.Call) error {
		a := c.Attrs.(op.PoolAttrs)
		return avgPoolTranspose(windows(a, c.Out[0].Shape[2:], c.In[0].Shape[2:]), a)(c)
	}
	kernels[op.AdaptiveAvgPoolTranspose] = func(c *backend.Call) error {
		return avgPoolTranspose(adaptiveWindows(c.Out[0].Shape[2:], c.In[0].Shape[2:]), op.PoolAttrs{})(c)
	}
}

type number interface {
	int8 | int16 | int32 | int64 | uint8 | float32 | float64
}

// inner2 returns the sizes of the last two spatial axes of v.
func inner2(v *backend.View) (rows, cols int) {
	s := spatial(v.Shape)
	return s[1], s[2]
}

// maxPoolGrad adds up each plane on its own, in the order of its windows.
func maxPoolGrad(c *backend.Call) error {
	switch c.In[0].DType {
	case dtype.Float32:
		return maxPoolGradAs[float32](c)
	case dtype.Float64:
		return maxPoolGradAs[float64](c)
	}
	return errOther
}

func maxPoolGradAs[T float32 | float64](c *backend.Call) error {
	g, block := contiguous[T](&c.In[0])
	defer block.Put()
	index, block := indices(&c.In[1])
	defer block.Put()
	x := dense[T](&c.Out[0])
	count, from := planes(&c.In[0])
	_, to := planes(&c.Out[0])
	if err := inRange(index, to, func(i int) error { return &op.IndexError{Op: "maxpoolgrad", Axis: 2, Index: i, Size: to} }); err != nil {
		return err
	}
	par.For(count, grain(from+to), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			x := x[p*to:][:to]
			clear(x)
			index := index[p*from:][:from]
			for i, v := range g[p*from:][:from] {
				x[index[i]] += v
			}
		}
	})
	return nil
}

// grain returns how many items of the given number of simple steps are worth a
// thread of their own.
func grain(steps int) int { return max(1, 1<<13/max(steps, 1)) }
