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
		return avgPool(c, windows(a, c.In[0].Shape[2:], c.Out[0].Shape[2:]), a)
	}
	kernels[op.AdaptiveAvgPool] = func(c *backend.Call) error {
		return avgPool(c, adaptiveWindows(c.In[0].Shape[2:], c.Out[0].Shape[2:]), op.PoolAttrs{})
	}
	kernels[op.AvgPoolTranspose] = func(c *backend.Call) error {
		a := c.Attrs.(op.PoolAttrs)
		return avgPoolTranspose(c, windows(a, c.Out[0].Shape[2:], c.In[0].Shape[2:]), a)
	}
	kernels[op.AdaptiveAvgPoolTranspose] = func(c *backend.Call) error {
		return avgPoolTranspose(c, adaptiveWindows(c.Out[0].Shape[2:], c.In[0].Shape[2:]), op.PoolAttrs{})
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

func avgPool(c *backend.Call, axes [3][]span, a op.PoolAttrs) error {
	switch c.In[0].DType {
	case dtype.Float32:
		avgPoolAs[float32](c, &axes, a)
	case dtype.Float64:
		avgPoolAs[float64](c, &axes, a)
	default:
		return errOther
	}
	return nil
}

// divisor returns what the sum of a window is divided by.
func divisor(a op.PoolAttrs, z, y, x *span) float64 {
	switch {
	case a.Divisor != 0:
		return float64(a.Divisor)
	case a.ExcludePad:
		return float64(z.n * y.n * x.n)
	}
	return float64(z.padded * y.padded * x.padded)
}

func avgPoolAs[T float32 | float64](c *backend.Call, axes *[3][]span, a op.PoolAttrs) {
	x, block := contiguous[T](&c.In[0])
	defer block.Put()
	y := dense[T](&c.Out[0])
	count, from := planes(&c.In[0])
	_, to := planes(&c.Out[0])
	rows, cols := inner2(&c.In[0])
	par.For(count, grain(from), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			plane, y := x[p*from:][:from], y[p*to:][:to]
			eachWindow(axes, func(o int, zs, ys, xs *span) {
				sum := 0.0 // thousands of equal elements would round one way
				for a := range zs.n {
					for b := range ys.n {
						at := ((zs.first+a)*rows+ys.first+b)*cols + xs.first
						for _, v := range plane[at:][:xs.n] {
							sum += float64(v)
						}
					}
				}
				y[o] = T(sum / divisor(a, zs, ys, xs))
			})
		}
	})
}

func avgPoolTranspose(c *backend.Call, axes [3][]span, a op.PoolAttrs) error {
	switch c.In[0].DType {
	case dtype.Float32:
		avgPoolTransposeAs[float32](c, &axes, a)
	case dtype.Float64:
		avgPoolTransposeAs[float64](c, &axes, a)
	default:
		return errOther
	}
	return nil
}

func avgPoolTransposeAs[T float32 | float64](c *backend.Call, axes *[3][]span, a op.PoolAttrs) {
	g, block := contiguous[T](&c.In[0])
	defer block.Put()
	x := dense[T](&c.Out[0])
	count, from := planes(&c.In[0])
	_, to := planes(&c.Out[0])
	rows, cols := inner2(&c.Out[0])
	par.For(count, grain(to), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			plane, g := x[p*to:][:to], g[p*from:][:from]
			clear(plane)
			eachWindow(axes, func(o int, zs, ys, xs *span) {
				v := g[o] / T(divisor(a, zs, ys, xs))
				for a := range zs.n {
					for b := range ys.n {
						at := ((zs.first+a)*rows+ys.first+b)*cols + xs.first
						row := plane[at:][:xs.n]
						for i := range row {
							row[i] += v
						}
					}
				}
			})
		}
	})
}

// grain returns how many items of the given number of simple steps are worth a
// thread of their own.
func grain(steps int) int { return max(1, 1<<13/max(steps, 1)) }
