package opinfo

import (
	"github.com/hekla-ml/hekla/tensor"
)

// M keeps the table short.
type M = tensor.MaskedTensor

// maskedTable has torch.masked: reductions over the elements a mask holds for.
func maskedTable() map[string]function {
	return map[string]function{
		"masked.sum":       masked(1, M.Sum),
		"masked.prod":      masked(1, M.Prod),
		"masked.mean":      masked(1, M.Mean),
		"masked.amax":      masked(1, M.Max),
		"masked.amin":      masked(1, M.Min),
		"masked.logsumexp": masked(1, M.LogSumExp),
		"masked.var":       is(func(c *call) *T { return maskedSpread(c, M.Var) }),
		"masked.std":       is(func(c *call) *T { return maskedSpread(c, M.Std) }),
		"masked.norm": is(func(c *call) *T {
			m, axes := maskedInput(c, 2)
			return m.Norm(c.num(1, "ord", 2), axes...)
		}),
		"masked.argmax":      is(func(c *call) *T { return maskedPlace(c, M.ArgMax) }),
		"masked.argmin":      is(func(c *call) *T { return maskedPlace(c, M.ArgMin) }),
		"masked.median":      maskedAlong(1, M.Median),
		"masked.cumsum":      maskedAlong(1, M.CumSum),
		"masked.cumprod":     maskedAlong(1, M.CumProd),
		"masked.softmax":     maskedAlong(1, M.Softmax),
		"masked.log_softmax": maskedAlong(1, M.LogSoftmax),
		"masked.softmin": is(func(c *call) *T {
			return typedInput(c).Neg().Masked(c.t(-1, "mask")).Softmax(c.int(1, "dim", 0))
		}),
		"masked.normalize": is(func(c *call) *T {
			m, _ := maskedInput(c, -1)
			return m.Normalize(c.num(1, "ord", 2), c.int(2, "dim", 0), c.num(-1, "eps", 1e-12))
		}),
		"masked.logaddexp": is(func(c *call) *T {
			x := c.x().Masked(c.t(-1, "input_mask")).Filled(negInf)
			return x.LogAddExp(c.need(1, "other").Masked(c.t(-1, "other_mask")).Filled(negInf))
		}),
	}
}

// typedInput converts as dtype asks, integers else to what they sum to.
func typedInput(c *call) *T { return c.x().To(c.dtype(-1, "dtype", c.x().DType())) }

// maskedInput reads the mask, the axes at i and keepdim.
func maskedInput(c *call, i int) (M, []int) {
	x := typedInput(c)
	m := x.Masked(c.t(-1, "mask"))
	m.Keep = c.bool(-1, "keepdim", false)
	if i < 0 {
		return m, nil
	}
	return m, c.ints(i, "dim")
}

func masked(i int, f func(M, ...int) *T) function {
	return func(c *call) []*T {
		m, axes := maskedInput(c, i)
		return one(f(m, axes...))
	}
}

func maskedAlong(i int, f func(M, int) *T) function {
	return func(c *call) []*T {
		m, _ := maskedInput(c, -1)
		return one(f(m, c.int(i, "dim", 0)))
	}
}

func maskedSpread(c *call, f func(M, float64, ...int) *T) *T {
	m, axes := maskedInput(c, 1)
	return f(m, c.num(-1, "unbiased", 1), axes...)
}

// maskedPlace is in all elements without an axis.
func maskedPlace(c *call, f func(M, int) *T) *T {
	x, mask := c.x(), c.t(-1, "mask")
	keep := c.bool(-1, "keepdim", false)
	if c.has(1, "dim") {
		m := x.Masked(mask)
		m.Keep = keep
		return f(m, c.int(1, "dim", 0)).To(x.DType())
	}
	if mask != nil {
		mask = mask.Expand(x.Shape()...).Reshape(-1)
	}
	y := f(x.Reshape(-1).Masked(mask), 0)
	if keep {
		for range x.Rank() {
			y = y.Unsqueeze(0)
		}
	}
	return y.To(x.DType()) // PyTorch gives indices the type of the input
}
