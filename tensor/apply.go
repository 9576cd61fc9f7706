package tensor

import (
	"errors"
	"slices"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Apply runs an op on tensors and returns its outputs: every method that
// computes comes through here. If a gradient may be wanted the call is
// recorded. A call without operands runs on dev; otherwise dev is ignored.
func Apply(dev backend.Device, o *op.Op, attrs any, in ...*Tensor) []*Tensor {
	return apply(dev, o, attrs, in, recorded(in))
}

// one is Apply for ops with a single output.
func one(o *op.Op, attrs any, in ...*Tensor) *Tensor {
	return apply(nil, o, attrs, in, recorded(in))[0]
}

func apply(dev backend.Device, o *op.Op, attrs any, in []*Tensor, record bool) []*Tensor {
	dev = deviceOf(dev, o, in)
	c := calls.Get().(*call)
	defer c.done()
	metas := c.metas(in)
	outs, err := o.Infer(metas, attrs)
	if err != nil {
		panic(newError(o.Name, err, in...))
	}
	var res []*Tensor
	switch {
	case o.View != nil:
		res = []*Tensor{view(o, attrs, in[0], record)}
		if o == op.Reshape && !res[0].sharesWith(in[0]) {
			return res // went by way of a recorded copy
		}
	case o == op.ViewGrad:
		res = []*Tensor{viewGrad(dev, attrs.(*op.ViewGradAttrs), in[0])}
	case o.Grad == nil && o.Lower == nil && record:
		return decompose(dev, o, attrs, in, true) // its parts are recorded
	default:
		res = make([]*Tensor, len(outs))
		for i, m := range outs {
			if err := shape.Check(m.Shape); err != nil {
				panic(newError(o.Name, err, in...))
			}
			res[i] = empty(dev, m.DType, m.Shape)
		}
		err := c.run(dev, o, attrs, metas, in, res)
		if errors.Is(err, backend.ErrUnsupported) && o.Decompose != nil {
			for _, t := range res {
				t.Free()
			}
			res = decompose(dev, o, attrs, in, false)
		} else if err != nil {
			panic(newError(o.Name, err, in...))
		}
	}
	finish(o, attrs, in, res, record)
	return res
}

// finish passes on scope and recording from operands to results.
func finish(o *op.Op, attrs any, in, res []*Tensor, record bool) {
	for _, t := range in {
		for _, u := range res {
			u.frozen = u.frozen || t.frozen
			if u.arena == nil {
				u.join(t.arena)
			}
		}
	}
	if record && o.Differentiable() {
		Record(o, attrs, in, res)
	}
}

// decompose runs o by way of other ops. Unless these are recorded, what they
// leave behind is freed.
func decompose(dev backend.Device, o *op.Op, attrs any, in []*Tensor, record bool) []*Tensor {
	if record {
		return tensors(o.Decompose(Builder(dev, true), values(in), attrs))
	}
	return Temporaries(dev, func(b op.Builder) []op.Value { return o.Decompose(b, values(in), attrs) })
}

// deviceOf returns the one device of all operands.
func deviceOf(dev backend.Device, o *op.Op, in []*Tensor) backend.Device {
	for i, t := range in {
		if t == nil {
			panic(newError(o.Name, errMessage("operand %d is nil", i), in...))
		}
		d := t.live().dev
		if i == 0 {
			dev = d
		} else if d != dev {
			panic(newError(o.Name, ErrDevice, in...))
		}
	}
	if dev == nil {
		panic(newError(o.Name, errMessage("no operand and no device"), in...))
	}
	return dev
}

// A call holds what one device call needs, reused from call to call.
type call struct {
	backend.Call
	meta []op.Meta
}

var calls = sync.Pool{New: func() any { return new(call) }}

func (c *call) done() {
	clear(c.In)
	clear(c.Out)
	clear(c.meta)
	c.Call = backend.Call{In: c.In[:0], Out: c.Out[:0]}
	c.meta = c.meta[:0]
	calls.Put(c)
}

func (c *call) metas(in []*Tensor) []op.Meta {
	c.meta = c.meta[:0]
	for _, t := range in {
		c.meta = append(c.meta, op.Meta{Shape: t.view.Shape, DType: t.dtype})
	}
	return c.meta
}

// run enqueues o on the device, writing to the given outputs.
func (c *call) run(dev backend.Device, o *op.Op, attrs any, metas []op.Meta, in, out []*Tensor) error {
	c.Op, c.Attrs = o, attrs
	c.In, c.Out = c.In[:0], c.Out[:0]
	var full []int // what operands are stretched to
	if o.Lower != nil {
		c.Fn, c.Uniforms = o.Lower(metas, attrs)
		full = out[0].view.Shape
	} else if c.Fold = o.Fold(metas, attrs); c.Fold != nil {
		c.Fn, c.Uniforms = c.Fold.Fn, c.Fold.Uniforms
		full = metas[0].Shape
		for _, m := range metas[1:] {
			full, _ = shape.Broadcast(full, m.Shape)
		}
	}
	for _, t := range in {
		v := t.view
		if c.Fn != nil && !slices.Equal(v.Shape, full) {
			v, _ = v.Expand(full)
		}
		c.In = append(c.In, backend.View{Buffer: t.live().buf, DType: t.dtype, View: v})
	}
	for _, t := range out {
		c.Out = append(c.Out, backend.View{Buffer: t.live().buf, DType: t.dtype, View: t.view})
	}
	if full != nil && shape.Numel(full) == 0 && o.Lower != nil {
		return nil
	}
	return dev.Run(&c.Call)
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
