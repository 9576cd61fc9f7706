package opinfo

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// indexTable has what picks and places elements by tensors of indices.
func indexTable() map[string]function {
	return map[string]function{
		"gather": is(func(c *call) *T {
			return asRow(c.x(), func(x *T) *T { return x.Gather(c.int(1, "dim", 0), c.need(2, "index").AtLeast(1)) }, c.need(2, "index").Rank())
		}),
		"scatter":            is(scatter),
		"scatter_add":        is(func(c *call) *T { return scattered(c, op.ScatterAdd, op.AxisAttrs{Axis: c.int(1, "dim", 0)}) }),
		"scatter_reduce.sum": scatterReduce(op.ScatterReduceAttrs{}),

		"scatter_reduce.mean": scatterReduce(op.ScatterReduceAttrs{Mean: true}),
		"scatter_reduce.prod": scatterReduce(op.ScatterReduceAttrs{By: op.ByProd}),
		"scatter_reduce.amax": scatterReduce(op.ScatterReduceAttrs{By: op.ByMax}),
		"scatter_reduce.amin": scatterReduce(op.ScatterReduceAttrs{By: op.ByMin}),
		"index_reduce":        is(indexReduce),
		"index_select": is(func(c *call) *T {
			index := c.need(2, "index").AtLeast(1)
			return asRow(c.x(), func(x *T) *T { return x.IndexSelect(c.int(1, "dim", 0), index) }, 0)
		}),
		"index_add": is(func(c *call) *T {
			src := c.need(3, "source")
			a := c.num(-1, "alpha", 1)
			return asRow(c.x(), func(x *T) *T {
				return x.IndexAdd(c.int(1, "dim", 0), c.need(2, "index").AtLeast(1), src.AtLeast(1).MulScalar(a), 1)
			}, 0)
		}),
		"index_copy": is(func(c *call) *T { return c.x().IndexCopy(c.int(1, "dim", 0), c.need(2, "index"), c.need(3, "source")) }),
		"index_fill": is(func(c *call) *T {
			return c.x().IndexFill(c.int(1, "dim", 0), c.need(2, "index"), c.operand(3, "value"))
		}),
		"index_put": is(indexPut),
		"take":      is(func(c *call) *T { return c.x().Take(c.need(1, "index")) }),
		"put": is(func(c *call) *T {
			return c.x().Put(c.need(1, "index"), c.need(2, "source"), c.bool(3, "accumulate", false))
		}),
		"take_along_dim": is(func(c *call) *T {
			if !c.has(2, "dim") {
				return c.x().Reshape(-1).TakeAlong(0, c.need(1, "indices").Reshape(-1))
			}
			return c.x().TakeAlong(c.int(2, "dim", 0), c.need(1, "indices"))
		}),
		"masked_select":  is(func(c *call) *T { return c.x().MaskedSelect(c.need(1, "mask")) }),
		"masked_scatter": is(func(c *call) *T { return c.x().MaskedScatter(c.need(1, "mask"), c.need(2, "source")) }),
		"masked_fill": is(func(c *call) *T {
			return c.need(1, "mask").Where(c.operand(2, "value").To(c.x().DType()), c.x())
		}),
		"nonzero": func(c *call) []*T {
			at := tensor.Nonzero(c.x())
			if c.bool(-1, "as_tuple", false) {
				if c.x().Rank() == 0 {
					return tensor.Nonzero(c.x().Reshape(1))
				}
				return at
			}
			return one(columns(c, at))
		},
		"argwhere":                    is(func(c *call) *T { return columns(c, tensor.Nonzero(c.x())) }),
		"nn.functional.embedding":     is(embedding),
		"nn.functional.embedding_bag": is(embeddingBag),
	}
}

// columns joins the indices that Nonzero returns to rows.
func columns(c *call, at []*T) *T {
	if len(at) == 0 {
		n := 0
		if c.x().Item() != 0 {
			n = 1
		}
		return tensor.Zeros(c.dev, dtype.Int64, n, 0)
	}
	return tensor.Stack(1, at...)
}

// asRow runs f on a scalar as a vector of one element, and returns rank axes.
func asRow(x *T, f func(x *T) *T, rank int) *T {
	if x.Rank() > 0 {
		return f(x)
	}
	y := f(x.Reshape(1))
	if rank == 0 {
		return y.Reshape()
	}
	return y
}

func scattered(c *call, o *op.Op, attrs any) *T {
	index, src := c.need(2, "index").AtLeast(1), c.need(3, "src").AtLeast(1)
	return asRow(c.x(), func(x *T) *T { return apply(o, attrs, x, index, src) }, 0)
}

// scatter takes a number for all of src, and combines by reduce.
func scatter(c *call) *T {
	a := op.AxisAttrs{Axis: c.int(1, "dim", 0)}
	if !c.isTensor(3, "src") {
		v := c.num(3, "value", 0)
		index := c.need(2, "index").AtLeast(1)
		src := tensor.Full(c.dev, c.x().DType(), v, index.Shape()...)
		if r := c.str(-1, "reduce", ""); r != "" {
			missing("reduce of a number")
		}
		return asRow(c.x(), func(x *T) *T { return apply(op.Scatter, a, x, index, src) }, 0)
	}
	switch c.str(-1, "reduce", "") {
	case "":
		return scattered(c, op.Scatter, a)
	case "add":
		return scattered(c, op.ScatterAdd, a)
	}
	return scattered(c, op.ScatterReduce, op.ScatterReduceAttrs{Axis: a.Axis, By: op.ByProd})
}

func scatterReduce(a op.ScatterReduceAttrs) function {
	return func(c *call) []*T {
		a := a
		c.str(4, "reduce", "") // is in the name
		a.Axis, a.ExcludeSelf = c.int(1, "dim", 0), !c.bool(-1, "include_self", true)
		return one(scattered(c, op.ScatterReduce, a))
	}
}

// indexReduce spreads the indices of an axis over the others.
func indexReduce(c *call) *T {
	x, index, src := c.x(), c.need(2, "index"), c.need(3, "source")
	a := op.ScatterReduceAttrs{Axis: c.int(1, "dim", 0), ExcludeSelf: !c.bool(-1, "include_self", true)}
	switch c.str(4, "reduce", "") {
	case "prod":
		a.By = op.ByProd
	case "mean":
		a.Mean = true
	case "amax":
		a.By = op.ByMax
	case "amin":
		a.By = op.ByMin
	}
	return asRow(x, func(x *T) *T {
		src, s := src.AtLeast(1), make([]int, x.Rank())
		for i := range s {
			s[i] = 1
		}
		s[(a.Axis+x.Rank())%x.Rank()] = index.Numel()
		return apply(op.ScatterReduce, a, x, index.Reshape(s...).Expand(src.Shape()...).Contiguous(), src)
	}, 0)
}

// indexPut turns a mask to the indices where it holds.
func indexPut(c *call) *T {
	in := []*T{c.x(), c.need(2, "values")}
	for _, i := range c.tensors(1, "indices") {
		if i.DType() == dtype.Bool {
			in = append(in, tensor.Nonzero(i)...)
		} else {
			in = append(in, i)
		}
	}
	return apply(op.IndexPut, op.IndexPutAttrs{Accumulate: c.bool(3, "accumulate", false)}, in...)
}

func embedding(c *call) *T {
	a := op.EmbeddingAttrs{ScaleByFreq: c.bool(-1, "scale_grad_by_freq", false)}
	weight := c.x()
	if c.has(-1, "padding_idx") {
		p := c.int(-1, "padding_idx", 0)
		if p < 0 {
			p += weight.Dim(0)
		}
		a.Padding = &p
	}
	c.ignore("sparse", "max_norm", "norm_type")
	if c.has(-1, "max_norm") {
		missing("max_norm")
	}
	return apply(op.Embedding, a, weight, c.need(1, "indices"))
}

// embeddingBag takes the rows of a matrix of ids for bags without offsets.
func embeddingBag(c *call) *T {
	weight, ids, offsets := c.x(), c.need(1, "indices"), c.t(-1, "offsets")
	o := tensor.Bags{Weights: c.t(-1, "per_sample_weights")}
	switch c.str(-1, "mode", "mean") {
	case "mean":
		o.Mean = true
	case "max":
		missing("max")
	}
	if c.has(-1, "padding_idx") {
		p := c.int(-1, "padding_idx", 0)
		if p < 0 {
			p += weight.Dim(0)
		}
		o.Padding = &p
	}
	if c.bool(-1, "include_last_offset", false) {
		offsets = offsets.Slice(0, 0, offsets.Numel()-1)
	}
	if offsets == nil {
		offsets = tensor.Arange(c.dev, dtype.Int64, 0, float64(ids.Numel()), float64(max(ids.Dim(1), 1)))
		ids = ids.Reshape(-1)
		if o.Weights != nil {
			o.Weights = o.Weights.Reshape(-1)
		}
	}
	return weight.EmbeddingBag(ids, offsets, o)
}
