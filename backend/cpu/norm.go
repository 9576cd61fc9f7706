package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.LayerNorm] = floatKernel(layerNorm[float32], layerNorm[float64])
	kernels[op.RMSNorm] = floatKernel(rmsNorm[float32], rmsNorm[float64])
	kernels[op.BatchNorm] = func(c *backend.Call) error {
		// Channels of a few elements are better summed side by side, as the
		// decomposition does.
		if shape.Numel(c.In[0].Shape[2:]) < fewElements {
			return errOther
		}
		return floatKernel(batchNorm[float32], batchNorm[float64])(c)
	}
	kernels[op.BatchNormEval] = func(c *backend.Call) error {
		if shape.Numel(c.In[0].Shape[2:]) < fewElements {
			return errOther
		}
		return floatKernel(batchNormEval[float32], batchNormEval[float64])(c)
	}
	kernels[op.NormGrad] = func(c *backend.Call) error {
		switch {
		case !c.Attrs.(op.NormGradAttrs).Channels:
			return floatKernel(layerNormGrad[float32], layerNormGrad[float64])(c)
		case shape.Numel(c.In[0].Shape[2:]) < fewElements:
			return errOther
		}
		return floatKernel(batchNormGrad[float32], batchNormGrad[float64])(c)
	}
}

// fewElements is from how many elements of a channel in an image on the kernels
// take channels one by one.
const fewElements = 4

// floatKernel runs one of two kernels, by the element type that all operands
// must have.
func floatKernel(f32 func(c *backend.Call, v *vectors[float32]), f64 func(c *backend.Call, v *vectors[float64])) kernel {
	return func(c *backend.Call) error {
		d := c.In[0].DType
		for i := range c.In {
			if c.In[i].DType != d {
				return errOther
			}
		}
		switch d {
		case dtype.Float32:
			f32(c, &vectors32)
		case dtype.Float64:
			f64(c, &vectors64)
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

// normGradOperands returns those of NormGrad, weight nil if there is none, and
// what gives their memory back.
func normGradOperands[T any](c *backend.Call) (g, x, mean, variance, weight []T, put func()) {
	g, b0 := contiguous[T](&c.In[0])
	x, b1 := contiguous[T](&c.In[1])
	mean, b2 := contiguous[T](&c.In[2])
	variance, b3 := contiguous[T](&c.In[3])
	weight, last := optional[T](c, 4)
	return g, x, mean, variance, weight, func() {
		b0.Put()
		b1.Put()
		b2.Put()
		b3.Put()
		last()
	}
}
