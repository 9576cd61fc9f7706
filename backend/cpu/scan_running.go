package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

func init() {
	kernels[op.CumMax] = func(c *backend.Call) error {
		return numbers(c, running[int8](1), running[int16](1), running[int32](1), running[int64](1), running[uint8](1), running[float32](1), running[float64](1))
	}
	kernels[op.CumMin] = func(c *backend.Call) error {
		return numbers(c, running[int8](-1), running[int16](-1), running[int32](-1), running[int64](-1), running[uint8](-1), running[float32](-1), running[float64](-1))
	}
	kernels[op.LinearScan] = func(c *backend.Call) error {
		switch c.In[0].DType {
		case dtype.Float32:
			return linearScan[float32](c)
		case dtype.Float64:
			return linearScan[float64](c)
		}
		return errOther
	}
}

// running finds the largest elements so far, or with a negative sign the
// smallest: the last of equal ones; from a NaN on all are NaN, the last one.
func running[T number](sign int) kernel {
	return func(c *backend.Call) error {
		a := c.Attrs.(op.ScanAttrs)
		axis, n, err := lineAxis(a.Axis, c.In[0].Shape)
		if err != nil || c.In[0].Numel() == 0 {
			return err
		}
		x, block := linesOf[T](&c.In[0], axis)
		defer block.Put()
		y, done := fromLines[T](&c.Out[0], axis)
		defer done()
		index, done := fromLines[int64](&c.Out[1], axis)
		defer done()
		first, step := direction(n, a.Reverse)
		par.For(len(x)/n, grain(n*2), func(lo, hi int) {
			for l := lo; l < hi; l++ {
				line, top, number := x[l*n:][:n], y[l*n:][:n], index[l*n:][:n]
				best, at := line[first], first
				for i := first; 0 <= i && i < n; i += step {
					v := line[i]
					if v != v || best == best && (sign > 0 && v >= best || sign < 0 && v <= best) {
						best, at = v, i
					}
					top[i], number[i] = best, int64(at)
				}
			}
		})
		return nil
	}
}

// linearScan computes y[i] = a[i]*y[i-1] + b[i] in float64.
func linearScan[T float32 | float64](c *backend.Call) error {
	a := c.Attrs.(op.ScanAttrs)
	axis, n, err := lineAxis(a.Axis, c.In[0].Shape)
	if err != nil || c.In[0].Numel() == 0 {
		return err
	}
	factors, block := linesOf[T](&c.In[0], axis)
	defer block.Put()
	terms, block := linesOf[T](&c.In[1], axis)
	defer block.Put()
	y, done := fromLines[T](&c.Out[0], axis)
	defer done()
	first, step := direction(n, a.Reverse)
	par.For(len(y)/n, grain(n*2), func(lo, hi int) {
		for l := lo; l < hi; l++ {
			acc := 0.0
			for i := first; 0 <= i && i < n; i += step {
				// Rounded twice on all processors alike.
				acc = float64(float64(factors[l*n+i])*acc) + float64(terms[l*n+i])
				y[l*n+i] = T(acc)
			}
		}
	})
	return nil
}
