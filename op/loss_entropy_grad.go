package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// grad returns the gradients of the logits, of target probabilities and of the weights. Cotangents of lse and over come only
// from second derivatives.
func (e *entropy) grad(b Builder, c *GradContext, lse, over Value) []Value {
	res := make([]Value, len(c.In))
	e.classes(b)
	if g := c.G[0]; g != nil {
		if e.Reduction == ReduceNone {
			g = b.Reshape(g, e.kept)
		}
		in := []Value{e.x, lse, g, over} // full: what is appended makes a new one
		if e.ofClasses() {
			e.gradOfClasses(b, c, res, in)
		} else {
			e.gradOfProbabilities(b, c, res, in)
		}
	}
	if g := c.G[1]; g != nil && c.Needs.Has(0) {
		more := b.Map(entropyShare, nil, e.x, lse, b.Reshape(g, e.kept))[0]
		if res[0] != nil {
			more = b.Add(res[0], more)
		}
		res[0] = more
	}
	if g := c.G[2]; g != nil && c.Needs.Has(2) && e.Reduction == ReduceMean && e.ofClasses() {
		more := e.forWeights(b, entropyCount, e.ignore(), b.Reshape(e.target, e.kept), e.numbers(b), g)
		if res[2] != nil {
			more = b.Add(res[2], more)
		}
		res[2] = more
	}
	return res
}

// numbers are those of the classes, along their axis.
func (e *entropy) numbers(b Builder) Value { return b.iota(e.alongClasses()) }

// forWeights adds up a function of all logits for each class.
func (e *entropy) forWeights(b Builder, fn *Fn, uniforms []float64, in ...Value) Value {
	return b.Reshape(b.MapSumTo(fn, uniforms, e.vector.DType(), e.alongClasses(), in...), e.vector.Shape())
}

func (e *entropy) gradOfClasses(b Builder, c *GradContext, res, in []Value) {
	if c.Needs.Has(0) {
		back := []Value{c.G[0], c.In[0], c.In[1], c.Out[1], c.Out[2]}
		res[0] = b.one(CrossEntropyGrad, c.Attrs, append(back, c.In[2:]...)...)
	}
	if !c.Needs.Has(2) || e.vector == nil {
		return
	}
	mean := b.zeros(nil, e.x.DType()) // a mean falls with the weights it is divided by
	if e.Reduction == ReduceMean {
		mean = c.Out[0]
	}
	in = append(in, b.Reshape(e.target, e.kept), e.numbers(b), mean)
	res[2] = e.forWeights(b, entropyOfWeights, e.backUniforms(), in...)
}

func (e *entropy) backUniforms() []float64 { return append(e.ignore(), e.a, e.b) }

// CrossEntropyGrad is the gradient of CrossEntropy by x, for target classes.
var CrossEntropyGrad = register(&Op{
	Name: "crossentropygrad", Doc: "returns the gradient of the logits that a cross entropy with target classes passes back, from that of the loss, the logits, the targets, log(sum of e**x) and what the mean is divided by; weights of the classes [c] are optional.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		if err := operands(in, 5, 6); err != nil {
			return nil, err
		}
		x, target := in[1], in[2]
		if !target.DType.IsInt() {
			return nil, dtypeError("targets are %s: want integers", target.DType)
		}
		of, err := inferLoss(append([]Meta{x, target}, in[5:]...), attrs, true)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(in[0].Shape, of[0].Shape) || in[0].DType != x.DType {
			return nil, shapeError("gradient %v %v: want %v %v", in[0].DType, in[0].Shape, x.DType, of[0].Shape)
		}
		if stats := statsType(x.DType); in[3].DType != stats || in[4].DType != stats {
			return nil, dtypeError("log(sum of e**x) is %v, the divisor %v: want %v", in[3].DType, in[4].DType, stats)
		}
		if !slices.Equal(in[3].Shape, target.Shape) || len(in[4].Shape) > 0 {
			return nil, shapeError("log(sum of e**x) %v, divisor %v: want %v and a scalar", in[3].Shape, in[4].Shape, target.Shape)
		}
		return []Meta{x}, nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		e := entropyOf(append([]Value{in[1], in[2]}, in[5:]...), attrs)
		e.classes(b)
		g := in[0]
		if e.Reduction == ReduceNone {
			g = b.Reshape(g, e.kept)
		}
		target := b.Reshape(e.target, e.kept)
		back, fn := []Value{e.x, b.Reshape(in[3], e.kept), g, in[4], target, e.numbers(b)}, entropyBack
		if e.vector != nil {
			class := b.one(Map, &MapAttrs{Fn: classOr0, Uniforms: e.ignore(), Out: []dtype.DType{dtype.Int64}}, target)
			back, fn = append(back, b.one(IndexGet, nil, e.vector, class)), entropyBackWeighted
			if e.Smoothing != 0 {
				back, fn = append(back, e.weight, b.Sum(e.vector, nil, false)), entropyBackSmoothed
			}
		}
		return b.Map(fn, e.backUniforms(), back...)
	},
	Samples: func(r *Rand) []Sample {
		var l []Sample
		for _, s := range lossSamples(r, true) {
			a := s.Attrs.(LossAttrs)
			e := entropyOf(valuesOf(s.In), a)
			g := r.Normal()
			if a.Reduction == ReduceNone {
				g = r.Normal(e.rows...)
			}
			lse, over := r.Floats(dtype.Float32, 1, 3, e.rows...), r.Floats(dtype.Float32, 1, 3)
			l = append(l, Sample{Name: s.Name, In: append([]*Array{g, s.In[0], s.In[1], lse, over}, s.In[2:]...), Attrs: a})
		}
		return l
	},
	Errors: func() []ErrorSample {
		f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
		x, target := f(3, 4), NewArray(dtype.Int64, 3)
		return []ErrorSample{
			{Sample{Name: "probabilities", In: []*Array{f(), x, x, f(3), f()}, Attrs: LossAttrs{}}, ErrDType},
			{Sample{Name: "gradient", In: []*Array{f(3), x, target, f(3), f()}, Attrs: LossAttrs{}}, ErrShape},
			{Sample{Name: "sums", In: []*Array{f(), x, target, f(4), f()}, Attrs: LossAttrs{}}, ErrShape},
			{Sample{Name: "float64 divisor", In: []*Array{f(), x, target, f(3), NewArray(dtype.Float64)}, Attrs: LossAttrs{}}, ErrDType},
		}
	},
})

func (e *entropy) gradOfProbabilities(b Builder, c *GradContext, res, in []Value) {
	weighted, uniforms := e.weight != nil, []float64{e.a, e.b}
	if c.Needs.Has(0) {
		mass := b.foldSum(entropyMass[weighted], uniforms, e.stats(), []int{e.axis}, some([]Value{e.target, e.weight})...)
		res[0] = b.Map(entropyBackMass[weighted], uniforms, some(append(in, e.target, mass, e.weight))...)[0]
	}
	if c.Needs.Has(1) {
		res[1] = b.Map(entropyOfTarget[weighted], uniforms, some(append(in, e.weight))...)[0]
	}
	if weighted && c.Needs.Has(2) {
		res[2] = e.forWeights(b, entropyOfMass, uniforms, append(in, e.target)...)
	}
}

// Of x, lse and a cotangent of lse.
var entropyShare = fn3(func(x, lse, g V) V { return x.Sub(lse).Exp().Mul(g) })

// backKinds are x, lse, g, over, target, the class's number, and more.
func backKinds(more int) []pointwise.Kind {
	return append(append(floats(4), pointwise.Int, pointwise.Int), floats(more)...)
}

var backNumbers = []pointwise.Kind{pointwise.Int, pointwise.Float, pointwise.Float}

// backOf makes a function of those from what g/over is multiplied by: share is e**(x-lse), and hit is 1 for the target.
func backOf(more int, f func(share, hit V, more, u []V) V) *Fn {
	return NewFn(backKinds(more), backNumbers, func(in, u []V) []V {
		hit := in[4].Eq(in[5]).Convert(pointwise.Float)
		y := f(in[0].Sub(in[1]).Exp(), hit, in[6:], u[1:]).Mul(in[2]).Div(in[3])
		return []V{in[4].Ne(u[0]).Select(y, num(0))}
	})
}

var (
	entropyBack = backOf(0, func(share, hit V, _, u []V) V { return share.Sub(hit.Mul(u[0])).Sub(u[1]) })
	// The weight of the target.
	entropyBackWeighted = backOf(1, func(share, hit V, more, _ []V) V { return share.Sub(hit).Mul(more[0]) })
	// That, the weight of the class, and the weight of all.
	entropyBackSmoothed = backOf(3, func(share, hit V, more, u []V) V {
		mine := more[0].Mul(u[0])
		return share.Mul(mine.Add(more[2].Mul(u[1]))).Sub(hit.Mul(mine)).Sub(more[1].Mul(u[1]))
	})
	// The mean. A class other than the target adds nothing, not even if its logit is -Inf, but what smoothing gives it.
	entropyOfWeights = NewFn(backKinds(1), backNumbers, func(in, u []V) []V {
		far := in[1].Sub(in[0])
		hit := in[4].Eq(in[5]).Select(far.Mul(u[1]).Sub(in[6]), num(0))
		spread := u[2].Eq(num(0)).Select(num(0), far.Mul(u[2]))
		y := hit.Add(spread).Mul(in[2]).Div(in[3])
		return []V{in[4].Ne(u[0]).Select(y, num(0))}
	})
	entropyCount = NewFn([]pointwise.Kind{pointwise.Int, pointwise.Int, pointwise.Float}, ints, func(in, u []V) []V {
		return []V{in[0].Ne(u[0]).Select(in[0].Eq(in[1]).Select(in[2], num(0)), num(0))}
	})

	// Of probability and weight.
	entropyMass = map[bool]*Fn{
		false: NewFn(floats(1), floats(2), func(in, u []V) []V { return []V{in[0].Mul(u[0]).Add(u[1])} }),
		true:  NewFn(floats(2), floats(2), func(in, u []V) []V { return []V{in[0].Mul(u[0]).Add(u[1]).Mul(in[1])} }),
	}
	// Of x, lse, g, over, probability, mass and weight.
	entropyBackMass = map[bool]*Fn{
		false: NewFn(floats(6), floats(2), func(in, u []V) []V {
			return []V{in[0].Sub(in[1]).Exp().Mul(in[5]).Sub(in[4].Mul(u[0]).Add(u[1])).Mul(in[2]).Div(in[3])}
		}),
		true: NewFn(floats(7), floats(2), func(in, u []V) []V {
			return []V{in[0].Sub(in[1]).Exp().Mul(in[5]).Sub(in[4].Mul(u[0]).Add(u[1]).Mul(in[6])).Mul(in[2]).Div(in[3])}
		}),
	}
	// Of x, lse, g, over and weight.
	entropyOfTarget = map[bool]*Fn{
		false: NewFn(floats(4), floats(2), func(in, u []V) []V { return []V{in[1].Sub(in[0]).Mul(u[0]).Mul(in[2]).Div(in[3])} }),
		true:  NewFn(floats(5), floats(2), func(in, u []V) []V { return []V{in[1].Sub(in[0]).Mul(u[0]).Mul(in[4]).Mul(in[2]).Div(in[3])} }),
	}
	// Of x, lse, g, over and probability.
	entropyOfMass = NewFn(floats(5), floats(2), func(in, u []V) []V {
		return []V{in[4].Mul(u[0]).Add(u[1]).Mul(in[1].Sub(in[0])).Mul(in[2]).Div(in[3])}
	})
)
