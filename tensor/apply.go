package tensor

import (
	"errors"
	"fmt"
	"slices"

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
	c.autocast(o)
	return slices.Clone(c.apply(dev, o, attrs, true))
}

// one is Apply for the first output; others are for the gradient alone.
func one(o *op.Op, attrs any, in ...*Tensor) *Tensor {
	c := take(in)
	defer c.done()
	c.autocast(o)
	res := c.apply(nil, o, attrs, true)
	for _, t := range res[1:] {
		t.Free()
	}
	return res[0]
}

// apply runs o on c's operands, recording it if record is set and a gradient
// may be wanted. The result is valid until c is done.
func (c *call) apply(dev backend.Device, o *op.Op, attrs any, record bool) []*Tensor {
	in := c.operands
	dev = deviceOf(dev, o.Name, in)
	record = record && recorded(in)
	c.metas()
	outs, err := o.InferInto(c.outs[:0], c.meta, attrs)
	c.outs = outs
	if err != nil {
		panic(newError(o.Name, clearer(err, o, in), in...))
	}
	switch {
	case o.View != nil:
		c.results = append(c.results, view(o, attrs, in[0], record))
		if o == op.Reshape && !c.results[0].sharesWith(in[0]) {
			return c.results // went by way of a recorded copy
		}
	case o == op.ViewGrad:
		c.results = append(c.results, viewGrad(dev, attrs.(*op.ViewGradAttrs), in[0]))
	case o.Grad == nil && o.Lower == nil && o.Decompose != nil && record:
		c.results = recordParts(dev, o, attrs, in)
		record = false
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
			c.results = decompose(dev, o, attrs, in)
		} else if err != nil {
			panic(newError(o.Name, clearer(err, o, in), in...))
		}
	}
	finish(o, attrs, in, c.results, record)
	return c.results
}

// finish passes on scope and recording from operands to results.
func finish(o *op.Op, attrs any, in, res []*Tensor, record bool) {
	Inherit(in, res)
	if record && o.Differentiable() {
		Record(o, attrs, in, res)
	}
}

// decompose runs o by way of other ops and frees what they leave behind.
func decompose(dev backend.Device, o *op.Op, attrs any, in []*Tensor) []*Tensor {
	return Temporaries(dev, func(b op.Builder) []op.Value { return o.Decompose(b, values(in), attrs) })
}

// recordParts runs o by way of other ops, which are recorded. The record keeps
// what it needs of what they leave behind: the handles are freed.
func recordParts(dev backend.Device, o *op.Op, attrs any, in []*Tensor) []*Tensor {
	e := &eager{dev: dev, record: true, list: true}
	res := tensors(o.Decompose(op.Builder{Applier: e}, values(in), attrs))
	for _, t := range e.made {
		t.drop(res...)
	}
	for i, t := range res {
		if slices.Contains(in, t) {
			res[i] = t.Reshape(t.Shape()...) // another handle
		}
	}
	return res
}

// deviceOf returns the one device of all operands.
func deviceOf(dev backend.Device, name string, in []*Tensor) backend.Device {
	for i, t := range in {
		if t == nil {
			panic(newError(name, errMessage("operand %d of %d is nil", i, len(in)), in...))
		}
		if t.store == nil && len(in) == 1 {
			panic(newError(name, ErrFreed, in...))
		}
		if t.store == nil {
			panic(newError(name, errMessage("operand %d: %w", i, ErrFreed), in...))
		}
		d := t.store.dev
		if i == 0 {
			dev = d
		} else if d != dev {
			panic(newError(name, fmt.Errorf("%w; move one with ToDevice", ErrDevice), in...))
		}
	}
	if dev == nil {
		panic(newError(name, errMessage("want at least one tensor, or a device: see CPU and backend.Open")))
	}
	return dev
}
