package op

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// VarAttrs are the attributes of variances. No axes means all.
type VarAttrs struct {
	Axes       []int
	Keep       bool
	Correction float64 // subtracted from the number of elements: 1 for the variance of a sample
}

// PNormAttrs are the attributes of Norm. No axes means all.
type PNormAttrs struct {
	P    float64 // the exponent; 0 counts what is not zero, ±Inf is the largest or smallest magnitude
	Axes []int
	Keep bool
}

// Variances and norms over axes.
var (
	VarMean = register(&Op{
		Name: "varmean", Doc: "returns the variance and the mean over axes; the squares are divided by the number of elements less Correction.", Outputs: 2,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			out, err := inferVar(in, attrs)
			if err != nil {
				return nil, err
			}
			return []Meta{out[0], out[0]}, nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			x, f := in[0], varForm(in[0], attrs)
			a, _ := attrs.(VarAttrs)
			m := b.Mean(x, f.axes)
			v := b.Scale(b.foldSum(squaredDifference, nil, x.DType(), f.axes, x, m), over(f.count()-a.Correction))
			s := shape.Reduced(x.Shape(), f.axes, a.Keep)
			return []Value{b.Reshape(v, s), b.Reshape(m, s)}
		},
		SaveIn: Nth(0), SaveOut: Nth(1),
		Grad: func(b Builder, c *GradContext) []Value {
			x, f := c.In[0], varForm(c.In[0], c.Attrs)
			a, _ := c.Attrs.(VarAttrs)
			g := []Value{b.zeros(nil, x.DType()), b.zeros(nil, x.DType())}
			for i, v := range c.G {
				if v != nil {
					g[i] = f.wide(b, v)
				}
			}
			return b.Map(varBack, []float64{2 * over(f.count()-a.Correction), over(f.count())}, x, f.wide(b, c.Out[1]), g[0], g[1])
		},
		Samples: varSamples, Errors: varErrors,
	})

	Var = register(&Op{
		Name: "var", Doc: "returns the variance over axes; the squares are divided by the number of elements less Correction.",
		Infer: inferVar,
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, _ := attrs.(VarAttrs)
			return b.Apply(VarMean, a, in...)[:1]
		},
		Samples: varSamples, Errors: varErrors,
	})

	Std = register(&Op{
		Name: "std", Doc: "returns the standard deviation over axes: the square root of the variance, with gradient 0 where it is 0.",
		Infer: inferVar,
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, _ := attrs.(VarAttrs)
			return b.Map(safeSqrt, nil, b.Apply(VarMean, a, in...)[0])
		},
		Samples: varSamples, Errors: varErrors,
	})

	Norm = register(&Op{
		Name: "norm", Doc: "returns the P-norm over axes: the P-th root of the sum of |x|**P.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			if !in[0].DType.IsFloat() {
				return nil, dtypeError("%s: want a float type; convert first", in[0].DType)
			}
			a, _ := attrs.(PNormAttrs)
			by := BySum
			if math.IsInf(a.P, 0) {
				by = ByMax
			}
			return inferFold(in[0].Shape, a.Axes, a.Keep, by, in[0].DType)
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			x := in[0]
			a, _ := attrs.(PNormAttrs)
			fold := &ReduceMapAttrs{Fn: absOf, Axes: sortedAxes(a.Axes, len(x.Shape())), Keep: a.Keep, Out: x.DType()}
			var root *Fn
			var power []float64
			switch {
			case math.IsInf(a.P, 1):
				fold.By = ByMax
			case math.IsInf(a.P, -1):
				fold.By = ByMin
			case a.P == 0:
				fold.Fn = notZero
			case a.P == 2:
				fold.Fn, root = squareOf, safeSqrt
			case a.P != 1:
				fold.Fn, fold.Uniforms = absPower, []float64{a.P}
				root, power = absPower, []float64{1 / a.P}
			}
			y := b.one(Reduce, fold, x)
			if root != nil {
				y = b.Map(root, power, y)[0]
			}
			return []Value{y}
		},
		Samples: func(r *Rand) []Sample {
			x := r.Normal(2, 3, 4)
			return []Sample{
				{Name: "2", In: []*Array{x}, Attrs: PNormAttrs{P: 2}},
				{Name: "1", In: []*Array{x}, Attrs: PNormAttrs{P: 1, Axes: []int{1}}},
				{Name: "0", In: []*Array{x}, Attrs: PNormAttrs{Axes: []int{0, 2}, Keep: true}},
				{Name: "largest", In: []*Array{x}, Attrs: PNormAttrs{P: math.Inf(1), Axes: []int{-1}}},
				{Name: "smallest", In: []*Array{x}, Attrs: PNormAttrs{P: math.Inf(-1), Axes: []int{-1}}},
				{Name: "3", In: []*Array{x}, Attrs: PNormAttrs{P: 3, Axes: []int{0}}},
				{Name: "1.5, of zeros", In: []*Array{NewArray(dtype.Float32, 2, 3)}, Attrs: PNormAttrs{P: 1.5, Axes: []int{1}}, Bent: true},
				{Name: "empty", In: []*Array{r.Normal(0, 3)}, Attrs: PNormAttrs{P: 2, Axes: []int{0}}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{
				{Sample{Name: "axis", In: []*Array{NewArray(dtype.Float32, 2)}, Attrs: PNormAttrs{P: 2, Axes: []int{1}}}, ErrShape},
				{Sample{Name: "largest of nothing", In: []*Array{NewArray(dtype.Float32, 0)}, Attrs: PNormAttrs{P: math.Inf(1)}}, ErrShape},
				{Sample{Name: "integers", In: []*Array{NewArray(dtype.Int64, 2)}, Attrs: PNormAttrs{P: 2}}, ErrDType},
			}
		},
	})
)

var (
	absOf   = fn1(func(x V) V { return x.Abs() })
	notZero = fn1(func(x V) V { return x.Ne(pointwise.Const(0)).Select(pointwise.Const(1), pointwise.Const(0).Mul(x)) })
	// The derivative at 0 would be infinite; 0 is a subgradient.
	safeSqrt = fn1(func(x V) V { return x.Eq(pointwise.Const(0)).Select(pointwise.Const(0), x.Sqrt()) })
	absPower = NewFn(floats(1), floats(1), func(in, p []V) []V {
		zero := pointwise.Const(0)
		power := in[0].Abs().Pow(p[0])
		return []V{in[0].Eq(zero).And(p[0].Gt(zero)).Select(zero, power)}
	})
	varBack = NewFn(floats(4), floats(2), func(in, u []V) []V {
		x, m, gv, gm := in[0], in[1], in[2], in[3]
		return []V{x.Sub(m).Mul(u[0]).Mul(gv).Add(gm.Mul(u[1]))}
	})
)

// over returns 1/n, +Inf if n is not positive: no variance is known then.
func over(n float64) float64 { return 1 / math.Max(n, 0) }

// Mean returns the mean over axes, which stay with size 1.
func (b Builder) Mean(x Value, axes []int) Value {
	return b.one(Mean, ReduceAttrs{Axes: axes, Keep: true}, x)
}

func varForm(x Value, attrs any) normForm {
	a, _ := attrs.(VarAttrs)
	return normForm{x: x, axes: sortedAxes(a.Axes, len(x.Shape()))}
}

func inferVar(in []Meta, attrs any) ([]Meta, error) {
	if err := operands(in, 1, 1); err != nil {
		return nil, err
	}
	if !in[0].DType.IsFloat() {
		return nil, dtypeError("%s: want a float type; convert first", in[0].DType)
	}
	a, _ := attrs.(VarAttrs)
	return inferFold(in[0].Shape, a.Axes, a.Keep, BySum, in[0].DType)
}

func varSamples(r *Rand) []Sample {
	return []Sample{
		{In: []*Array{r.Normal(3, 5)}, Attrs: VarAttrs{Correction: 1}},
		{Name: "one axis", In: []*Array{r.Normal(3, 5)}, Attrs: VarAttrs{Axes: []int{0}}},
		{Name: "two axes, kept", In: []*Array{r.Normal(2, 3, 4)}, Attrs: VarAttrs{Axes: []int{0, -1}, Keep: true, Correction: 2}},
		// Bent: steps as large as such numbers need are too coarse.
		{Name: "far from 0", In: []*Array{r.Floats(dtype.Float32, 1000, 1001, 4, 3)}, Attrs: VarAttrs{Axes: []int{0}, Correction: 1}, Bent: true},
	}
}

func varErrors() []ErrorSample {
	return []ErrorSample{
		{Sample{Name: "axis", In: []*Array{NewArray(dtype.Float32, 2)}, Attrs: VarAttrs{Axes: []int{1}}}, ErrShape},
		{Sample{Name: "integers", In: []*Array{NewArray(dtype.Int64, 2)}, Attrs: VarAttrs{}}, ErrDType},
	}
}
