package op

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// AxisAttrs name the axis that an op works along; negative ones count from the
// end.
type AxisAttrs struct{ Axis int }

// The softmax family. Each is shifted by the largest element, so nothing
// overflows; gradients are computed from the results.
var (
	Softmax = register(&Op{
		Name: "softmax", Doc: "returns e**x divided by its sum along an axis.",
		Infer: inferSoftmax,
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			x, axes := in[0], []int{attrs.(AxisAttrs).Axis}
			if shape.Numel(x.Shape()) == 0 {
				return []Value{b.one(Exp, nil, x)}
			}
			m := b.one(AMax, ReduceAttrs{Axes: axes, Keep: true}, x)
			return b.Map(expRatio, nil, x, m, b.foldSum(expDiff, nil, x.DType(), axes, x, m))
		},
		SaveOut: Nth(0),
		Grad: func(b Builder, c *GradContext) []Value {
			y, g := c.Out[0], c.G[0]
			if shape.Numel(y.Shape()) == 0 {
				return []Value{g}
			}
			return []Value{b.one(SoftmaxGrad, c.Attrs, g, y)}
		},
		Samples: softmaxSamples, Errors: softmaxErrors,
	})

	LogSoftmax = register(&Op{
		Name: "logsoftmax", Doc: "returns the logarithm of the softmax of x along an axis.",
		Infer: inferSoftmax,
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			x, axes := in[0], []int{attrs.(AxisAttrs).Axis}
			if shape.Numel(x.Shape()) == 0 {
				return []Value{b.one(Exp, nil, x)}
			}
			m := b.one(AMax, ReduceAttrs{Axes: axes, Keep: true}, x)
			return b.Map(logRatio, nil, x, m, b.foldSum(expDiff, nil, x.DType(), axes, x, m))
		},
		SaveOut: Nth(0),
		Grad: func(b Builder, c *GradContext) []Value {
			y, g := c.Out[0], c.G[0]
			if shape.Numel(y.Shape()) == 0 {
				return []Value{g}
			}
			return []Value{b.one(LogSoftmaxGrad, c.Attrs, g, y)}
		},
		Samples: softmaxSamples, Errors: softmaxErrors,
	})

	LogSumExp = register(&Op{
		Name: "logsumexp", Doc: "returns the logarithm of the sum of e**x over axes.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			if !in[0].DType.IsFloat() {
				return nil, dtypeError("%s: want a float type; convert first", in[0].DType)
			}
			a, _ := attrs.(ReduceAttrs)
			return inferFold(in[0].Shape, a.Axes, a.Keep, ByMax, in[0].DType)
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			x := in[0]
			a, _ := attrs.(ReduceAttrs)
			axes := sortedAxes(a.Axes, len(x.Shape()))
			m := b.one(AMax, ReduceAttrs{Axes: axes, Keep: true}, x)
			m = b.Map(finiteOrZero, nil, m)[0]
			y := b.Map(logPlus, nil, m, b.foldSum(expDiff, nil, x.DType(), axes, x, m))[0]
			return []Value{b.Reshape(y, shape.Reduced(x.Shape(), axes, a.Keep))}
		},
		SaveIn: Nth(0), SaveOut: Nth(0),
		Grad: func(b Builder, c *GradContext) []Value {
			x := c.In[0]
			a, _ := c.Attrs.(ReduceAttrs)
			axes := sortedAxes(a.Axes, len(x.Shape()))
			y, g := b.Unreduce(c.Out[0], x.Shape(), axes), b.Unreduce(c.G[0], x.Shape(), axes)
			return b.Map(logSumExpBack, nil, x, y, g)
		},
		Samples: func(r *Rand) []Sample {
			low := r.Normal(2, 3)
			for i := range 3 {
				low.Data[i] = math.Inf(-1)
			}
			return []Sample{
				{In: []*Array{r.Normal(3, 5)}, Attrs: ReduceAttrs{Axes: []int{1}}},
				{Name: "all", In: []*Array{r.Normal(3, 5)}, Attrs: ReduceAttrs{}},
				{Name: "two axes, kept", In: []*Array{r.Floats(dtype.Float32, 90, 110, 2, 3, 4)}, Attrs: ReduceAttrs{Axes: []int{0, -1}, Keep: true}},
				{Name: "scalar", In: []*Array{r.Normal()}, Attrs: ReduceAttrs{}},
				{Name: "sum of nothing but zeros", In: []*Array{low}, Attrs: ReduceAttrs{Axes: []int{1}}, Bent: true},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{
				{Sample{Name: "axis", In: []*Array{NewArray(dtype.Float32, 2, 3)}, Attrs: ReduceAttrs{Axes: []int{2}}}, ErrShape},
				{Sample{Name: "empty", In: []*Array{NewArray(dtype.Float32, 2, 0)}, Attrs: ReduceAttrs{}}, ErrShape},
				{Sample{Name: "integers", In: []*Array{NewArray(dtype.Int64, 2)}, Attrs: ReduceAttrs{}}, ErrDType},
			}
		},
	})
)

var (
	product  = fn2(func(x, y V) V { return x.Mul(y) })
	expDiff  = fn2(func(x, m V) V { return x.Sub(m).Exp() })
	expRatio = fn3(func(x, m, s V) V { return x.Sub(m).Exp().Div(s) })
	logRatio = fn3(func(x, m, s V) V { return x.Sub(m).Sub(s.Log()) })
	logPlus  = fn2(func(m, s V) V { return m.Add(s.Log()) })

	softmaxBack    = fn3(func(g, y, dot V) V { return y.Mul(g.Sub(dot)) })
	logSoftmaxBack = fn3(func(g, y, sum V) V { return g.Sub(y.Exp().Mul(sum)) })
	// e**(x-y), but 0 where all elements are -Inf, which would give NaN.
	logSumExpBack = fn3(func(x, y, g V) V {
		none := y.Eq(pointwise.Const(math.Inf(-1)))
		return g.Mul(x.Sub(none.Select(pointwise.Const(0), y)).Exp())
	})
	finiteOrZero = fn1(func(m V) V {
		return m.Abs().Eq(pointwise.Const(math.Inf(1))).Select(pointwise.Const(0), m)
	})
)

func fn3(f func(x, y, z V) V) *Fn {
	return NewFn(floats(3), nil, func(in, _ []V) []V { return []V{f(in[0], in[1], in[2])} })
}

// foldSum adds up a function of the broadcast inputs over axes, which it keeps.
func (b Builder) foldSum(fn *Fn, uniforms []float64, d dtype.DType, axes []int, in ...Value) Value {
	rank := 0
	for _, v := range in {
		rank = max(rank, len(v.Shape()))
	}
	if rank == 0 {
		axes = nil
	}
	return b.one(Reduce, &ReduceMapAttrs{Fn: fn, Uniforms: uniforms, By: BySum, Axes: sortedAxes(axes, rank), Keep: true, Out: d}, in...)
}

func inferSoftmax(in []Meta, attrs any) ([]Meta, error) {
	if err := operands(in, 1, 1); err != nil {
		return nil, err
	}
	a, _ := attrs.(AxisAttrs)
	if _, err := shape.Axis(a.Axis, len(in[0].Shape)); err != nil {
		return nil, asShape(err)
	}
	if !in[0].DType.IsFloat() {
		return nil, dtypeError("%s: want a float type; convert first", in[0].DType)
	}
	return slices.Clone(in), nil
}

func softmaxSamples(r *Rand) []Sample {
	masked := r.Normal(3, 4)
	masked.Data[1], masked.Data[6] = math.Inf(-1), math.Inf(-1)
	return []Sample{
		{In: []*Array{r.Normal(3, 5)}, Attrs: AxisAttrs{1}},
		{Name: "first axis", In: []*Array{r.Normal(3, 5)}, Attrs: AxisAttrs{0}},
		{Name: "middle axis", In: []*Array{r.Normal(2, 7, 3)}, Attrs: AxisAttrs{-2}},
		// Bent: steps as large as such numbers need are too coarse.
		{Name: "large", In: []*Array{r.Floats(dtype.Float32, 900, 910, 2, 5)}, Attrs: AxisAttrs{-1}, Bent: true},
		{Name: "masked", In: []*Array{masked}, Attrs: AxisAttrs{-1}, Bent: true},
		// e**x of them, less any but the largest, overflows.
		{Name: "far apart", In: []*Array{r.Floats(dtype.Float32, -300, 300, 3, 7)}, Attrs: AxisAttrs{-1}, Bent: true},
		{Name: "scalar", In: []*Array{r.Normal()}, Attrs: AxisAttrs{0}},
		{Name: "empty axis", In: []*Array{r.Normal(2, 0)}, Attrs: AxisAttrs{1}},
		{Name: "float64", In: []*Array{r.Floats(dtype.Float64, -5, 5, 2, 33)}, Attrs: AxisAttrs{1}},
	}
}

func softmaxErrors() []ErrorSample {
	return []ErrorSample{
		{Sample{Name: "axis", In: []*Array{NewArray(dtype.Float32, 2, 3)}, Attrs: AxisAttrs{2}}, ErrShape},
		{Sample{Name: "integers", In: []*Array{NewArray(dtype.Int64, 2, 3)}, Attrs: AxisAttrs{0}}, ErrDType},
	}
}
