package autograd

import (
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// A Function is an operation with a gradient of its own making, for what the
// op table cannot express. Forward may compute anything from its inputs;
// nothing it does is recorded. Backward returns the gradient for each input, or
// nil, from the cotangents of the outputs; it is itself differentiable as far
// as it is built from tensor operations.
type Function interface {
	Forward(c *Context, in ...*tensor.Tensor) []*tensor.Tensor
	Backward(c *Context, grads ...*tensor.Tensor) []*tensor.Tensor
}

// A Context carries what Forward keeps for Backward.
type Context struct {
	saved    []*tensor.Tensor
	versions []uint32
	needs    op.Mask
}

// Save keeps inputs or outputs of Forward for Backward. Changing one in place
// before Backward runs is an error.
func (c *Context) Save(ts ...*tensor.Tensor) {
	for _, t := range ts {
		c.saved = append(c.saved, t)
		c.versions = append(c.versions, t.Version())
	}
}

// Saved returns what Save kept.
func (c *Context) Saved() []*tensor.Tensor {
	for i, t := range c.saved {
		if t.Version() != c.versions[i] {
			panic(failure("saved", t, "a value that a custom function saved was changed in place"))
		}
	}
	return c.saved
}

// NeedsGrad reports whether a gradient is wanted for input i.
func (c *Context) NeedsGrad(i int) bool { return c.needs.Has(i) }

// Call runs a custom function on in and records it.
func Call(name string, f Function, in ...*tensor.Tensor) []*tensor.Tensor {
	c := &Context{}
	hidden := make([]*tensor.Tensor, len(in))
	back := map[*tensor.Tensor]*tensor.Tensor{}
	needs := false
	for i, t := range in {
		if t.RequiresGrad() {
			c.needs |= op.Nth(i)
			needs = true
		}
		hidden[i] = t.NoGrad()
		back[hidden[i]] = t
	}
	out := f.Forward(c, hidden...)
	for i, t := range out {
		out[i] = t.Detach()
		back[t] = out[i]
	}
	// What was saved is linked to the record, so that Backward can be
	// differentiated with respect to it.
	for i, t := range c.saved {
		if u := back[t]; u != nil {
			c.saved[i] = u
		}
	}
	if needs {
		record(name, in, out, func(g []*tensor.Tensor) []*tensor.Tensor { return f.Backward(c, g...) })
	}
	return out
}

// record makes out the work of an op whose gradient is a Go function.
func record(name string, in, out []*tensor.Tensor, backward func(g []*tensor.Tensor) []*tensor.Tensor) {
	o := &op.Op{Name: name, Outputs: len(out)}
	o.Grad = func(b op.Builder, c *op.GradContext) []op.Value {
		g := make([]*tensor.Tensor, len(c.G))
		for i, v := range c.G {
			if g[i], _ = v.(*tensor.Tensor); g[i] == nil {
				g[i] = tensor.Zeros(out[i].Device(), c.Out[i].DType(), c.Out[i].Shape()...)
			}
		}
		res := backward(g)
		if len(res) != len(c.In) {
			panic(failure(name, nil, "Backward returned %d gradients for %d inputs", len(res), len(c.In)))
		}
		vals := make([]op.Value, len(res))
		for i, t := range res {
			if t != nil {
				vals[i] = t
			}
		}
		return vals
	}
	tensor.Record(o, nil, in, out)
}
