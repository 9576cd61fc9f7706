package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// ConvAttrs are the attributes of the convolutions. Lists have a number for
// each spatial axis, or one for all; nil means 1 for Stride and Dilation and 0
// for Pad and OutPad.
type ConvAttrs struct {
	Stride, Pad, Dilation []int
	Groups                int // 0 means 1

	// ConvTranspose only: elements added at the far end of each axis.
	OutPad []int
	// The spatial size of ConvTranspose's result, which then stands instead of
	// OutPad, or of ConvWeight's kernel.
	Size []int
}

// The convolutions are the three faces of one trilinear form
//
//	sum of x[n, ci, p*stride - pad + q*dilation] * w[co, ci', q] * y[n, co, p]
//
// so that the gradients of each are the two others. There is no bias; add it.
var (
	Conv = register(&Op{
		Name: "conv", Doc: "returns the convolution (cross-correlation) of x [n, ci, ...] with w [co, ci/groups, ...k]: [n, co, ...], over 1 to 3 spatial axes.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			g, err := convForm(in, attrs)
			if err != nil {
				return nil, err
			}
			x, w := in[0].Shape, in[1].Shape
			if err := g.channels(x, w, x[1], w[1]*g.groups); err != nil {
				return nil, err
			}
			y, err := g.out(x, w)
			if err != nil {
				return nil, err
			}
			return []Meta{{y, in[0].DType}}, nil
		},
		Ref: func(in []*Array, attrs any) []*Array {
			metas := []Meta{in[0].Meta, in[1].Meta}
			g, _ := convForm(metas, attrs)
			x, w := metas[0].Shape, metas[1].Shape
			s, _ := g.out(x, w)
			y := NewArray(in[0].Meta.DType, s...)
			g.each(x, w, s, func(xi, wi, yi int) { y.Data[yi] += in[0].Data[xi] * in[1].Data[wi] })
			return []*Array{y}
		},
		SaveIn:  Nth(0, 1),
		Samples: convSamples,
		Errors:  convErrors,
	})

	ConvTranspose = register(&Op{
		Name: "convtranspose", Doc: "returns the transposed convolution of x [n, ci, ...] with w [ci, co/groups, ...k]: [n, co, ...]; the gradient of Conv by its input.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			g, err := convForm(in, attrs)
			if err != nil {
				return nil, err
			}
			y, w := in[0].Shape, in[1].Shape
			if err := g.channels(y, w, y[1], w[0]); err != nil {
				return nil, err
			}
			x, err := g.in(y, w, attrs)
			if err != nil {
				return nil, err
			}
			return []Meta{{x, in[0].DType}}, nil
		},
		Ref: func(in []*Array, attrs any) []*Array {
			metas := []Meta{in[0].Meta, in[1].Meta}
			g, _ := convForm(metas, attrs)
			y, w := metas[0].Shape, metas[1].Shape
			s, _ := g.in(y, w, attrs)
			x := NewArray(in[0].Meta.DType, s...)
			g.each(s, w, y, func(xi, wi, yi int) { x.Data[xi] += in[0].Data[yi] * in[1].Data[wi] })
			return []*Array{x}
		},
		SaveIn:  Nth(0, 1),
		Samples: convTransposeSamples,
		Errors:  convTransposeErrors,
	})

	ConvWeight = register(&Op{
		Name: "convweight", Doc: "returns the gradient of Conv by its weight, [co, ci/groups, ...Size], from x [n, ci, ...] and the gradient y [n, co, ...] of its result.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			g, err := convForm(in, attrs)
			if err != nil {
				return nil, err
			}
			x, y := in[0].Shape, in[1].Shape
			if x[1]%g.groups != 0 || y[1]%g.groups != 0 {
				return nil, shapeError("x %v, gradient %v: channels %d and %d do not divide into %d groups", x, y, x[1], y[1], g.groups)
			}
			if x[0] != y[0] {
				return nil, shapeError("x %v, gradient %v: batches of %d and %d", x, y, x[0], y[0])
			}
			w, err := g.weight(x, y, attrs)
			if err != nil {
				return nil, err
			}
			full, err := g.out(x, w)
			if err != nil {
				return nil, err
			}
			for i := 2; i < len(y); i++ {
				if y[i] > full[i] {
					return nil, shapeError("x %v, gradient %v: with kernel %v a convolution gives %v", x, y, w[2:], full)
				}
			}
			return []Meta{{w, in[0].DType}}, nil
		},
		Ref: func(in []*Array, attrs any) []*Array {
			metas := []Meta{in[0].Meta, in[1].Meta}
			g, _ := convForm(metas, attrs)
			x, y := metas[0].Shape, metas[1].Shape
			s, _ := g.weight(x, y, attrs)
			w := NewArray(in[0].Meta.DType, s...)
			g.each(x, s, y, func(xi, wi, yi int) { w.Data[wi] += in[0].Data[xi] * in[1].Data[yi] })
			return []*Array{w}
		},
		SaveIn:  Nth(0, 1),
		Samples: convWeightSamples,
		Errors:  convWeightErrors,
	})
)

func init() {
	Conv.Grad = func(b Builder, c *GradContext) []Value {
		x, w, g := c.In[0], c.In[1], c.G[0]
		res := make([]Value, 2)
		if c.Needs.Has(0) {
			res[0] = b.one(ConvTranspose, sized(c.Attrs, x), g, w)
		}
		if c.Needs.Has(1) {
			res[1] = b.one(ConvWeight, sized(c.Attrs, w), x, g)
		}
		return res
	}
	ConvTranspose.Grad = func(b Builder, c *GradContext) []Value {
		y, w, g := c.In[0], c.In[1], c.G[0]
		res := make([]Value, 2)
		if c.Needs.Has(0) {
			res[0] = b.crop(b.one(Conv, sized(c.Attrs, nil), g, w), y.Shape())
		}
		if c.Needs.Has(1) {
			res[1] = b.one(ConvWeight, sized(c.Attrs, w), g, y)
		}
		return res
	}
	ConvWeight.Grad = func(b Builder, c *GradContext) []Value {
		x, y, g := c.In[0], c.In[1], c.G[0]
		res := make([]Value, 2)
		if c.Needs.Has(0) {
			res[0] = b.reached(c.Attrs, x, y, g)
		}
		if c.Needs.Has(1) {
			res[1] = b.crop(b.one(Conv, sized(c.Attrs, nil), x, g), y.Shape())
		}
		return res
	}
}

// sized returns attrs with the spatial size of v as Size, or none.
func sized(attrs any, v Value) ConvAttrs {
	a, _ := attrs.(ConvAttrs)
	a.OutPad, a.Size = nil, nil
	if v != nil {
		a.Size = v.Shape()[2:]
	}
	return a
}

// reached is ConvTranspose of y with the weight w, of the shape of x: zeros where
// no window reaches, which may be more than an output padding makes.
func (b Builder) reached(attrs any, x, y, w Value) Value {
	a := sized(attrs, x)
	g, err := convForm([]Meta{{y.Shape(), y.DType()}, {w.Shape(), w.DType()}}, attrs)
	if err != nil {
		return b.one(ConvTranspose, a, y, w) // which says so
	}
	s := x.Shape()
	a.Size = slices.Clone(a.Size)
	after := make([]int, len(s))
	for i, n := range a.Size {
		least := (y.Shape()[i+2]-1)*g.stride[i] - 2*g.pad[i] + g.dilation[i]*(w.Shape()[i+2]-1) + 1
		if n >= least+max(g.stride[i], g.dilation[i]) && least > 0 {
			a.Size[i], after[i+2] = least, n-least
		}
	}
	res := b.one(ConvTranspose, a, y, w)
	if slices.Equal(res.Shape(), s) {
		return res
	}
	return b.one(Pad, PadAttrs{Before: make([]int, len(s)), After: after}, res)
}

// crop keeps the first s[i] indices of each axis. An output padding of a
// stride or more leaves windows at the end that no element stands for.
func (b Builder) crop(x Value, s []int) Value {
	for i, n := range s {
		if x.Shape()[i] > n {
			x = b.Slice(x, i, 0, n)
		}
	}
	return x
}

// geometry is how windows slide over the spatial axes.
type geometry struct {
	stride, pad, dilation []int
	groups                int
}

// convForm checks what the convolutions have in common.
func convForm(in []Meta, attrs any) (g geometry, err error) {
	if err := operands(in, 2, 2); err != nil {
		return g, err
	}
	a, _ := attrs.(ConvAttrs)
	x, w := in[0].Shape, in[1].Shape
	if len(x) < 3 || len(x) > 5 || len(w) != len(x) {
		return g, shapeError("%v, %v: want [n, c, ...] and a second operand of the same rank, with 1 to 3 spatial axes", x, w)
	}
	if in[0].DType != in[1].DType || !in[0].DType.IsFloat() {
		return g, dtypeError("%s, %s: want one float type; convert first", in[0].DType, in[1].DType)
	}
	n := len(x) - 2
	if g.stride, err = perAxis("Stride", a.Stride, n, 1, 1); err != nil {
		return g, err
	}
	if g.pad, err = perAxis("Pad", a.Pad, n, 0, 0); err != nil {
		return g, err
	}
	if g.dilation, err = perAxis("Dilation", a.Dilation, n, 1, 1); err != nil {
		return g, err
	}
	if g.groups = max(a.Groups, 1); a.Groups < 0 {
		return g, attrError("Groups is %d: want at least 1", a.Groups)
	}
	return g, nil
}

// perAxis returns v with one number for each of n axes, none below least.
func perAxis(name string, v []int, n, absent, least int) ([]int, error) {
	switch len(v) {
	case 0:
		return slices.Repeat([]int{absent}, n), nil
	case 1:
		v = slices.Repeat(v, n)
	case n:
	default:
		return nil, attrError("%s is %v: want one number, or one for each of %d axes", name, v, n)
	}
	for _, k := range v {
		if k < least {
			return nil, attrError("%s is %v: want at least %d", name, v, least)
		}
	}
	return v, nil
}

// channels checks those of operand x, got, against those the weight w is for.
func (g geometry) channels(x, w []int, got, want int) error {
	if got != want {
		return shapeError("x %v has %d channels, weight %v in %d groups is for %d", x, got, w, g.groups, want)
	}
	if w[0]%g.groups != 0 {
		return shapeError("weight %v: its %d leading channels do not divide into %d groups", w, w[0], g.groups)
	}
	return nil
}

// out returns the shape of Conv's result.
func (g geometry) out(x, w []int) ([]int, error) {
	y := []int{x[0], w[0]}
	for i, k := range w[2:] {
		room := x[i+2] + 2*g.pad[i] - g.dilation[i]*(k-1) - 1
		if k < 1 || room < 0 {
			return nil, shapeError("kernel %v with dilation %v does not fit in %v with padding %v", w[2:], g.dilation, x[2:], g.pad)
		}
		y = append(y, room/g.stride[i]+1)
	}
	return y, nil
}

// in returns the shape of ConvTranspose's result.
func (g geometry) in(y, w []int, attrs any) ([]int, error) {
	a, _ := attrs.(ConvAttrs)
	more, err := perAxis("OutPad", a.OutPad, len(y)-2, 0, 0)
	if err != nil {
		return nil, err
	}
	if a.Size != nil && (len(a.Size) != len(y)-2 || a.OutPad != nil) {
		return nil, attrError("Size is %v, OutPad %v: want a size for each of %d axes, or OutPad", a.Size, a.OutPad, len(y)-2)
	}
	x := []int{y[0], w[1] * g.groups}
	for i, k := range w[2:] {
		least := (y[i+2]-1)*g.stride[i] - 2*g.pad[i] + g.dilation[i]*(k-1) + 1
		n := least + more[i]
		if a.Size != nil {
			n = a.Size[i]
		}
		limit := least + max(g.stride[i], g.dilation[i])
		if k < 1 || y[i+2] < 1 || n < least || n >= limit || n < 1 {
			return nil, shapeError("x %v, weight %v: size %d of axis %d of the result: want %d to %d", y, w, n, i+2, max(least, 1), limit-1)
		}
		x = append(x, n)
	}
	return x, nil
}

// weight returns the shape of ConvWeight's result.
func (g geometry) weight(x, y []int, attrs any) ([]int, error) {
	a, _ := attrs.(ConvAttrs)
	if len(a.Size) != len(x)-2 {
		return nil, attrError("Size is %v: want the kernel's size on each of %d axes", a.Size, len(x)-2)
	}
	return append([]int{y[1], x[1] / g.groups}, a.Size...), nil
}

// each calls f with the places of the factors of each product of the form.
func (g geometry) each(x, w, y []int, f func(xi, wi, yi int)) {
	type factors struct{ x, w, y int }
	var spatial []factors
	xs, ws, ys := x[2:], w[2:], y[2:]
	nx, nw, ny := shape.Numel(xs), shape.Numel(ws), shape.Numel(ys)
	if nw > 0 && ny > 0 {
		p, q := make([]int, len(xs)), make([]int, len(xs))
		for yi := 0; ; yi++ {
			for wi := 0; ; wi++ {
				xi, inside := 0, true
				for i := range xs {
					at := p[i]*g.stride[i] - g.pad[i] + q[i]*g.dilation[i]
					inside = inside && at >= 0 && at < xs[i]
					xi = xi*xs[i] + at
				}
				if inside {
					spatial = append(spatial, factors{xi, wi, yi})
				}
				if !shape.Next(q, ws) {
					break
				}
			}
			if !shape.Next(p, ys) {
				break
			}
		}
	}
	ci, co := w[1], w[0] // ci in one group
	for n := range x[0] {
		for o := range co {
			first := o / (co / g.groups) * ci
			for i := range ci {
				xo, wo, yo := (n*x[1]+first+i)*nx, (o*ci+i)*nw, (n*co+o)*ny
				for _, s := range spatial {
					f(xo+s.x, wo+s.w, yo+s.y)
				}
			}
		}
	}
}

func convSamples(r *Rand) []Sample {
	return []Sample{
		{Name: "2-d", In: []*Array{r.Normal(2, 3, 5, 7), r.Normal(4, 3, 3, 2)}, Attrs: ConvAttrs{Pad: []int{1}}},
		{Name: "1-d, strided, dilated", In: []*Array{r.Normal(1, 2, 11), r.Normal(3, 2, 3)}, Attrs: ConvAttrs{Stride: []int{2}, Dilation: []int{3}, Pad: []int{2}}},
		{Name: "3-d", In: []*Array{r.Normal(1, 2, 3, 4, 3), r.Normal(2, 2, 2, 3, 1)}, Attrs: ConvAttrs{Stride: []int{1, 2, 1}, Pad: []int{0, 1, 1}}},
		{Name: "groups", In: []*Array{r.Normal(2, 4, 5, 3), r.Normal(6, 2, 2, 2)}, Attrs: ConvAttrs{Groups: 2, Stride: []int{2, 1}}},
		{Name: "depthwise", In: []*Array{r.Normal(1, 3, 4, 4), r.Normal(3, 1, 3, 3)}, Attrs: ConvAttrs{Groups: 3, Pad: []int{1, 1}}},
		{Name: "1x1", In: []*Array{r.Normal(2, 5, 3, 3), r.Normal(2, 5, 1, 1)}, Attrs: ConvAttrs{}},
		{Name: "1x1, groups", In: []*Array{r.Normal(2, 4, 3, 3), r.Normal(6, 2, 1, 1)}, Attrs: ConvAttrs{Groups: 2}},
		{Name: "kernel covers x", In: []*Array{r.Normal(3, 4, 3, 2), r.Normal(5, 4, 3, 2)}, Attrs: ConvAttrs{}},
		{Name: "kernel covers x, groups", In: []*Array{r.Normal(3, 4, 3, 2), r.Normal(6, 2, 3, 2)}, Attrs: ConvAttrs{Groups: 2}},
		{Name: "empty batch", In: []*Array{r.Normal(0, 2, 3, 3), r.Normal(4, 2, 3, 3)}, Attrs: ConvAttrs{}},
		{Name: "float64, stride leaves a rest", In: []*Array{r.Floats(dtype.Float64, -1, 1, 1, 1, 8, 8), r.Floats(dtype.Float64, -1, 1, 2, 1, 3, 3)}, Attrs: ConvAttrs{Stride: []int{3, 2}}},
	}
}

func convTransposeSamples(r *Rand) []Sample {
	return []Sample{
		{Name: "2-d", In: []*Array{r.Normal(2, 3, 3, 4), r.Normal(3, 2, 3, 3)}, Attrs: ConvAttrs{Stride: []int{2}, Pad: []int{1}, OutPad: []int{1}}},
		{Name: "1-d, groups", In: []*Array{r.Normal(1, 4, 5), r.Normal(4, 3, 2)}, Attrs: ConvAttrs{Groups: 2}},
		{Name: "3-d", In: []*Array{r.Normal(1, 2, 2, 2, 3), r.Normal(2, 1, 2, 1, 2)}, Attrs: ConvAttrs{Stride: []int{1, 2, 3}}},
		{Name: "explicit size", In: []*Array{r.Normal(1, 2, 3), r.Normal(2, 2, 3)}, Attrs: ConvAttrs{Stride: []int{3}, Size: []int{11}}},
		{Name: "output padding above stride", In: []*Array{r.Normal(1, 2, 4), r.Normal(2, 1, 2)}, Attrs: ConvAttrs{Dilation: []int{4}, OutPad: []int{2}}},
		{Name: "empty batch", In: []*Array{r.Normal(0, 2, 3), r.Normal(2, 2, 3)}, Attrs: ConvAttrs{}},
	}
}

func convWeightSamples(r *Rand) []Sample {
	return []Sample{
		{Name: "2-d", In: []*Array{r.Normal(2, 3, 5, 6), r.Normal(2, 4, 5, 5)}, Attrs: ConvAttrs{Pad: []int{1}, Size: []int{3, 4}}},
		{Name: "groups, strided, with a rest", In: []*Array{r.Normal(2, 4, 8), r.Normal(2, 2, 3)}, Attrs: ConvAttrs{Groups: 2, Stride: []int{2}, Size: []int{3}}},
		{Name: "empty batch", In: []*Array{r.Normal(0, 2, 3), r.Normal(0, 2, 2)}, Attrs: ConvAttrs{Size: []int{2}}},
	}
}

func convErrors() []ErrorSample {
	f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
	return []ErrorSample{
		{Sample{Name: "channels", In: []*Array{f(1, 3, 5), f(2, 4, 3)}, Attrs: ConvAttrs{}}, ErrShape},
		{Sample{Name: "ranks", In: []*Array{f(1, 3, 5), f(2, 3, 3, 3)}, Attrs: ConvAttrs{}}, ErrShape},
		{Sample{Name: "kernel too large", In: []*Array{f(1, 3, 5), f(2, 3, 6)}, Attrs: ConvAttrs{}}, ErrShape},
		{Sample{Name: "groups", In: []*Array{f(1, 4, 5), f(3, 2, 3)}, Attrs: ConvAttrs{Groups: 2}}, ErrShape},
		{Sample{Name: "stride 0", In: []*Array{f(1, 3, 5), f(2, 3, 3)}, Attrs: ConvAttrs{Stride: []int{0}}}, ErrAttr},
		{Sample{Name: "list length", In: []*Array{f(1, 3, 5, 5, 5), f(2, 3, 3, 3, 3)}, Attrs: ConvAttrs{Pad: []int{1, 1}}}, ErrAttr},
		{Sample{Name: "types", In: []*Array{f(1, 3, 5), NewArray(dtype.Float64, 2, 3, 3)}, Attrs: ConvAttrs{}}, ErrDType},
		{Sample{Name: "integers", In: []*Array{NewArray(dtype.Int64, 1, 3, 5), NewArray(dtype.Int64, 2, 3, 3)}, Attrs: ConvAttrs{}}, ErrDType},
	}
}

func convTransposeErrors() []ErrorSample {
	f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
	return []ErrorSample{
		{Sample{Name: "channels", In: []*Array{f(1, 3, 5), f(2, 3, 3)}, Attrs: ConvAttrs{}}, ErrShape},
		{Sample{Name: "output padding", In: []*Array{f(1, 3, 5), f(3, 2, 3)}, Attrs: ConvAttrs{Stride: []int{2}, OutPad: []int{2}}}, ErrShape},
		{Sample{Name: "size", In: []*Array{f(1, 3, 5), f(3, 2, 3)}, Attrs: ConvAttrs{Size: []int{12}}}, ErrShape},
	}
}

func convWeightErrors() []ErrorSample {
	f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
	return []ErrorSample{
		{Sample{Name: "no size", In: []*Array{f(1, 3, 5), f(1, 2, 3)}, Attrs: ConvAttrs{}}, ErrAttr},
		{Sample{Name: "batches", In: []*Array{f(1, 3, 5), f(2, 2, 3)}, Attrs: ConvAttrs{Size: []int{3}}}, ErrShape},
		{Sample{Name: "gradient too large", In: []*Array{f(1, 3, 5), f(1, 2, 4)}, Attrs: ConvAttrs{Size: []int{3}}}, ErrShape},
	}
}
