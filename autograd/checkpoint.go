package autograd

import (
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// Checkpoint runs f without keeping what its gradient needs, and runs it again
// when Backward gets there: memory is traded for time. f must compute the same
// each time; the generators it draws from are rewound for the second run. What
// f uses besides its inputs, such as parameters, receives its gradient too.
func Checkpoint(f func(in ...*tensor.Tensor) *tensor.Tensor, generators []*tensor.Generator, in ...*tensor.Tensor) *tensor.Tensor {
	c := &checkpointed{f: f, generators: generators}
	c.before = c.states()
	var out *tensor.Tensor
	flows := true // gradients would but for the NoGrad below
	tensor.Scope(func(s *tensor.Arena) {
		hidden := make([]*tensor.Tensor, len(in))
		for i, t := range in {
			hidden[i] = s.Own(t.NoGrad().Keep())
			flows = flows && !t.IsNoGrad()
		}
		y := f(hidden...)
		flows = flows && y.Muted()
		out = y.Detach().Keep()
	})
	res := []*tensor.Tensor{out}
	tensor.Inherit(in, res)
	if flows {
		all := op.Mask(1)<<len(in) - 1
		tensor.Record(&op.Op{Name: "checkpoint", SaveIn: all}, c, in, res)
	}
	return out
}

// checkpointed is what a Node of Checkpoint has for attributes.
type checkpointed struct {
	f          func(in ...*tensor.Tensor) *tensor.Tensor
	generators []*tensor.Generator
	before     []state // of the generators
}

type state struct{ seed, offset uint64 }

func (c *checkpointed) states() []state {
	l := make([]state, len(c.generators))
	for i, g := range c.generators {
		l[i].seed, l[i].offset = g.State()
	}
	return l
}

func (c *checkpointed) rewind(to []state) {
	for i, g := range c.generators {
		g.SetState(to[i].seed, to[i].offset)
	}
}

// recompute runs a Checkpoint's function again, recorded this time, and sends
// the cotangent into the new record. Its calls are the latest, so the engine
// walks them next, and then goes on to the inputs and the parameters.
func (e *engine) recompute(n *tensor.Node, c *checkpointed, g *tensor.Tensor) {
	after := c.states()
	c.rewind(c.before)
	defer c.rewind(after)
	tensor.Handles(func(s *tensor.Arena) {
		var ctx tensor.Context
		if err := ctx.Load(n, s, true); err != nil {
			panic(failure(e.name, nil, "%v%s", err, at(n)))
		}
		in := make([]*tensor.Tensor, len(ctx.In))
		for i, v := range ctx.In {
			in[i] = v.(*tensor.Tensor)
		}
		if y := c.f(in...); y.RequiresGrad() {
			e.send(edge(y), e.share(g))
		}
	})
}
