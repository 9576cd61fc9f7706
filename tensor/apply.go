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
	c := take(in)
	defer c.done()
	return slices.Clone(c.apply(dev, o, attrs, recorded(c.operands)))
}

// one is Apply for ops with a single output.
func one(o *op.Op, attrs any, in ...*Tensor) *Tensor {
	c := take(in)
	defer c.done()
	return c.apply(nil, o, attrs, recorded(c.operands))[0]
}

// apply runs o on c's operands. The result is valid until c is done.
func (c *call) apply(dev backend.Device, o *op.Op, attrs any, record bool) []*Tensor {
	in := c.operands
	dev = deviceOf(dev, o, in)
	c.metas()
	outs, err := o.InferInto(c.outs[:0], c.meta, attrs)
	c.outs = outs
	if err != nil {
		panic(newError(o.Name, err, in...))
	}
	switch {
	case o.View != nil:
		c.results = append(c.results, view(o, attrs, in[0], record))
		if o == op.Reshape && !c.results[0].sharesWith(in[0]) {
			return c.results // went by way of a recorded copy
		}
	case o == op.ViewGrad:
		c.results = append(c.results, viewGrad(dev, attrs.(*op.ViewGradAttrs), in[0]))
	case o.Grad == nil && o.Lower == nil && record:
		return decompose(dev, o, attrs, in, true) // its parts are recorded
	default:
		for _, m := range outs {
			if err := shape.Check(m.Shape); err != nil {
				panic(newError(o.Name, err, in...))
			}
			c.results = append(c.results, empty(dev, m.DType, m.Shape, in...))
		}
		err := c.run(dev, o, attrs, c.results)
		if errors.Is(err, backend.ErrUnsupported) && o.Decompose != nil {
			for _, t := range c.results {
				t.Free()
			}
			c.results = decompose(dev, o, attrs, in, false)
		} else if err != nil {
			panic(newError(o.Name, err, in...))
		}
	}
	finish(o, attrs, in, c.results, record)
	return c.results
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

// A call holds what running an op needs, reused from call to call.
type call struct {
	backend.Call
	operands, results []*Tensor
	meta, outs        []op.Meta // of the operands, of the results
}

var calls = sync.Pool{New: func() any { return new(call) }}

func take(in []*Tensor) *call {
	c := calls.Get().(*call)
	c.operands = append(c.operands, in...)
	return c
}

func (c *call) done() {
	clear(c.In)
	clear(c.Out)
	clear(c.operands)
	clear(c.results)
	clear(c.meta)
	clear(c.outs)
	c.Call = backend.Call{In: c.In[:0], Out: c.Out[:0]}
	c.operands, c.results, c.meta, c.outs = c.operands[:0], c.results[:0], c.meta[:0], c.outs[:0]
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
	c.Op, c.Attrs = o, attrs
	c.In, c.Out = c.In[:0], c.Out[:0]
	var full []int // what operands are stretched to
	if o.Lower != nil {
		c.Fn, c.Uniforms = o.Lower(c.meta, attrs)
		full = out[0].view.Shape
	} else if c.Fold = o.Fold(c.meta, attrs); c.Fold != nil {
		c.Fn, c.Uniforms = c.Fold.Fn, c.Fold.Uniforms
		full = c.meta[0].Shape
		for _, m := range c.meta[1:] {
			full, _ = shape.Broadcast(full, m.Shape)
		}
	}
	for _, t := range c.operands {
		v := t.view
		if c.Fn != nil && !slices.Equal(v.Shape, full) {
			v, _ = v.Expand(full)
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
