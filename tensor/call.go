package tensor

import (
	"slices"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// A call holds what running an op needs, reused from call to call.
type call struct {
	backend.Call
	operands, results []*Tensor
	made              []*Tensor // operands for this call alone
	meta, outs        []op.Meta // of the operands, of the results
	strides           []int     // of stretched operands
}

var calls = sync.Pool{New: func() any { return new(call) }}

func take(in []*Tensor) *call {
	c := calls.Get().(*call)
	c.operands = append(c.operands, in...)
	return c
}

// done lets go of tensors, which a finalizer may wait for. Shapes and buffers
// of the last call stay until the next: they do no harm, and clearing costs.
func (c *call) done() {
	for _, t := range c.made {
		t.Free()
	}
	clear(c.made)
	c.made = c.made[:0]
	clear(c.operands)
	clear(c.results)
	c.operands, c.results = c.operands[:0], c.results[:0]
	calls.Put(c)
}

func (c *call) metas() {
	c.meta = c.meta[:0]
	for _, t := range c.operands {
		c.meta = append(c.meta, op.Meta{Shape: t.view.Shape, DType: t.dtype})
	}
}

// run enqueues o on the device, writing to the given outputs.
func (c *call) run(dev backend.Device, o *op.Op, attrs any, out []*Tensor) error {
	if c.describe(o, attrs, out); o.Lower != nil && c.Out[0].Numel() == 0 {
		return nil
	}
	return dev.Run(&c.Call)
}

// describe tells a device of o on c's operands, writing to the given outputs.
func (c *call) describe(o *op.Op, attrs any, out []*Tensor) {
	c.Op, c.Attrs, c.Fn, c.Uniforms, c.Fold = o, attrs, nil, nil, nil
	c.strides = c.strides[:0]
	var full []int // what operands are stretched to
	if o.Lower != nil {
		c.Fn, c.Uniforms = o.Lower(c.meta, attrs)
		full = out[0].view.Shape
	} else if c.Fold = o.Fold(c.meta, attrs); c.Fold != nil {
		full = c.meta[0].Shape
		for _, m := range c.meta[1:] {
			full, _ = shape.Broadcast(full, m.Shape)
		}
	}
	c.In, c.Out = views(c.In, c.operands), views(c.Out, out)
	if c.Fn != nil || c.Fold != nil {
		for i := range c.In {
			if v := &c.In[i]; !slices.Equal(v.Shape, full) {
				v.View = c.stretched(v.View, full)
			}
		}
	}
}

// views describes tensors to a device, in the memory of an earlier list. Fields
// are set one by one: of whole structs the garbage collector would ask more.
func views(list []backend.View, of []*Tensor) []backend.View {
	list = slices.Grow(list[:0], len(of))[:len(of)]
	for i, t := range of {
		v := &list[i]
		v.Buffer, v.DType = t.live().buf, t.dtype
		v.Shape, v.Strides, v.Offset = t.view.Shape, t.view.Strides, t.view.Offset
	}
	return list
}

// stretched is v.Expand(full), which is known to work, without allocating.
func (c *call) stretched(v shape.View, full []int) shape.View {
	at := len(c.strides)
	c.strides = append(c.strides, make([]int, len(full))...)
	strides := c.strides[at:len(c.strides):len(c.strides)]
	off := len(full) - len(v.Shape)
	for i, d := range v.Shape {
		if d == full[off+i] {
			strides[off+i] = v.Strides[i]
		}
	}
	return shape.View{Shape: full, Strides: strides, Offset: v.Offset}
}

// values widens tensors to op.Values, and tensors narrows them.
func values(in []*Tensor) []op.Value {
	vals := make([]op.Value, len(in))
	for i, t := range in {
		vals[i] = t
	}
	return vals
}

func tensors(vals []op.Value) []*Tensor {
	res := make([]*Tensor, len(vals))
	for i, v := range vals {
		res[i], _ = v.(*Tensor) // nil stays nil
	}
	return res
}
