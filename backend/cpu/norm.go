package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.LayerNorm] = func(c *backend.Call) error {
		switch c.In[0].DType {
		case dtype.Float32:
			layerNorm(c, &vectors32)
		case dtype.Float64:
			layerNorm(c, &vectors64)
		default:
			return errOther
		}
		return nil
	}
	kernels[op.BatchNorm] = func(c *backend.Call) error {
		// Channels of a few elements are better summed side by side, as the
		// decomposition does.
		if shape.Numel(c.In[0].Shape[2:]) < 8 {
			return errOther
		}
		switch c.In[0].DType {
		case dtype.Float32:
			batchNorm(c, &vectors32)
		case dtype.Float64:
			batchNorm(c, &vectors64)
		default:
			return errOther
		}
		return nil
	}
}

// optional returns operand i in row-major order, nil if there is none.
func optional[T any](c *backend.Call, i int) ([]T, func()) {
	if i >= len(c.In) {
		return nil, func() {}
	}
	s, block := contiguous[T](&c.In[i])
	return s, block.Put
}

// layerNorm normalises rows of the last axes.
func layerNorm[T float32 | float64](c *backend.Call, v *vectors[T]) {
	a, _ := c.Attrs.(op.NormAttrs)
	s := c.In[0].Shape
	n := shape.Numel(s[len(s)-max(a.Axes, 1):])
	x, block := contiguous[T](&c.In[0])
	defer block.Put()
	weight, put := optional[T](c, 1)
	defer put()
	bias, put := optional[T](c, 2)
	defer put()
	y, mean, variance := dense[T](&c.Out[0]), dense[T](&c.Out[1]), dense[T](&c.Out[2])
	par.For(len(mean), grain(n), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row, to := x[i*n:][:n], y[i*n:][:n]
			m := v.total(row) / float64(n)
			mean[i] = T(m)
			q := v.squares(row, T(m)) / float64(n)
			variance[i] = T(q)
			if n == 0 {
				continue
			}
			r := 1 / math.Sqrt(q+a.Eps)
			if bias != nil {
				v.normalise(to, row, weight, bias, T(m), T(r))
				continue
			}
			v.centre(to, row, T(m), T(r))
			if weight != nil {
				v.mul(to, to, weight)
			}
		}
	})
}

// batchNorm normalises the channels of [n, c, ...], one after the other.
func batchNorm[T float32 | float64](c *backend.Call, v *vectors[T]) {
	a, _ := c.Attrs.(op.NormAttrs)
	s := c.In[0].Shape
	batch, channels, n := s[0], s[1], shape.Numel(s[2:])
	x, block := contiguous[T](&c.In[0])
	defer block.Put()
	weight, put := optional[T](c, 1)
	defer put()
	bias, put := optional[T](c, 2)
	defer put()
	y, mean, variance := dense[T](&c.Out[0]), dense[T](&c.Out[1]), dense[T](&c.Out[2])
	count := float64(batch * n)
	par.For(channels, grain(batch*n), func(lo, hi int) {
		for ch := lo; ch < hi; ch++ {
			sum := 0.0
			for b := range batch {
				sum += v.total(x[(b*channels+ch)*n:][:n])
			}
			m := sum / count
			mean[ch] = T(m)
			sum = 0
			for b := range batch {
				sum += v.squares(x[(b*channels+ch)*n:][:n], T(m))
			}
			q := sum / count
			variance[ch] = T(q)
			r, shift := 1/math.Sqrt(q+a.Eps), 0.0
			if weight != nil {
				r *= float64(weight[ch])
			}
			if bias != nil {
				shift = float64(bias[ch])
			}
			for b := range batch {
				row, to := x[(b*channels+ch)*n:][:n], y[(b*channels+ch)*n:][:n]
				// The mean goes first: x may be large beside its spread.
				v.centreScale(to, row, T(m), T(r), T(shift))
			}
		}
	})
}
