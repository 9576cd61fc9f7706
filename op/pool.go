package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// PoolAttrs say how a window slides over the spatial axes of x [n, c, ...].
// Lists have a number for each spatial axis, or one for all.
type PoolAttrs struct {
	Kernel   []int
	Stride   []int // nil means Kernel
	Pad      []int // nil means 0; at most half the kernel
	Dilation []int // MaxPool only; nil means 1
	Ceil     bool  // a last window may reach over the end, if it starts before it

	// AvgPool only: divide by the elements of x in a window, not counting
	// padding, or by Divisor if that is not 0.
	ExcludePad bool
	Divisor    int

	// Size is the spatial size of the result of the transposed ops.
	Size []int
}

// AdaptiveAttrs give the spatial size of the result of adaptive pooling; -1
// keeps that of the operand. In is the result's of AdaptiveAvgPoolTranspose.
type AdaptiveAttrs struct{ Size, In []int }

// The poolings. Indices count in the flattened spatial axes of x.
var (
	MaxPool = register(&Op{
		Name: "maxpool", Doc: "returns the largest element of each window of x [n, c, ...], NaN if one is NaN, and its index among the spatial elements (the first if tied).", Outputs: 2,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			a, _ := attrs.(PoolAttrs)
			return poolMetas(in, func(s []int) ([][]span, error) { return a.spans(s, true) }, true)
		},
		Ref: func(in []*Array, attrs any) []*Array {
			axes, _ := attrs.(PoolAttrs).spans(in[0].Meta.Shape[2:], true)
			return maxOver(in[0], axes)
		},
		SaveOut: Nth(1),
		Samples: maxPoolSamples,
		Errors:  poolErrors,
	})

	AdaptiveMaxPool = register(&Op{
		Name: "adaptivemaxpool", Doc: "returns the largest element of each of Size evenly spread windows of x [n, c, ...], and its index among the spatial elements.", Outputs: 2,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			return poolMetas(in, func(s []int) ([][]span, error) { return adaptiveSpans(s, attrs.(AdaptiveAttrs).Size) }, true)
		},
		Ref: func(in []*Array, attrs any) []*Array {
			axes, _ := adaptiveSpans(in[0].Meta.Shape[2:], attrs.(AdaptiveAttrs).Size)
			return maxOver(in[0], axes)
		},
		SaveOut: Nth(1),
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Distinct(0.1, 2, 3, 7, 5)}, Attrs: AdaptiveAttrs{Size: []int{3, 2}}},
				{Name: "1-d, more windows than elements", In: []*Array{r.Distinct(0.1, 1, 2, 3)}, Attrs: AdaptiveAttrs{Size: []int{5}}},
				{Name: "3-d, one axis kept", In: []*Array{r.Distinct(0.1, 1, 2, 3, 4, 2)}, Attrs: AdaptiveAttrs{Size: []int{2, -1, 1}}},
			}
		},
		Errors: adaptiveErrors,
	})

	// MaxPoolGrad is the gradient of both; a backend that knows the windows
	// (Kernel is not nil) can gather where the decomposition scatters.
	MaxPoolGrad = register(&Op{
		Name: "maxpoolgrad", Doc: "adds x [n, c, ...] up at the given indices among the spatial elements of a result [n, c, ...Size].",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 2, 2); err != nil {
				return nil, err
			}
			x, idx := in[0].Shape, in[1].Shape
			if len(x) < 3 || !slices.Equal(x, idx) {
				return nil, shapeError("x %v, indices %v: want one shape [n, c, ...]", x, idx)
			}
			if !in[1].DType.IsInt() {
				return nil, dtypeError("indices are %s: want integers", in[1].DType)
			}
			a, _ := attrs.(PoolAttrs)
			if len(a.Size) != len(x)-2 {
				return nil, attrError("Size is %v: want a size for each of %d axes", a.Size, len(x)-2)
			}
			return []Meta{{append(slices.Clone(x[:2]), a.Size...), in[0].DType}}, nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			x := in[0]
			s := append(slices.Clone(x.Shape()[:2]), attrs.(PoolAttrs).Size...)
			flat := []int{s[0], s[1], shape.Numel(s[2:])}
			zeros := b.zeros(flat, x.DType())
			sum := b.one(ScatterAdd, AxisAttrs{2}, zeros, b.flatten(in[1]), b.flatten(x))
			return []Value{b.Reshape(sum, s)}
		},
		SaveIn: Nth(1),
		Grad: func(b Builder, c *GradContext) []Value {
			g := b.one(Gather, AxisAttrs{2}, b.flatten(c.G[0]), b.flatten(c.In[1]))
			return []Value{b.Reshape(g, c.In[0].Shape()), nil}
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(2, 3, 2, 3), r.Ints(dtype.Int64, 0, 20, 2, 3, 2, 3)}, Attrs: PoolAttrs{Size: []int{4, 5}}},
				{Name: "empty batch", In: []*Array{r.Normal(0, 3, 2), r.Ints(dtype.Int64, 0, 4, 0, 3, 2)}, Attrs: PoolAttrs{Size: []int{4}}},
			}
		},
		Errors: func() []ErrorSample {
			x, idx := NewArray(dtype.Float32, 1, 2, 3), NewArray(dtype.Int64, 1, 2, 3)
			return []ErrorSample{
				{Sample{Name: "no size", In: []*Array{x, idx}, Attrs: PoolAttrs{}}, ErrAttr},
				{Sample{Name: "float indices", In: []*Array{x, x}, Attrs: PoolAttrs{Size: []int{4}}}, ErrDType},
				{Sample{Name: "shapes", In: []*Array{x, NewArray(dtype.Int64, 1, 2, 4)}, Attrs: PoolAttrs{Size: []int{4}}}, ErrShape},
			}
		},
	})

	AvgPool = register(&Op{
		Name: "avgpool", Doc: "returns the mean of each window of x [n, c, ...]; padding counts as zeros unless excluded.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			a, _ := attrs.(PoolAttrs)
			return poolMetas(in, func(s []int) ([][]span, error) { return a.spans(s, false) }, false)
		},
		Ref: func(in []*Array, attrs any) []*Array {
			a := attrs.(PoolAttrs)
			axes, _ := a.spans(in[0].Meta.Shape[2:], false)
			return meanOver(in[0], axes, a.weight)
		},
		Samples: avgPoolSamples,
		Errors:  poolErrors,
	})

	AvgPoolTranspose = register(&Op{
		Name: "avgpooltranspose", Doc: "spreads each element of x [n, c, ...] evenly over its window in a result [n, c, ...Size]; the gradient of AvgPool.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			a, _ := attrs.(PoolAttrs)
			return spreadMetas(in, a.Size, func(s []int) ([][]span, error) { return a.spans(s, false) })
		},
		Ref: func(in []*Array, attrs any) []*Array {
			a := attrs.(PoolAttrs)
			axes, _ := a.spans(a.Size, false)
			return spreadOver(in[0], a.Size, axes, a.weight)
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(2, 3, 2, 3)}, Attrs: PoolAttrs{Kernel: []int{2}, Size: []int{5, 6}}},
				{Name: "overlapping, padded", In: []*Array{r.Normal(1, 2, 4)}, Attrs: PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}, ExcludePad: true, Size: []int{8}}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{
				{Sample{Name: "size", In: []*Array{NewArray(dtype.Float32, 1, 2, 4)}, Attrs: PoolAttrs{Kernel: []int{2}, Size: []int{5}}}, ErrShape},
				{Sample{Name: "no size", In: []*Array{NewArray(dtype.Float32, 1, 2, 4)}, Attrs: PoolAttrs{Kernel: []int{2}}}, ErrAttr},
			}
		},
	})

	AdaptiveAvgPool = register(&Op{
		Name: "adaptiveavgpool", Doc: "returns the mean of each of Size evenly spread windows of x [n, c, ...].",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			return poolMetas(in, func(s []int) ([][]span, error) { return adaptiveSpans(s, attrs.(AdaptiveAttrs).Size) }, false)
		},
		Ref: func(in []*Array, attrs any) []*Array {
			axes, _ := adaptiveSpans(in[0].Meta.Shape[2:], attrs.(AdaptiveAttrs).Size)
			return meanOver(in[0], axes, PoolAttrs{}.weight)
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(2, 3, 7, 5)}, Attrs: AdaptiveAttrs{Size: []int{3, 2}}},
				{Name: "global", In: []*Array{r.Normal(2, 4, 3, 3)}, Attrs: AdaptiveAttrs{Size: []int{1}}},
				{Name: "1-d, more windows than elements", In: []*Array{r.Normal(1, 2, 3)}, Attrs: AdaptiveAttrs{Size: []int{5}}},
				{Name: "3-d, one axis kept", In: []*Array{r.Normal(1, 2, 3, 4, 2)}, Attrs: AdaptiveAttrs{Size: []int{2, -1, 1}}},
			}
		},
		Errors: adaptiveErrors,
	})

	AdaptiveAvgPoolTranspose = register(&Op{
		Name: "adaptiveavgpooltranspose", Doc: "spreads each element of x [n, c, ...] evenly over its window in a result [n, c, ...In]; the gradient of AdaptiveAvgPool.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			return spreadMetas(in, attrs.(AdaptiveAttrs).In, func(s []int) ([][]span, error) { return adaptiveSpans(s, in[0].Shape[2:]) })
		},
		Ref: func(in []*Array, attrs any) []*Array {
			to := attrs.(AdaptiveAttrs).In
			axes, _ := adaptiveSpans(to, in[0].Meta.Shape[2:])
			return spreadOver(in[0], to, axes, PoolAttrs{}.weight)
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(2, 3, 3, 2)}, Attrs: AdaptiveAttrs{In: []int{7, 5}}},
				{Name: "more windows than elements", In: []*Array{r.Normal(1, 2, 5)}, Attrs: AdaptiveAttrs{In: []int{3}}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{{Sample{Name: "no size", In: []*Array{NewArray(dtype.Float32, 1, 2, 4)}, Attrs: AdaptiveAttrs{}}, ErrAttr}}
		},
	})
)

func init() {
	MaxPool.Grad = func(b Builder, c *GradContext) []Value {
		a := c.Attrs.(PoolAttrs)
		a.Size = c.In[0].Shape()[2:]
		return []Value{b.one(MaxPoolGrad, a, c.G[0], c.Out[1])}
	}
	AdaptiveMaxPool.Grad = func(b Builder, c *GradContext) []Value {
		return []Value{b.one(MaxPoolGrad, PoolAttrs{Size: c.In[0].Shape()[2:]}, c.G[0], c.Out[1])}
	}
	AvgPool.Grad = func(b Builder, c *GradContext) []Value {
		a := c.Attrs.(PoolAttrs)
		a.Size = c.In[0].Shape()[2:]
		return []Value{b.one(AvgPoolTranspose, a, c.G[0])}
	}
	AvgPoolTranspose.Grad = func(b Builder, c *GradContext) []Value {
		return []Value{b.one(AvgPool, c.Attrs, c.G[0])}
	}
	AdaptiveAvgPool.Grad = func(b Builder, c *GradContext) []Value {
		return []Value{b.one(AdaptiveAvgPoolTranspose, AdaptiveAttrs{In: c.In[0].Shape()[2:]}, c.G[0])}
	}
	AdaptiveAvgPoolTranspose.Grad = func(b Builder, c *GradContext) []Value {
		return []Value{b.one(AdaptiveAvgPool, AdaptiveAttrs{Size: c.In[0].Shape()[2:]}, c.G[0])}
	}
}

// flatten returns x [n, c, ...] as [n, c, l].
func (b Builder) flatten(x Value) Value {
	s := x.Shape()
	return b.Reshape(x, []int{s[0], s[1], shape.Numel(s[2:])})
}

func (b Builder) zeros(s []int, d dtype.DType) Value { return b.Full(s, d, 0) }

// orZeros returns a cotangent of like: g or, where none arrived, zeros that take
// no memory.
func (b Builder) orZeros(g, like Value) Value {
	if g != nil {
		return g
	}
	return b.Expand(b.zeros(nil, like.DType()), like.Shape())
}

func maxPoolSamples(r *Rand) []Sample {
	return []Sample{
		{Name: "2-d", In: []*Array{r.Distinct(0.1, 2, 3, 4, 6)}, Attrs: PoolAttrs{Kernel: []int{2}}},
		{Name: "overlapping, padded", In: []*Array{r.Distinct(0.1, 1, 2, 7, 5)}, Attrs: PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}}},
		{Name: "1-d, dilated", In: []*Array{r.Distinct(0.1, 2, 1, 9)}, Attrs: PoolAttrs{Kernel: []int{3}, Stride: []int{1}, Dilation: []int{2}, Pad: []int{1}}},
		{Name: "ceil", In: []*Array{r.Distinct(0.1, 1, 2, 6, 7)}, Attrs: PoolAttrs{Kernel: []int{3, 2}, Stride: []int{2, 3}, Ceil: true}},
		{Name: "3-d", In: []*Array{r.Distinct(0.1, 1, 2, 4, 3, 5)}, Attrs: PoolAttrs{Kernel: []int{2, 1, 3}, Stride: []int{2, 1, 2}}},
		{Name: "empty batch", In: []*Array{r.Distinct(0.1, 0, 3, 4, 4)}, Attrs: PoolAttrs{Kernel: []int{2}}},
		{Name: "NaN", In: []*Array{withNaN(r.Normal(1, 2, 4, 6))}, Attrs: PoolAttrs{Kernel: []int{2}}, Bent: true},
		{Name: "NaN, overlapping", In: []*Array{withNaN(r.Normal(1, 2, 5, 6))}, Attrs: PoolAttrs{Kernel: []int{3}, Stride: []int{1}}, Bent: true},
		{Name: "ties", In: []*Array{NewArray(dtype.Float32, 1, 1, 5, 6)}, Attrs: PoolAttrs{Kernel: []int{3}, Stride: []int{2}}, Bent: true},
	}
}

func avgPoolSamples(r *Rand) []Sample {
	return []Sample{
		{Name: "2-d", In: []*Array{r.Normal(2, 3, 4, 6)}, Attrs: PoolAttrs{Kernel: []int{2}}},
		{Name: "overlapping, padded", In: []*Array{r.Normal(1, 2, 7, 5)}, Attrs: PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}}},
		{Name: "padding excluded", In: []*Array{r.Normal(1, 2, 7, 5)}, Attrs: PoolAttrs{Kernel: []int{3, 2}, Stride: []int{2}, Pad: []int{1}, ExcludePad: true}},
		{Name: "1-d, ceil", In: []*Array{r.Normal(2, 1, 8)}, Attrs: PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}, Ceil: true}},
		{Name: "3-d, divisor", In: []*Array{r.Normal(1, 2, 4, 3, 5)}, Attrs: PoolAttrs{Kernel: []int{2, 1, 3}, Divisor: 5}},
		{Name: "empty batch", In: []*Array{r.Normal(0, 3, 4, 4)}, Attrs: PoolAttrs{Kernel: []int{2}}},
	}
}

func poolErrors() []ErrorSample {
	f := NewArray(dtype.Float32, 1, 2, 4, 4)
	return []ErrorSample{
		{Sample{Name: "no kernel", In: []*Array{f}, Attrs: PoolAttrs{}}, ErrAttr},
		{Sample{Name: "padding too large", In: []*Array{f}, Attrs: PoolAttrs{Kernel: []int{2}, Pad: []int{2}}}, ErrAttr},
		{Sample{Name: "stride", In: []*Array{f}, Attrs: PoolAttrs{Kernel: []int{2}, Stride: []int{0}}}, ErrAttr},
		{Sample{Name: "kernel too large", In: []*Array{f}, Attrs: PoolAttrs{Kernel: []int{5}}}, ErrShape},
		{Sample{Name: "rank", In: []*Array{NewArray(dtype.Float32, 4, 4)}, Attrs: PoolAttrs{Kernel: []int{2}}}, ErrShape},
	}
}

func adaptiveErrors() []ErrorSample {
	return []ErrorSample{
		{Sample{Name: "sizes", In: []*Array{NewArray(dtype.Float32, 1, 2, 4, 4)}, Attrs: AdaptiveAttrs{Size: []int{2, 2, 2}}}, ErrAttr},
		{Sample{Name: "empty axis", In: []*Array{NewArray(dtype.Float32, 1, 2, 0)}, Attrs: AdaptiveAttrs{Size: []int{2}}}, ErrShape},
	}
}
