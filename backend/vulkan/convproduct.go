package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// A convForm is a convolution by names: x, the weight and y, of which one is
// the result, over three spatial axes.
type convForm struct {
	groups, ci, co        int // channels of x and of y in a group
	images                int
	x, w, y               [3]int // spatial sizes
	stride, pad, dilation [3]int
}

// convProduct returns a convolution as a product of matrices, one a group, or
// nil where that does not pay: with a channel or two in a group, tiles would be
// empty for the most part.
//
// Rows are channels of the result and columns its other axes; of the gradient
// by the weight they are channels of y, and columns all that a channel of y
// sees. The places of the sum are the axes that are left.
func (d *device) convProduct(c *backend.Call, f kernel.ConvForm, attrs op.ConvAttrs) *product {
	a, b, out := &c.In[0], &c.In[1], &c.Out[0]
	if d.family == plainFamily || !kernel.ShadersKnow(a.DType) {
		return nil
	}
	g := convFormOf(c, f, attrs)
	if g.groups > 1 && min(g.ci, g.co) < 4 {
		return nil
	}
	p := &product{out: out, batch: []int{g.groups}, x: side{view: a}, y: side{view: b}}
	x, y := &p.x.Operand, &p.y.Operand
	x.Type, y.Type = a.DType, b.DType
	one := [3]int{1, 1, 1}
	taps, pixels := shape.Numel(g.w[:]), 0
	switch f {
	case kernel.ConvOut:
		p.x.view, p.y.view = b, a
		pixels = shape.Numel(g.y[:])
		p.x.lines, p.y.lines, p.places = g.co, g.images*pixels, g.ci*taps
		spread(x, b, 0, 1, g.w)
		p.x.strides = []int{g.co * b.Strides[0]}
		window(y, a, g.x)
		y.ByC, y.CSizes, y.MoveC = a.Strides[0], g.y, g.stride
		y.ByK, y.KSizes, y.MoveK = a.Strides[1], g.w, g.dilation
		y.First = negative(g.pad)
		p.y.strides = []int{g.ci * a.Strides[1]}
	case kernel.ConvIn:
		p.x.view, p.y.view = b, a
		pixels = shape.Numel(g.x[:])
		p.x.lines, p.y.lines, p.places = g.ci, g.images*pixels, g.co*taps
		spread(x, b, 1, 0, g.w)
		p.x.strides = []int{g.co * b.Strides[0]}
		window(y, a, g.y)
		y.ByC, y.CSizes, y.MoveC = a.Strides[0], g.x, one
		y.ByK, y.KSizes, y.MoveK = a.Strides[1], g.w, negative(g.dilation)
		y.First, y.Step = g.pad, g.stride
		if g.stride != one {
			y.Kind = kernel.Stepped
		}
		p.y.strides = []int{g.co * a.Strides[1]}
	case kernel.ConvKernel:
		p.x.view, p.y.view = b, a
		p.x.lines, p.y.lines, p.places = g.co, g.ci*taps, g.images*shape.Numel(g.y[:])
		spread(x, b, 1, 0, g.y)
		p.x.strides = []int{g.co * b.Strides[1]}
		window(y, a, g.x)
		y.ByC, y.CSizes, y.MoveC = a.Strides[1], g.w, g.dilation
		y.ByK, y.KSizes, y.MoveK = a.Strides[0], g.y, g.stride
		y.First = negative(g.pad)
		p.y.strides = []int{g.ci * a.Strides[1]}
	}
	p.byRow, p.inner = p.y.lines, p.y.lines
	if f != kernel.ConvKernel {
		p.byRow, p.inner, p.outer = pixels, pixels, p.x.lines*g.groups*pixels
	}
	p.byBatch = []int{p.x.lines * p.byRow}
	if g.groups == 1 {
		p.batch, p.byBatch, p.x.strides, p.y.strides = nil, nil, nil, nil
	}
	return p
}

func convFormOf(c *backend.Call, f kernel.ConvForm, attrs op.ConvAttrs) convForm {
	a, b, out := c.In[0].Shape, c.In[1].Shape, c.Out[0].Shape
	x, w, y := a, b, out
	switch f {
	case kernel.ConvIn:
		x, y = out, a
	case kernel.ConvKernel:
		w, y = out, b
	}
	axes := len(x) - 2
	g := convForm{groups: max(attrs.Groups, 1), images: x[0]}
	g.ci, g.co = w[1], w[0]/g.groups
	g.x, g.w, g.y = [3]int(three(x[2:], 1)), [3]int(three(w[2:], 1)), [3]int(three(y[2:], 1))
	g.stride = [3]int(three(perAxis(attrs.Stride, axes, 1), 1))
	g.pad = [3]int(three(perAxis(attrs.Pad, axes, 0), 0))
	g.dilation = [3]int(three(perAxis(attrs.Dilation, axes, 1), 1))
	return g
}

// spread makes o an array's operand of which a line is an index of one axis and
// a place an index of another and a position of all.
func spread(o *kernel.Operand, v *backend.View, line, place int, sizes [3]int) {
	o.ByC, o.ByK = v.Strides[line], v.Strides[place]
	s, l := kernel.Coalesce(append([]int{v.Shape[place]}, v.Shape[2:]...), append([]int{v.Strides[place]}, v.Strides[2:]...))
	switch len(s) {
	case 0:
		return
	case 1:
		o.ByK = l[0][0]
		return
	}
	window(o, v, sizes)
	one := [3]int{1, 1, 1}
	o.CSizes, o.KSizes, o.MoveK = one, sizes, one
}

// window makes o an operand whose positions are on the spatial axes of v.
func window(o *kernel.Operand, v *backend.View, sizes [3]int) {
	o.Kind, o.Sizes, o.Step = kernel.Spatial, sizes, [3]int{1, 1, 1}
	o.Strides = [3]int(three(v.Strides[2:], 0))
}

func negative(l [3]int) [3]int { return [3]int{-l[0], -l[1], -l[2]} }
