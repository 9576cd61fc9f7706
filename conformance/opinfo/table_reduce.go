package opinfo

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// reduceTable has folds over axes, scans and variances.
func reduceTable() map[string]function {
	return map[string]function{
		"sum":                    reduces(op.Sum),
		"prod":                   reduces(op.Prod),
		"mean":                   reduces(op.Mean),
		"amax":                   reduces(op.AMax),
		"amin":                   reduces(op.AMin),
		"any":                    reduces(op.Any),
		"all":                    reduces(op.Every),
		"count_nonzero":          reduces(op.CountNonzero),
		"logsumexp":              reduces(op.LogSumExp),
		"max.reduction_no_dim":   reduces(op.AMax),
		"min.reduction_no_dim":   reduces(op.AMin),
		"max.reduction_with_dim": along(op.Max),
		"min.reduction_with_dim": along(op.Min),
		"median":                 along(op.Median),
		"nanmedian":              along(op.NanMedian),
		"argmax":                 along(op.ArgMax),
		"argmin":                 along(op.ArgMin),
		"var":                    spread(op.Var),
		"std":                    spread(op.Std),
		"var_mean":               spread(op.VarMean),
		"std_mean": func(c *call) []*T {
			r := spread(op.VarMean)(c)
			return two(r[0].Sqrt(), r[1])
		},
		"cumsum":       scans(op.CumSum),
		"cumprod":      scans(op.CumProd),
		"cummax":       scans(op.CumMax),
		"cummin":       scans(op.CumMin),
		"logcumsumexp": scans(op.LogCumSumExp),
		"softmax":      soft(op.Softmax, false),
		"log_softmax":  soft(op.LogSoftmax, false),

		"softmax.with_dtype":               soft(op.Softmax, false),
		"log_softmax.dtype":                soft(op.LogSoftmax, false),
		"nn.functional.softmin":            soft(op.Softmax, true),
		"nn.functional.softmin.with_dtype": soft(op.Softmax, true),

		"linalg.vector_norm": is(func(c *call) *T {
			x := c.x()
			if d := c.dtype(-1, "dtype", x.DType()); d != x.DType() {
				x = x.To(d)
			}
			return apply(op.Norm, op.PNormAttrs{P: c.num(1, "ord", 2), Axes: c.ints(2, "dim"), Keep: c.bool(3, "keepdim", false)}, x)
		}),
		"nansum": is(func(c *call) *T {
			x := c.x()
			x = x.IsNaN().Where(tensor.ZerosLike(x), x)
			return fold(c, op.Sum, x)
		}),
		"nanmean": is(func(c *call) *T {
			x := c.x()
			nan := x.IsNaN()
			return fold(c, op.Sum, nan.Where(tensor.ZerosLike(x), x)).Div(fold(c, op.Sum, nan.LogicalNot().To(x.DType())))
		}),
	}
}

// typed returns the input in the type that dtype asks for.
func typed(c *call) *T { return c.x().To(c.dtype(-1, "dtype", c.x().DType())) }

// fold reduces x over the axes at 1, kept if 2 says so.
func fold(c *call, o *op.Op, x *T) *T {
	return apply(o, op.ReduceAttrs{Axes: c.ints(1, "dim"), Keep: c.bool(2, "keepdim", false)}, x)
}

func reduces(o *op.Op) function {
	return func(c *call) []*T {
		y := fold(c, o, typed(c))
		if (o == op.Any || o == op.Every) && c.x().DType() == dtype.Uint8 {
			y = y.To(dtype.Uint8)
		}
		return one(y)
	}
}

// along reduces one axis to a value and its index, or all to a value.
func along(o *op.Op) function {
	return func(c *call) []*T {
		x := c.x()
		a := op.ArgAttrs{Flat: !c.has(1, "dim"), Axis: c.int(1, "dim", 0), Keep: c.bool(2, "keepdim", false)}
		r := tensor.Apply(nil, o, a, x)
		return r[:c.outs]
	}
}

func spread(o *op.Op) function {
	return func(c *call) []*T {
		a := op.VarAttrs{Keep: c.bool(-1, "keepdim", false), Correction: c.num(-1, "correction", c.num(-1, "unbiased", 1))}
		if v, _ := c.arg(1, "dim"); v == true || v == false {
			a.Correction = number(v, 1) // unbiased, of all
		} else {
			a.Axes = c.ints(1, "dim")
		}
		return tensor.Apply(nil, o, a, c.x())
	}
}

func scans(o *op.Op) function {
	return func(c *call) []*T {
		return tensor.Apply(nil, o, op.ScanAttrs{Axis: c.int(1, "dim", 0)}, typed(c))
	}
}

func soft(o *op.Op, negative bool) function {
	return func(c *call) []*T {
		x := typed(c)
		if negative {
			x = x.Neg()
		}
		return one(apply(o, op.AxisAttrs{Axis: c.int(1, "dim", 0)}, x))
	}
}
