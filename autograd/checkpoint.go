package autograd

import "github.com/hekla-ml/hekla/tensor"

// Checkpoint runs f without keeping what its gradient needs, and runs it again
// when Backward gets there: memory is traded for time. f must compute the same
// each time; the generators it draws from are rewound for the second run.
// Parameters that f uses besides its inputs receive their gradients too.
func Checkpoint(f func(in ...*tensor.Tensor) *tensor.Tensor, generators []*tensor.Generator, in ...*tensor.Tensor) *tensor.Tensor {
	type state struct{ seed, offset uint64 }
	before := make([]state, len(generators))
	for i, g := range generators {
		before[i].seed, before[i].offset = g.State()
	}
	hidden := make([]*tensor.Tensor, len(in))
	for i, t := range in {
		hidden[i] = t.NoGrad()
	}
	out := f(hidden...).Detach()
	record("checkpoint", in, []*tensor.Tensor{out}, func(g []*tensor.Tensor) []*tensor.Tensor {
		for i, gen := range generators {
			seed, offset := gen.State()
			gen.SetState(before[i].seed, before[i].offset)
			defer gen.SetState(seed, offset)
		}
		again := make([]*tensor.Tensor, len(in))
		for i, t := range in {
			again[i] = t.Detach()
			if t.RequiresGrad() {
				again[i].SetRequiresGrad(true)
			}
		}
		Backward(f(again...), WithGrad(g[0]))
		grads := make([]*tensor.Tensor, len(in))
		for i, t := range again {
			grads[i] = t.Grad()
		}
		return grads
	})
	return out
}
