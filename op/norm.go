package op

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// NormAttrs are the attributes of the normalisations. Weight and bias are
// optional operands, in this order: one, two or three operands in all.
type NormAttrs struct {
	Axes   int     // LayerNorm, RMSNorm: how many of the last axes; 0 means 1
	Groups int     // GroupNorm only
	Eps    float64 // added to the variance
}

// The normalisations. Statistics are float32 for the half types.
var (
	// LayerNorm's mean and variance have size 1 along the normalised axes.
	LayerNorm = register(&Op{
		Name: "layernorm", Doc: "returns (x - mean) / sqrt(variance + Eps) * weight + bias over the last axes, the mean and the biased variance.", Outputs: 3,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			a, _ := attrs.(NormAttrs)
			axes, err := lastAxes(in, a.Axes)
			if err != nil {
				return nil, err
			}
			s := in[0].Shape
			stats := Meta{shape.Reduced(s, axes, true), statsType(in[0].DType)}
			return []Meta{in[0], stats, stats}, affineFits(in[1:], s[axes[0]:])
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, _ := attrs.(NormAttrs)
			n := layerForm(in, a)
			m, v := n.stats(b)
			return []Value{n.apply(b, m, v, in[1:]), m, v}
		},
		SaveIn: Nth(0, 1), SaveOut: Nth(1, 2),
		Grad: func(b Builder, c *GradContext) []Value {
			a, _ := c.Attrs.(NormAttrs)
			return layerForm(c.In, a).grad(b, c, NormGradAttrs{NormAttrs: a})
		},
		Samples: layerNormSamples, Errors: layerNormErrors,
	})

	BatchNorm = register(&Op{
		Name: "batchnorm", Doc: "returns (x - mean) / sqrt(variance + Eps) * weight + bias of x [n, c, ...] for each channel, the mean [c] and the biased variance [c].", Outputs: 3,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			c, err := channelsOf(in, 3)
			if err != nil {
				return nil, err
			}
			stats := Meta{[]int{c}, statsType(in[0].DType)}
			return []Meta{in[0], stats, stats}, affineFits(in[1:], []int{c})
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, _ := attrs.(NormAttrs)
			n := batchForm(in, a)
			m, v := n.stats(b)
			c := []int{in[0].Shape()[1]}
			return []Value{n.apply(b, m, v, in[1:]), b.Reshape(m, c), b.Reshape(v, c)}
		},
		SaveIn: Nth(0, 1), SaveOut: Nth(1, 2),
		Grad: func(b Builder, c *GradContext) []Value {
			a, _ := c.Attrs.(NormAttrs)
			return batchForm(c.In, a).grad(b, c, NormGradAttrs{NormAttrs: a, Channels: true})
		},
		Samples: batchNormSamples, Errors: batchNormErrors,
	})

	BatchNormEval = register(&Op{
		Name: "batchnormeval", Doc: "returns (x - mean) / sqrt(variance + Eps) * weight + bias of x [n, c, ...] with a given mean [c] and variance [c]; weight and bias [c] are optional.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			c, err := channelsOf(in, 5)
			if err != nil {
				return nil, err
			}
			if len(in) < 3 {
				return nil, attrError("%d operands: want x, mean, variance", len(in))
			}
			return in[:1:1], affineFits(in[1:], []int{c})
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, _ := attrs.(NormAttrs)
			n := batchForm(in[:1], a)
			return []Value{n.apply(b, n.wide(b, in[1]), n.wide(b, in[2]), in[3:])}
		},
		Samples: func(r *Rand) []Sample {
			v := r.Floats(dtype.Float32, 0.5, 2, 3)
			return []Sample{
				{In: []*Array{r.Normal(2, 3, 4, 2), r.Normal(3), v}, Attrs: NormAttrs{Eps: 1e-5}},
				{Name: "weight, bias", In: []*Array{r.Normal(2, 3, 5), r.Normal(3), v, r.Normal(3), r.Normal(3)}, Attrs: NormAttrs{Eps: 1e-3}},
				{Name: "no spatial axes", In: []*Array{r.Normal(4, 3), r.Normal(3), v, r.Normal(3)}, Attrs: NormAttrs{}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{
				{Sample{Name: "mean", In: []*Array{NewArray(dtype.Float32, 2, 3), NewArray(dtype.Float32, 2), NewArray(dtype.Float32, 3)}, Attrs: NormAttrs{}}, ErrShape},
				{Sample{Name: "no variance", In: []*Array{NewArray(dtype.Float32, 2, 3), NewArray(dtype.Float32, 3)}, Attrs: NormAttrs{}}, ErrAttr},
			}
		},
	})

	GroupNorm = register(&Op{
		Name: "groupnorm", Doc: "normalises x [n, c, ...] over each of Groups groups of its channels, then scales by weight [c] and adds bias [c].",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			c, err := channelsOf(in, 3)
			if err != nil {
				return nil, err
			}
			a, _ := attrs.(NormAttrs)
			if a.Groups < 1 || c%a.Groups != 0 {
				return nil, attrError("%v: %d channels do not divide into Groups of %d", in[0].Shape, c, a.Groups)
			}
			return in[:1:1], affineFits(in[1:], []int{c})
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			x, a := in[0], attrs.(NormAttrs)
			s := x.Shape()
			flat := b.Reshape(x, []int{s[0], a.Groups, s[1] / a.Groups * shape.Numel(s[2:])})
			y := b.Reshape(b.Apply(LayerNorm, NormAttrs{Eps: a.Eps}, flat)[0], s)
			return []Value{b.affine(y, batchForm(in[:1], a), in[1:])}
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(2, 6, 3)}, Attrs: NormAttrs{Groups: 2, Eps: 1e-5}},
				{Name: "weight, bias", In: []*Array{r.Normal(2, 4, 2, 3), r.Normal(4), r.Normal(4)}, Attrs: NormAttrs{Groups: 4, Eps: 1e-5}},
				{Name: "one group", In: []*Array{r.Normal(3, 5), r.Normal(5)}, Attrs: NormAttrs{Groups: 1, Eps: 1e-2}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{
				{Sample{Name: "groups", In: []*Array{NewArray(dtype.Float32, 2, 3, 4)}, Attrs: NormAttrs{Groups: 2}}, ErrAttr},
				{Sample{Name: "weight", In: []*Array{NewArray(dtype.Float32, 2, 4), NewArray(dtype.Float32, 2)}, Attrs: NormAttrs{Groups: 2}}, ErrShape},
			}
		},
	})

	InstanceNorm = register(&Op{
		Name: "instancenorm", Doc: "normalises each channel of each x [n, c, ...] over its spatial axes, then scales by weight [c] and adds bias [c].",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			c, err := channelsOf(in, 3)
			if err != nil {
				return nil, err
			}
			if len(in[0].Shape) < 3 {
				return nil, shapeError("%v: want [n, c, ...] with spatial axes", in[0].Shape)
			}
			return in[:1:1], affineFits(in[1:], []int{c})
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, _ := attrs.(NormAttrs)
			x := in[0]
			y := b.Reshape(b.Apply(LayerNorm, NormAttrs{Eps: a.Eps}, b.flatten(x))[0], x.Shape())
			return []Value{b.affine(y, batchForm(in[:1], a), in[1:])}
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(2, 3, 5)}, Attrs: NormAttrs{Eps: 1e-5}},
				{Name: "weight, bias", In: []*Array{r.Normal(2, 4, 2, 3), r.Normal(4), r.Normal(4)}, Attrs: NormAttrs{Eps: 1e-5}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{{Sample{Name: "no spatial axes", In: []*Array{NewArray(dtype.Float32, 2, 3)}, Attrs: NormAttrs{}}, ErrShape}}
		},
	})

	RMSNorm = register(&Op{
		Name: "rmsnorm", Doc: "returns x / sqrt(mean of squares + Eps) * weight over the last axes; weight is optional.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			a, _ := attrs.(NormAttrs)
			if err := operands(in, 1, 2); err != nil {
				return nil, err
			}
			axes, err := lastAxes(in, a.Axes)
			if err != nil {
				return nil, err
			}
			return in[:1:1], affineFits(in[1:], in[0].Shape[axes[0]:])
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, _ := attrs.(NormAttrs)
			n := layerForm(in, a)
			ms := n.mean(b, squareOf, in[0])
			return b.Map(rms[len(in)-1], []float64{a.Eps}, append([]Value{in[0], ms}, in[1:]...)...)
		},
		SaveIn: Nth(0, 1),
		Grad: func(b Builder, c *GradContext) []Value {
			a, _ := c.Attrs.(NormAttrs)
			n := layerForm(c.In, a)
			ms := n.mean(b, squareOf, n.x)
			c.Out, c.G = []Value{nil, b.zeros(ms.Shape(), ms.DType()), ms}, []Value{c.G[0], nil, nil}
			return n.grad(b, c, NormGradAttrs{NormAttrs: a, Uncentred: true})
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(3, 5)}, Attrs: NormAttrs{Eps: 1e-6}},
				{Name: "weight", In: []*Array{r.Normal(2, 3, 4), r.Normal(3, 4)}, Attrs: NormAttrs{Axes: 2, Eps: 1e-6}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{{Sample{Name: "weight", In: []*Array{NewArray(dtype.Float32, 2, 3), NewArray(dtype.Float32, 2)}, Attrs: NormAttrs{}}, ErrShape}}
		},
	})
)

// statsType is the type means and variances of elements of type d have.
func statsType(d dtype.DType) dtype.DType {
	if d.Size() < 4 {
		return dtype.Float32
	}
	return d
}

// lastAxes returns the last n axes (0 means 1) of the first operand.
func lastAxes(in []Meta, n int) ([]int, error) {
	if err := operands(in, 1, 3); err != nil {
		return nil, err
	}
	rank := len(in[0].Shape)
	if n = max(n, 1); n > rank {
		return nil, shapeError("%v: want at least %d axes to normalise over", in[0].Shape, n)
	}
	if !in[0].DType.IsFloat() {
		return nil, dtypeError("%s: want a float type; convert first", in[0].DType)
	}
	return consecutive(rank-n, rank), nil
}

// channelsOf returns c of x [n, c, ...].
func channelsOf(in []Meta, most int) (int, error) {
	if err := operands(in, 1, most); err != nil {
		return 0, err
	}
	if len(in[0].Shape) < 2 {
		return 0, shapeError("%v: want [n, c, ...]", in[0].Shape)
	}
	if !in[0].DType.IsFloat() {
		return 0, dtypeError("%s: want a float type; convert first", in[0].DType)
	}
	return in[0].Shape[1], nil
}

// affineFits checks weight, bias and the like, which must have shape s.
func affineFits(in []Meta, s []int) error {
	for _, m := range in {
		if !slices.Equal(m.Shape, s) {
			return shapeError("weight or bias %v: want %v", m.Shape, s)
		}
		if !m.DType.IsFloat() {
			return dtypeError("weight or bias is %s: want a float type", m.DType)
		}
	}
	return nil
}

func consecutive(from, to int) []int {
	var l []int
	for i := from; i < to; i++ {
		l = append(l, i)
	}
	return l
}

// A normForm is a normalisation of x: over which axes, and the shape in which
// weight and bias broadcast against x.
type normForm struct {
	x      Value
	axes   []int
	affine []int
	eps    float64
}

func layerForm(in []Value, a NormAttrs) normForm {
	s := in[0].Shape()
	axes := consecutive(len(s)-max(a.Axes, 1), len(s))
	return normForm{in[0], axes, s[axes[0]:], a.Eps}
}

func batchForm(in []Value, a NormAttrs) normForm {
	s := in[0].Shape()
	axes := append([]int{0}, consecutive(2, len(s))...)
	return normForm{in[0], axes, shape.Reduced(s, axes, true)[1:], a.Eps}
}

// wide brings a value [c] to the shape in which it broadcasts against x.
func (n normForm) wide(b Builder, v Value) Value {
	if v == nil {
		return nil
	}
	return b.Reshape(v, shape.Reduced(n.x.Shape(), n.axes, true))
}

// mean returns the mean over the axes of a function of the inputs.
func (n normForm) mean(b Builder, fn *Fn, in ...Value) Value {
	return b.one(Reduce, &ReduceMapAttrs{Fn: fn, By: BySum, Over: n.count(), Axes: n.axes, Keep: true, Out: statsType(n.x.DType())}, in...)
}

func (n normForm) count() float64 {
	k := 1
	for _, a := range n.axes {
		k *= n.x.Shape()[a]
	}
	if k == 0 {
		return math.NaN()
	}
	return float64(k)
}

func (n normForm) stats(b Builder) (mean, variance Value) {
	mean = n.mean(b, identityFloat, n.x)
	return mean, n.mean(b, squaredDifference, n.x, mean)
}

// apply normalises x, and scales and shifts it, in one pass.
func (n normForm) apply(b Builder, mean, variance Value, affine []Value) Value {
	in := []Value{n.x, mean, variance}
	for _, v := range affine {
		in = append(in, b.Reshape(v, n.affine))
	}
	return b.Map(normalise[len(affine)], []float64{n.eps}, in...)[0]
}

// affine scales y by weight and adds bias, those of them that there are.
func (b Builder) affine(y Value, n normForm, affine []Value) Value {
	if len(affine) == 0 {
		return y
	}
	in := []Value{y}
	for _, v := range affine {
		in = append(in, b.Reshape(v, n.affine))
	}
	return b.Map(scaleShift[len(affine)], nil, in...)[0]
}

var (
	squareOf          = fn1(func(x V) V { return x.Mul(x) })
	squaredDifference = fn2(func(x, m V) V { return x.Sub(m).Mul(x.Sub(m)) })

	normalise = [...]*Fn{
		withEps(3, func(in []V, eps V) V { return in[0].Sub(in[1]).Mul(rsqrt(in[2].Add(eps))) }),
		withEps(4, func(in []V, eps V) V { return in[0].Sub(in[1]).Mul(rsqrt(in[2].Add(eps))).Mul(in[3]) }),
		withEps(5, func(in []V, eps V) V { return in[0].Sub(in[1]).Mul(rsqrt(in[2].Add(eps))).Mul(in[3]).Add(in[4]) }),
	}
	scaleShift = [...]*Fn{1: product, 2: fn3(func(x, w, y V) V { return x.Mul(w).Add(y) })}
	rms        = [...]*Fn{
		withEps(2, func(in []V, eps V) V { return in[0].Mul(rsqrt(in[1].Add(eps))) }),
		withEps(3, func(in []V, eps V) V { return in[0].Mul(rsqrt(in[1].Add(eps))).Mul(in[2]) }),
	}
)

func rsqrt(x V) V { return pointwise.Const(1).Div(x.Sqrt()) }

// withEps makes a function of n Floats and a uniform Float.
func withEps(n int, f func(in []V, eps V) V) *Fn {
	return NewFn(floats(n), floats(1), func(in, u []V) []V { return []V{f(in, u[0])} })
}

func layerNormSamples(r *Rand) []Sample {
	return []Sample{
		{In: []*Array{r.Normal(3, 5), r.Normal(5), r.Normal(5)}, Attrs: NormAttrs{Eps: 1e-5}},
		{Name: "two axes, weight", In: []*Array{r.Normal(2, 3, 4), r.Normal(3, 4)}, Attrs: NormAttrs{Axes: 2, Eps: 1e-3}},
		{Name: "plain", In: []*Array{r.Normal(2, 7)}, Attrs: NormAttrs{Eps: 1e-5}},
		{Name: "float64", In: []*Array{r.Floats(dtype.Float64, 5, 9, 2, 3, 4), r.Floats(dtype.Float64, 1, 2, 4)}, Attrs: NormAttrs{}},
		{Name: "empty batch", In: []*Array{r.Normal(0, 5), r.Normal(5), r.Normal(5)}, Attrs: NormAttrs{Eps: 1e-5}},
	}
}

func layerNormErrors() []ErrorSample {
	x := NewArray(dtype.Float32, 2, 3)
	return []ErrorSample{
		{Sample{Name: "weight", In: []*Array{x, NewArray(dtype.Float32, 2)}, Attrs: NormAttrs{}}, ErrShape},
		{Sample{Name: "axes", In: []*Array{x}, Attrs: NormAttrs{Axes: 3}}, ErrShape},
		{Sample{Name: "integers", In: []*Array{NewArray(dtype.Int64, 2, 3)}, Attrs: NormAttrs{}}, ErrDType},
	}
}

func batchNormSamples(r *Rand) []Sample {
	return []Sample{
		{In: []*Array{r.Normal(3, 2, 4, 3), r.Normal(2), r.Normal(2)}, Attrs: NormAttrs{Eps: 1e-5}},
		{Name: "no spatial axes, weight", In: []*Array{r.Normal(5, 3), r.Normal(3)}, Attrs: NormAttrs{Eps: 1e-3}},
		{Name: "1-d, plain", In: []*Array{r.Normal(2, 3, 5)}, Attrs: NormAttrs{Eps: 1e-5}},
		{Name: "3-d", In: []*Array{r.Normal(2, 2, 2, 3, 2), r.Normal(2), r.Normal(2)}, Attrs: NormAttrs{Eps: 1e-5}},
	}
}

func batchNormErrors() []ErrorSample {
	x := NewArray(dtype.Float32, 2, 3, 4)
	return []ErrorSample{
		{Sample{Name: "weight", In: []*Array{x, NewArray(dtype.Float32, 4)}, Attrs: NormAttrs{}}, ErrShape},
		{Sample{Name: "rank", In: []*Array{NewArray(dtype.Float32, 3)}, Attrs: NormAttrs{}}, ErrShape},
		{Sample{Name: "integer bias", In: []*Array{x, NewArray(dtype.Float32, 3), NewArray(dtype.Int64, 3)}, Attrs: NormAttrs{}}, ErrDType},
	}
}
