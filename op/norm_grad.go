package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// NormGradAttrs say which normalisation passes a gradient back.
type NormGradAttrs struct {
	NormAttrs
	Channels  bool // BatchNorm, of each channel of x [n, c, ...]; else LayerNorm
	Uncentred bool // RMSNorm: a mean, of zeros, that does not depend on x
}

// NormGrad is the gradient of LayerNorm, BatchNorm and RMSNorm, and so of what
// those are made into. Mean and variance are of the shapes that these return.
var NormGrad = register(&Op{
	Name: "normgrad", Doc: "returns the gradients of x, weight and bias that a normalisation passes back, from that of its result, x, the mean, the variance and weight; without weight the last two are empty.", Outputs: 3,
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		a, _ := attrs.(NormGradAttrs)
		if err := operands(in, 4, 5); err != nil {
			return nil, err
		}
		g, x := in[0], in[1]
		if !slices.Equal(g.Shape, x.Shape) || g.DType != x.DType {
			return nil, shapeError("gradient %v %v, x %v %v: want the same", g.DType, g.Shape, x.DType, x.Shape)
		}
		var stats, affine []int
		if a.Channels {
			c, err := channelsOf(in[1:2], 1)
			if err != nil {
				return nil, err
			}
			stats, affine = []int{c}, []int{c}
		} else {
			axes, err := lastAxes(in[1:2], a.Axes)
			if err != nil {
				return nil, err
			}
			stats, affine = shape.Reduced(x.Shape, axes, true), x.Shape[axes[0]:]
		}
		if want := statsType(x.DType); in[2].DType != want || in[3].DType != want {
			return nil, dtypeError("mean is %v, variance %v: want %v", in[2].DType, in[3].DType, want)
		}
		if !slices.Equal(in[2].Shape, stats) || !slices.Equal(in[3].Shape, stats) {
			return nil, shapeError("mean %v, variance %v: want %v", in[2].Shape, in[3].Shape, stats)
		}
		if len(in) == 4 {
			none := Meta{[]int{0}, in[2].DType}
			return []Meta{x, none, none}, nil
		}
		w := Meta{affine, in[4].DType}
		return []Meta{x, w, w}, affineFits(in[4:], affine)
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(NormGradAttrs)
		mean, variance := in[2], in[3]
		n := layerForm(in[1:2], a.NormAttrs)
		if a.Channels {
			n = batchForm(in[1:2], a.NormAttrs)
			mean, variance = n.wide(b, mean), n.wide(b, variance)
		}
		if len(in) == 4 {
			none := b.zeros([]int{0}, mean.DType())
			return []Value{n.gradX(b, in[0], mean, variance, nil, a.Uncentred), none, none}
		}
		w := in[4]
		return []Value{n.gradX(b, in[0], mean, variance, w, a.Uncentred), n.gradWeight(b, in[0], mean, variance, w), n.gradBias(b, in[0], w)}
	},
	Samples: normGradSamples, Errors: normGradErrors,
})

// grad returns the gradients of x, weight and bias. gm and gv, the cotangents of
// mean and variance, come only from second derivatives, as a rule.
func (n normForm) grad(b Builder, c *GradContext, a NormGradAttrs) []Value {
	g, mean, variance, gm, gv := c.G[0], c.Out[1], c.Out[2], c.G[1], c.G[2]
	res := make([]Value, len(c.In))
	stats := statsType(n.x.DType())
	all := c.Needs.Has(0) && g != nil
	g = b.orZeros(g, n.x)
	if all {
		in := append([]Value{g, n.x, mean, variance}, c.In[1:min(2, len(c.In))]...)
		for i, v := range b.Apply(NormGrad, a, in...)[:len(c.In)] {
			if c.Needs.Has(i) {
				res[i] = b.Cast(v, c.In[i].DType())
			}
		}
	}
	if a.Channels {
		mean, variance, gm, gv = n.wide(b, mean), n.wide(b, variance), n.wide(b, gm), n.wide(b, gv)
	}
	if !all {
		if c.Needs.Has(1) && len(c.In) > 1 {
			res[1] = n.gradWeight(b, g, mean, variance, c.In[1])
		}
		if c.Needs.Has(2) && len(c.In) > 2 {
			res[2] = n.gradBias(b, g, c.In[2])
		}
		if c.Needs.Has(0) {
			res[0] = g // zeros
		}
	}
	if c.Needs.Has(0) && (gm != nil || gv != nil) {
		if gm == nil {
			gm = b.zeros(nil, stats)
		}
		if gv == nil {
			gv = b.zeros(nil, stats)
		}
		res[0] = b.Map(statsBack, []float64{1 / n.count()}, res[0], n.x, mean, gm, gv)[0]
	}
	return res
}

// gradX passes g back to x: two passes to reduce and one to spread. A nil weight
// is one of ones.
func (n normForm) gradX(b Builder, g, mean, variance, weight Value, uncentred bool) Value {
	d := n.x.DType()
	stats := statsType(d)
	if weight == nil {
		weight = b.Full(nil, d, 1)
	} else {
		weight = b.Reshape(weight, n.affine)
	}
	s1 := b.zeros(nil, stats)
	if !uncentred {
		s1 = b.foldSum(product, nil, stats, n.axes, g, weight)
	}
	s2 := b.foldSum(normDot, nil, stats, n.axes, g, weight, n.x, mean)
	over := []float64{n.eps, 1 / n.count()}
	return b.one(Map, &MapAttrs{Fn: normBack, Uniforms: over, Out: []dtype.DType{d}}, g, weight, n.x, mean, variance, s1, s2)
}

// gradWeight passes g back to the weight w.
func (n normForm) gradWeight(b Builder, g, mean, variance, w Value) Value {
	return b.Reshape(b.MapSumTo(weightBack, []float64{n.eps}, w.DType(), n.affine, g, n.x, mean, variance), w.Shape())
}

// gradBias passes g back to the bias v.
func (n normForm) gradBias(b Builder, g, v Value) Value {
	return b.Reshape(b.MapSumTo(identityFloat, nil, v.DType(), n.affine, g), v.Shape())
}

var (
	normDot = NewFn(floats(4), nil, func(in, _ []V) []V { return []V{in[0].Mul(in[1]).Mul(in[2].Sub(in[3]))} })
	// With r = 1/sqrt(v + eps): r*(g*w - s1/n - (x - m)*r*r*s2/n), where s1 and
	// s2 are the sums of g*w and of g*w*(x - m) over the n elements.
	normBack = NewFn(floats(7), floats(2), func(in, u []V) []V {
		g, w, x, m, v, s1, s2 := in[0], in[1], in[2], in[3], in[4], in[5], in[6]
		r := rsqrt(v.Add(u[0]))
		return []V{r.Mul(g.Mul(w).Sub(s1.Mul(u[1])).Sub(x.Sub(m).Mul(r.Mul(r).Mul(s2).Mul(u[1]))))}
	})
	statsBack = NewFn(floats(5), floats(1), func(in, u []V) []V {
		dx, x, m, gm, gv := in[0], in[1], in[2], in[3], in[4]
		return []V{dx.Add(u[0].Mul(gm.Add(gv.Mul(pointwise.Const(2)).Mul(x.Sub(m)))))}
	})
	weightBack = withEps(4, func(in []V, eps V) V { return in[0].Mul(in[1].Sub(in[2])).Mul(rsqrt(in[3].Add(eps))) })
)

func normGradSamples(r *Rand) []Sample {
	positive := func(s ...int) *Array { return r.Floats(dtype.Float32, 0.5, 2, s...) }
	return []Sample{
		{Name: "layer", In: []*Array{r.Normal(3, 5), r.Normal(3, 5), r.Normal(3, 1), positive(3, 1), r.Normal(5)}, Attrs: NormGradAttrs{NormAttrs: NormAttrs{Eps: 1e-5}}},
		{Name: "layer, two axes, plain", In: []*Array{r.Normal(2, 3, 4), r.Normal(2, 3, 4), r.Normal(2, 1, 1), positive(2, 1, 1)}, Attrs: NormGradAttrs{NormAttrs: NormAttrs{Axes: 2, Eps: 1e-3}}},
		{Name: "layer, rows for several sums", In: []*Array{r.Normal(70, 3), r.Normal(70, 3), r.Normal(70, 1), positive(70, 1), r.Normal(3)}, Attrs: NormGradAttrs{NormAttrs: NormAttrs{Eps: 1e-3}}},
		{Name: "channels", In: []*Array{r.Normal(3, 2, 4, 3), r.Normal(3, 2, 4, 3), r.Normal(2), positive(2), r.Normal(2)}, Attrs: NormGradAttrs{NormAttrs: NormAttrs{Eps: 1e-5}, Channels: true}},
		{Name: "channels, no spatial axes", In: []*Array{r.Normal(5, 3), r.Normal(5, 3), r.Normal(3), positive(3), r.Normal(3)}, Attrs: NormGradAttrs{NormAttrs: NormAttrs{Eps: 1e-3}, Channels: true}},
		{Name: "channels, large planes, plain", In: []*Array{r.Normal(2, 2, 300), r.Normal(2, 2, 300), r.Normal(2), positive(2)}, Attrs: NormGradAttrs{NormAttrs: NormAttrs{Eps: 1e-5}, Channels: true}},
		{Name: "uncentred", In: []*Array{r.Normal(40, 5), r.Normal(40, 5), NewArray(dtype.Float32, 40, 1), positive(40, 1), r.Normal(5)}, Attrs: NormGradAttrs{NormAttrs: NormAttrs{Eps: 1e-5}, Uncentred: true}},
		{Name: "uncentred, two axes, plain", In: []*Array{r.Normal(2, 3, 4), r.Normal(2, 3, 4), NewArray(dtype.Float32, 2, 1, 1), positive(2, 1, 1)}, Attrs: NormGradAttrs{NormAttrs: NormAttrs{Axes: 2}, Uncentred: true}},
		{Name: "float64", In: []*Array{r.Floats(dtype.Float64, -1, 1, 2, 4), r.Floats(dtype.Float64, 5, 9, 2, 4), r.Floats(dtype.Float64, 6, 8, 2, 1), r.Floats(dtype.Float64, 1, 2, 2, 1), r.Floats(dtype.Float64, 1, 2, 4)}, Attrs: NormGradAttrs{}},
		{Name: "empty batch", In: []*Array{r.Normal(0, 5), r.Normal(0, 5), r.Normal(0, 1), positive(0, 1), r.Normal(5)}, Attrs: NormGradAttrs{}},
	}
}

func normGradErrors() []ErrorSample {
	f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
	return []ErrorSample{
		{Sample{Name: "gradient", In: []*Array{f(2, 4), f(2, 3), f(2, 1), f(2, 1)}, Attrs: NormGradAttrs{}}, ErrShape},
		{Sample{Name: "mean", In: []*Array{f(2, 3), f(2, 3), f(2), f(2, 1)}, Attrs: NormGradAttrs{}}, ErrShape},
		{Sample{Name: "type of the variance", In: []*Array{f(2, 3), f(2, 3), f(2, 1), NewArray(dtype.Float64, 2, 1)}, Attrs: NormGradAttrs{}}, ErrDType},
		{Sample{Name: "weight", In: []*Array{f(2, 3), f(2, 3), f(3), f(3), f(2)}, Attrs: NormGradAttrs{Channels: true}}, ErrShape},
		{Sample{Name: "no variance", In: []*Array{f(2, 3), f(2, 3), f(3)}, Attrs: NormGradAttrs{Channels: true}}, ErrAttr},
	}
}
