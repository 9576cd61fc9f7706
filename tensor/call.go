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
	casts             []*Tensor // operands that autocast made for this call alone
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
	for _, t := range c.casts {
		t.Free()
	}
	clear(c.casts)
	c.casts = c.casts[:0]
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
	c.Call = backend.Call{Op: o, Attrs: attrs, In: c.In[:0], Out: c.Out[:0]}
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
	for _, t := range c.operands {
		v := t.view
		if (c.Fn != nil || c.Fold != nil) && !slices.Equal(v.Shape, full) {
			v = c.stretched(v, full)
		}
		c.In = append(c.In, backend.View{Buffer: t.live().buf, DType: t.dtype, View: v})
	}
	for _, t := range out {
		c.Out = append(c.Out, backend.View{Buffer: t.live().buf, DType: t.dtype, View: t.view})
	}
	if o.Lower != nil && shape.Numel(full) == 0 {
		return nil
	}
	return dev.Run(&c.Call)
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
