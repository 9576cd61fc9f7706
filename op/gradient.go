package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// Saved returns the inputs and outputs of a call whose values its gradient
// reads, when the gradients of the inputs in needs are wanted.
func (o *Op) Saved(in []Meta, attrs any, needs Mask) (ins, outs Mask) {
	if o.Save != nil {
		return o.Save(attrs, len(in))
	}
	if o.Lower == nil || o.Grad != nil {
		return o.SaveIn, o.SaveOut
	}
	fn, _ := o.Lower(in, attrs)
	wide, narrow := split(in, attrs, needs)
	read := func(wrt Mask) {
		g := fn.grad(wrt)
		ins, outs = ins|g.in, outs|g.out
	}
	if wide != 0 {
		read(wide)
	}
	for _, wrt := range narrow {
		read(wrt)
	}
	return ins, outs
}

// split divides the inputs of an elementwise call whose gradients are wanted
// into those of the full shape, whose gradients one pass computes together, and
// the stretched ones, each summed in a pass of its own.
func split(in []Meta, attrs any, needs Mask) (wide Mask, narrow []Mask) {
	full, _ := broadcast(in)
	if a, ok := attrs.(*MapAttrs); ok && a.Shape != nil {
		full = a.Shape
	}
	for i, m := range in {
		switch {
		case !needs.Has(i) || !m.DType.IsFloat():
		case slices.Equal(m.Shape, full):
			wide |= Nth(i)
		default:
			narrow = append(narrow, Nth(i))
		}
	}
	return wide, narrow
}

// Gradient returns the gradients of the inputs in c.Needs: by the op's own
// rule, by the transpose of a view, or by the derivative of its function.
func (o *Op) Gradient(b Builder, c *GradContext) []Value {
	if o.Grad != nil {
		return o.Grad(b, c)
	}
	if o.View != nil {
		return []Value{b.one(core.viewGrad, &ViewGradAttrs{Op: o, Attrs: c.Attrs, Shape: c.In[0].Shape()}, c.G[0])}
	}
	if o.Lower == nil {
		return make([]Value, len(c.In))
	}
	metas := c.metas[:0]
	for _, v := range c.In {
		metas = append(metas, Meta{v.Shape(), v.DType()})
	}
	c.metas = metas
	fn, uniforms := o.Lower(metas, c.Attrs)
	wide, narrow := split(metas, c.Attrs, c.Needs)
	d := &derived{} // one allocation for most calls
	res := append(d.res[:0], make([]Value, len(c.In))...)
	if wide != 0 {
		g := fn.grad(wide)
		d.attrs = MapAttrs{Fn: g.fn, Uniforms: uniforms, Out: d.out[:0], Shape: c.Out[0].Shape()}
		for i := range c.In {
			if wide.Has(i) {
				d.attrs.Out = append(d.attrs.Out, metas[i].DType)
			}
		}
		vals := b.Apply(core.apply, &d.attrs, c.operands(d.in[:0], b, g)...)
		for i := range c.In {
			if wide.Has(i) {
				res[i], vals = vals[0], vals[1:]
			}
		}
	}
	for _, wrt := range narrow {
		for i := range c.In {
			if wrt.Has(i) {
				g := fn.grad(wrt)
				res[i] = b.MapSumTo(g.fn, uniforms, metas[i].DType, metas[i].Shape, c.operands(nil, b, g)...)
			}
		}
	}
	return res
}

// derived is what the gradient of an elementwise call is made with: room for
// the lists of a call on few operands.
type derived struct {
	attrs MapAttrs
	out   [2]dtype.DType
	in    [4]Value
	res   [2]Value
}

// operands appends to l what the gradient function g reads: inputs, outputs,
// cotangents.
func (c *GradContext) operands(l []Value, b Builder, g *fnGrad) []Value {
	for i, v := range c.In {
		if g.in.Has(i) {
			l = append(l, v)
		}
	}
	for i, v := range c.Out {
		if g.out.Has(i) {
			l = append(l, v)
		}
	}
	for i, v := range c.G {
		if v == nil {
			v = b.Expand(b.Full(nil, c.Out[i].DType(), 0), c.Out[i].Shape())
		}
		l = append(l, v)
	}
	return l
}

// ViewGrad is the transpose of a movement op: zeros of the input's shape, plus
// the cotangent at the places the view shows (added up where they repeat).
var ViewGrad = register(&Op{
	Name: "viewgrad", Doc: "returns zeros of the shape a view was taken of, plus x at the places the view shows.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		a := attrs.(*ViewGradAttrs)
		v, err := a.Op.View(shape.Contiguous(a.Shape), a.Attrs)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(v.Shape, in[0].Shape) {
			return nil, shapeError("%v is not the shape %v of the view", in[0].Shape, v.Shape)
		}
		return []Meta{{a.Shape, in[0].DType}}, nil
	},
	Ref: func(in []*Array, attrs any) []*Array {
		a := attrs.(*ViewGradAttrs)
		v, _ := a.Op.View(shape.Contiguous(a.Shape), a.Attrs)
		out := NewArray(in[0].Meta.DType, a.Shape...)
		each(v, func(i, at int) { out.Data[at] += in[0].Data[i] })
		return []*Array{out}
	},
	Grad: func(b Builder, c *GradContext) []Value {
		a := c.Attrs.(*ViewGradAttrs)
		return []Value{b.one(a.Op, a.Attrs, c.G[0])}
	},
	Samples: viewGradSamples,
})

// ViewGradAttrs names the view and the shape it was taken of.
type ViewGradAttrs struct {
	Op    *Op
	Attrs any
	Shape []int
}
