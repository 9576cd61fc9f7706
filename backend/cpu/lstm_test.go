package cpu_test

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// TestLSTMBlocks: more hidden units than a block, not a multiple of it, and more
// sequences than a tile has rows.
func TestLSTMBlocks(t *testing.T) {
	d, r := open(t), op.NewRand(9)
	for _, of := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, reverse := range []bool{false, true} {
			x := func(s ...int) *op.Array { return r.Floats(of, -1, 1, s...) }
			const steps, n, h = 5, 17, 70
			a := op.LSTMAttrs{Reverse: reverse}
			s := op.Sample{Name: "blocks", In: []*op.Array{x(steps, n, 4*h), x(4*h, h), x(n, h), x(n, h)}, Attrs: a}
			for _, l := range []layout{contiguous, sliced, transposed} {
				run(t, d, op.LSTM, s, l)
			}
			y := want(op.LSTM, s.In, a)
			g := op.Sample{Name: "blocks", In: []*op.Array{s.In[1], s.In[3], y[1], y[2], x(steps, n, h), x(steps, n, h)}, Attrs: a}
			run(t, d, op.LSTMGrad, g, contiguous)
			run(t, d, op.LSTMGrad, g, transposed)
			if of == dtype.Float32 {
				sameBits(t, d, "blocks", prepare(t, d, op.LSTM, s.In, a, contiguous, contiguous))
				sameBits(t, d, "blocks", prepare(t, d, op.LSTMGrad, g.In, a, contiguous, contiguous))
			}
		}
	}
}
