package cpu_test

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// TestRecurrentBlocks: more hidden units than a block, not a multiple of it, and
// more sequences than a tile has rows.
func TestRecurrentBlocks(t *testing.T) {
	const steps, n, h = 5, 17, 70
	d, r := open(t), op.NewRand(9)
	for _, of := range []dtype.DType{dtype.Float32, dtype.Float64} {
		x := func(s ...int) *op.Array { return r.Floats(of, -1, 1, s...) }
		w := func(gates int) *op.Array { return r.Floats(of, -0.2, 0.2, gates*h, h) } // larger ones amplify rounding from step to step
		for _, a := range []op.RecurrentAttrs{{}, {Reverse: true}} {
			for _, l := range []struct {
				forward, backward *op.Op
				attrs             op.RecurrentAttrs
				in                []*op.Array
				grad              func(in, out []*op.Array) []*op.Array
			}{
				{op.LSTM, op.LSTMGrad, a, []*op.Array{x(steps, n, 4*h), w(4), x(n, h), x(n, h)}, func(in, out []*op.Array) []*op.Array {
					return []*op.Array{in[1], in[3], out[1], out[2], x(steps, n, h), x(steps, n, h)}
				}},
				{op.GRU, op.GRUGrad, a, []*op.Array{x(steps, n, 3*h), w(3), x(n, h), x(3 * h)}, func(in, out []*op.Array) []*op.Array {
					return []*op.Array{in[1], in[2], out[0], out[1], x(steps, n, h)}
				}},
				{op.RNN, op.RNNGrad, a, []*op.Array{x(steps, n, h), w(1), x(n, h)}, func(in, out []*op.Array) []*op.Array {
					return []*op.Array{in[1], out[0], x(steps, n, h)}
				}},
				{op.RNN, op.RNNGrad, op.RecurrentAttrs{Reverse: a.Reverse, ReLU: true}, []*op.Array{x(steps, n, h), w(1), x(n, h)}, func(in, out []*op.Array) []*op.Array {
					return []*op.Array{in[1], out[0], x(steps, n, h)}
				}},
			} {
				s := op.Sample{Name: "blocks", In: l.in, Attrs: l.attrs}
				for _, layout := range []layout{contiguous, sliced, transposed} {
					run(t, d, l.forward, s, layout)
				}
				g := op.Sample{Name: "blocks", In: l.grad(s.In, want(l.forward, s.In, l.attrs)), Attrs: l.attrs}
				run(t, d, l.backward, g, contiguous)
				run(t, d, l.backward, g, transposed)
				if of == dtype.Float32 {
					sameBits(t, d, "blocks", prepare(t, d, l.forward, s.In, l.attrs, contiguous, contiguous))
					sameBits(t, d, "blocks", prepare(t, d, l.backward, g.In, l.attrs, contiguous, contiguous))
				}
			}
		}
	}
}
