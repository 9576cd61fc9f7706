package opinfo

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// statisticsTable has quantiles, histograms, covariances, norms, distances and
// the calculus of differences.
func statisticsTable() map[string]function {
	return map[string]function{
		"aminmax": func(c *call) []*T {
			a := op.ReduceAttrs{Axes: c.ints(-1, "dim"), Keep: c.bool(-1, "keepdim", false)}
			return two(apply(op.AMin, a, c.x()), apply(op.AMax, a, c.x()))
		},
		"quantile":    is(func(c *call) *T { return quantile(c, (*T).Quantile) }),
		"nanquantile": is(func(c *call) *T { return quantile(c, (*T).NanQuantile) }),
		"histogram":   histogram,
		"histc":       is(func(c *call) *T { return c.x().Histc(c.int(1, "bins", 100), c.num(2, "min", 0), c.num(3, "max", 0)) }),
		"cov": is(func(c *call) *T {
			return c.x().Cov(tensor.Covariance{Correction: c.num(-1, "correction", 1), Counts: c.t(-1, "fweights"), Weights: c.t(-1, "aweights")})
		}),
		"corrcoef":             unary((*T).CorrCoef),
		"diff":                 is(diff),
		"trapezoid":            trapezoid((*T).Trapezoid, (*T).TrapezoidAt),
		"trapz":                trapezoid((*T).Trapezoid, (*T).TrapezoidAt),
		"cumulative_trapezoid": trapezoid((*T).CumulativeTrapezoid, (*T).CumulativeTrapezoidAt),
		"gradient":             gradient,
		"dist":                 is(func(c *call) *T { return c.x().Dist(c.need(1, "other"), c.num(2, "p", 2)) }),
		"cdist": is(func(c *call) *T {
			c.str(3, "compute_mode", "") // how, not what
			return c.x().CDist(c.need(1, ""), c.num(2, "p", 2))
		}),
		"nn.functional.pdist": is(func(c *call) *T { return c.x().PDist(c.num(1, "p", 2)) }),
		"nn.functional.pairwise_distance": is(func(c *call) *T {
			d := c.x().PairwiseDistance(c.need(1, "x2"), c.num(2, "p", 2), c.num(3, "eps", 1e-6))
			if c.bool(4, "keepdim", false) {
				return d.Unsqueeze(-1)
			}
			return d
		}),
		"nn.functional.cosine_similarity": is(func(c *call) *T {
			return c.x().CosineSimilarity(c.need(1, "x2"), c.int(2, "dim", 1), c.num(3, "eps", 1e-8))
		}),
		"nn.functional.normalize": is(func(c *call) *T {
			return c.x().Normalize(c.num(1, "p", 2), c.int(2, "dim", 1), c.num(3, "eps", 1e-12))
		}),
		"renorm":   is(func(c *call) *T { return c.x().Renorm(c.num(1, "p", 2), c.int(2, "dim", 0), c.num(3, "maxnorm", 0)) }),
		"norm":     is(norm),
		"norm.fro": is(norm),
		"norm.inf": is(norm),
	}
}

// quantile puts the axis of several q in front.
func quantile(c *call, f func(*T, float64, int, tensor.Interpolation) *T) *T {
	x := c.x()
	how := map[string]tensor.Interpolation{"linear": tensor.Linear, "lower": tensor.Lower, "higher": tensor.Higher, "midpoint": tensor.Midpoint, "nearest": tensor.Nearest}[c.str(-1, "interpolation", "linear")]
	axis, keep, rank := c.int(2, "dim", 0), c.bool(3, "keepdim", false), x.Rank()
	whole := !c.has(2, "dim")
	if whole {
		x = x.Reshape(-1)
	}
	at := func(q float64) *T {
		y := f(x, q, axis, how)
		switch {
		case keep && whole:
			for range rank {
				y = y.Unsqueeze(0)
			}
		case keep && rank > 0:
			y = y.Unsqueeze((axis + rank) % rank)
		}
		return y
	}
	if !c.isTensor(1, "q") {
		return at(c.num(1, "q", 0))
	}
	q := c.need(1, "q")
	if q.Rank() == 0 {
		return at(q.Item())
	}
	var l []*T
	for _, q := range q.Float64s() {
		l = append(l, at(q))
	}
	return tensor.Stack(0, l...)
}

func diff(c *call) *T {
	x, n, axis := c.x(), c.int(1, "n", 1), c.int(2, "dim", -1)
	before, after := c.t(3, "prepend"), c.t(4, "append")
	if n == 0 {
		return x
	}
	l := []*T{x}
	if before != nil {
		l = []*T{before, x}
	}
	if after != nil {
		l = append(l, after)
	}
	return tensor.Concat(axis, l...).Diff(axis, n)
}

func trapezoid(even func(*T, int, float64) *T, at func(*T, int, *T) *T) function {
	return func(c *call) []*T {
		axis := c.int(-1, "dim", -1)
		if x := c.t(1, "x"); x != nil {
			return one(at(c.x(), axis, x))
		}
		return one(even(c.x(), axis, c.num(-1, "dx", 1)))
	}
}

// gradient works on each axis, with a step, a step each, or places each.
func gradient(c *call) []*T {
	x, axes, order := c.x(), c.ints(-1, "dim"), c.int(-1, "edge_order", 1)
	if axes == nil {
		for a := range x.Rank() {
			axes = append(axes, a)
		}
	}
	v, _ := c.arg(-1, "spacing")
	var out []*T
	for i, a := range axes {
		step := v
		if l, ok := v.([]any); ok {
			step = l[i]
		}
		if at, ok := step.(*T); ok {
			out = append(out, x.GradientAt(a, at, order))
		} else {
			out = append(out, x.Gradient(a, number(step, 1), order))
		}
	}
	return out
}

// norm is the old function of that name: matrices count as vectors.
func norm(c *call) *T {
	p := 2.0
	if v, ok := c.arg(1, "p"); ok {
		if s, isName := v.(string); isName {
			if s != "fro" {
				missing("norm %s", s)
			}
		} else {
			p = number(v, 2)
		}
	}
	x := c.x().To(c.dtype(-1, "dtype", c.x().DType()))
	if math.IsNaN(p) {
		missing("norm NaN")
	}
	return apply(op.Norm, op.PNormAttrs{P: p, Axes: c.ints(2, "dim"), Keep: c.bool(3, "keepdim", false)}, x)
}

// histogram counts in bins of equal width, over the range given or there is, or
// between edges.
func histogram(c *call) []*T {
	x := c.x()
	var edges *T
	if c.isTensor(1, "bins") {
		if edges = c.t(1, "bins"); !slices.IsSorted(edges.Float64s()) {
			missing("edges that do not rise")
		}
	} else {
		lo, hi := math.Inf(1), math.Inf(-1)
		if c.has(-1, "range") {
			r := c.list(-1, "range")
			lo, hi = number(r[0], 0), number(r[1], 0)
		} else {
			for _, v := range x.Float64s() {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
		if lo == hi {
			lo, hi = lo-0.5, hi+0.5
		}
		edges = tensor.Linspace(c.dev, x.DType(), lo, hi, c.int(1, "bins", 100)+1)
	}
	return two(x.Histogram(edges, c.t(-1, "weight"), c.bool(-1, "density", false)), edges)
}
