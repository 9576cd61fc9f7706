package autograd

import (
	"slices"

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

// Save keeps tensors for Backward: inputs and outputs of Forward, and others
// that Backward does not have to be differentiated by. Changing one in place
// before Backward runs is an error.
func (c *Context) Save(ts ...*tensor.Tensor) {
	for _, t := range ts {
		c.saved = append(c.saved, t)
		c.versions = append(c.versions, t.Version())
	}
}

// Saved returns what Save kept.
func (c *Context) Saved() []*tensor.Tensor { return c.saved }

// NeedsGrad reports whether a gradient is wanted for input i.
func (c *Context) NeedsGrad(i int) bool { return c.needs.Has(i) }

// Call runs a custom function on in and records it.
func Call(name string, f Function, in ...*tensor.Tensor) []*tensor.Tensor {
	c := &Context{}
	hidden := make([]*tensor.Tensor, len(in))
	muted := false
	for i, t := range in {
		if t.RequiresGrad() {
			c.needs |= op.Nth(i)
		}
		muted = muted || t.IsNoGrad()
		hidden[i] = t.NoGrad()
	}
	raw := f.Forward(c, hidden...)
	out := make([]*tensor.Tensor, len(raw))
	for i, t := range raw {
		out[i] = t.Detach()
	}
	tensor.Inherit(in, out)
	if c.needs != 0 && !muted {
		k := c.keep(name, hidden, raw)
		o := &op.Op{Name: name, Outputs: len(out), SaveIn: k.in, SaveOut: k.out}
		o.Grad = func(b op.Builder, g *op.GradContext) []op.Value { return k.backward(f, name, b, g) }
		tensor.Record(o, nil, in, out)
	}
	for _, t := range hidden {
		t.Free()
	}
	return out
}

// kept says where the tensors that a function saved are found again: inputs
// and outputs with the record, which links them to itself so that Backward can
// be differentiated; others here.
type kept struct {
	in, out  op.Mask
	place    []int            // input i, or output i as ^i
	other    []*tensor.Tensor // nil where place counts
	versions []uint32
}

func (c *Context) keep(name string, in, out []*tensor.Tensor) *kept {
	n := len(c.saved)
	k := &kept{place: make([]int, n), other: make([]*tensor.Tensor, n), versions: c.versions}
	for s, t := range c.saved {
		if t.Version() != c.versions[s] {
			panic(failure(name, t, "Forward changed a tensor in place after it saved it"))
		}
		if i := slices.Index(in, t); i >= 0 {
			k.in |= op.Nth(i)
			k.place[s] = i
		} else if i := slices.Index(out, t); i >= 0 {
			k.out |= op.Nth(i)
			k.place[s] = ^i
		} else {
			k.other[s] = t.Detach().Keep()
		}
	}
	return k
}

// backward runs f's gradient. Unless it is recorded, what it leaves behind goes
// with the temporaries of b.
func (k *kept) backward(f Function, name string, b op.Builder, g *op.GradContext) []op.Value {
	own := tensor.Owner(b)
	c := &Context{needs: g.Needs}
	for s, t := range k.other {
		switch i := k.place[s]; {
		case t != nil && t.Version() != k.versions[s]:
			panic(failure(name, t, "a value that the function saved was changed in place"))
		case t != nil:
			c.saved = append(c.saved, own.Own(t.Detach().Keep()))
		case i >= 0:
			c.saved = append(c.saved, g.In[i].(*tensor.Tensor))
		default:
			c.saved = append(c.saved, g.Out[^i].(*tensor.Tensor))
		}
	}
	cots := make([]*tensor.Tensor, len(g.G))
	for i, v := range g.G {
		switch t, _ := v.(*tensor.Tensor); {
		case t == nil:
			cots[i] = b.Full(g.Out[i].Shape(), g.Out[i].DType(), 0).(*tensor.Tensor)
		case own != nil:
			cots[i] = own.Own(t.Detach().Keep())
		default:
			cots[i] = t
		}
	}
	res := f.Backward(c, cots...)
	if len(res) != len(g.In) {
		panic(failure(name, nil, "Backward returned %d gradients for %d inputs", len(res), len(g.In)))
	}
	vals := make([]op.Value, len(res))
	for i, t := range res {
		switch {
		case t == nil:
		case own == nil:
			vals[i] = t.Reshape(t.Shape()...) // the tensor may be the function's own
		default:
			vals[i] = t
		}
	}
	return vals
}
