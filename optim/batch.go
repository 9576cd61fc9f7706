package optim

import (
	"slices"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// A batch is parameters that have their step together.
type batch struct {
	fn      *op.Fn
	scalars []float64
	dst, in [][]*tensor.Tensor
	lists   []*tensor.Tensor // what dst and in are cut from
}

// add adds a parameter, after a step of those before it if its own is another.
func (b *batch) add(fn *op.Fn, scalars []float64, p, grad *tensor.Tensor, state []*tensor.Tensor) {
	if b.fn != fn || !slices.Equal(b.scalars, scalars) {
		b.run()
		b.fn, b.scalars = fn, scalars
	}
	b.dst = append(b.dst, b.list(state, p))
	b.in = append(b.in, b.list(state, p, grad))
}

// list returns first and rest as one list.
func (b *batch) list(rest []*tensor.Tensor, first ...*tensor.Tensor) []*tensor.Tensor {
	at := len(b.lists)
	b.lists = append(append(b.lists, first...), rest...)
	return b.lists[at:len(b.lists):len(b.lists)]
}

// run takes the step and empties the batch.
func (b *batch) run() {
	tensor.UpdateAll(b.fn, b.scalars, b.dst, b.in)
	b.empty()
}

// empty lets go of all tensors.
func (b *batch) empty() {
	clear(b.dst)
	clear(b.in)
	clear(b.lists)
	b.fn, b.dst, b.in, b.lists = nil, b.dst[:0], b.in[:0], b.lists[:0]
}
