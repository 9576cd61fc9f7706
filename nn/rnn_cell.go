package nn

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

// cell holds the parameters of one step of a recurrent layer with g gates: 1 for
// RNN, 3 for GRU (reset, update, new), 4 for LSTM (input, forget, new, output).
type cell struct {
	WeightIH *tensor.Tensor // [g*hidden, in]
	WeightHH *tensor.Tensor // [g*hidden, out]
	BiasIH   *tensor.Tensor // [g*hidden], or nil
	BiasHH   *tensor.Tensor // [g*hidden], or nil
	WeightHR *tensor.Tensor // [out, hidden], the projection of an LSTM's output; or nil
}

func (b *Maker) cell(gates, in, hidden, projected int, noBias bool) cell {
	bound := invSqrt(hidden)
	out := hidden
	if projected > 0 {
		out = projected
	}
	c := cell{WeightIH: b.uniform(bound, gates*hidden, in), WeightHH: b.uniform(bound, gates*hidden, out)}
	if !noBias {
		c.BiasIH, c.BiasHH = b.uniform(bound, gates*hidden), b.uniform(bound, gates*hidden)
	}
	if projected > 0 {
		c.WeightHR = b.uniform(bound, projected, hidden)
	}
	return c
}

func (c *cell) hidden(gates int) int { return c.WeightHH.Dim(0) / gates }

// A gating is how a kind of recurrent layer computes.
type gating struct {
	name  string
	gates int
	// step makes of the input's part of the gates [n, g*hidden] and the state (h,
	// and c of an LSTM) the next state.
	step func(c *cell, x *tensor.Tensor, state []*tensor.Tensor) []*tensor.Tensor
	// whole makes of a sequence [length, n, in] and the state before it the states
	// of all steps, [length, n, hidden].
	whole func(c *cell, x *tensor.Tensor, state []*tensor.Tensor, a op.RecurrentAttrs) []*tensor.Tensor
}

var (
	tanhGating = &gating{"RNN", 1, func(c *cell, x *tensor.Tensor, s []*tensor.Tensor) []*tensor.Tensor {
		return tanhStep.Apply(nil, x, linear(s[0], c.WeightHH, c.BiasHH))
	}, (*cell).rnn}
	reluGating = &gating{"RNN", 1, func(c *cell, x *tensor.Tensor, s []*tensor.Tensor) []*tensor.Tensor {
		return reluStep.Apply(nil, x, linear(s[0], c.WeightHH, c.BiasHH))
	}, func(c *cell, x *tensor.Tensor, s []*tensor.Tensor, a op.RecurrentAttrs) []*tensor.Tensor {
		a.ReLU = true
		return c.rnn(x, s, a)
	}}
	gruGating = &gating{"GRU", 3, func(c *cell, x *tensor.Tensor, s []*tensor.Tensor) []*tensor.Tensor {
		in := append(chunks(x, 3), chunks(linear(s[0], c.WeightHH, c.BiasHH), 3)...)
		return gruStep.Apply(nil, append(in, s[0])...)
	}, func(c *cell, x *tensor.Tensor, s []*tensor.Tensor, a op.RecurrentAttrs) []*tensor.Tensor {
		gates := linear(x, c.WeightIH, c.BiasIH)
		defer gates.Free()
		return []*tensor.Tensor{gates.GRU(c.WeightHH, c.BiasHH, s[0], a)}
	}}
	lstmGating = &gating{"LSTM", 4, func(c *cell, x *tensor.Tensor, s []*tensor.Tensor) []*tensor.Tensor {
		in := chunks(x.Add(linear(s[0], c.WeightHH, c.BiasHH)), 4)
		next := lstmStep.Apply(nil, append(in, s[1])...)
		if c.WeightHR != nil {
			next[0] = linear(next[0], c.WeightHR, nil)
		}
		return next
	}, func(c *cell, x *tensor.Tensor, s []*tensor.Tensor, a op.RecurrentAttrs) []*tensor.Tensor {
		gates := c.gatesOf(x)
		defer gates.Free()
		hs, cs := gates.LSTM(c.WeightHH, s[0], s[1], a)
		return []*tensor.Tensor{hs, cs}
	}}
)

// The pointwise parts of the steps, a kernel each.
var (
	tanhStep = kernel2(func(x, h pointwise.Value) pointwise.Value { return x.Add(h).Tanh() })
	reluStep = kernel2(func(x, h pointwise.Value) pointwise.Value { return x.Add(h).Max(pointwise.Const(0)) })
	gruStep  = tensor.NewKernel(7, 0, func(in, _ []pointwise.Value) []pointwise.Value {
		r, z := in[0].Add(in[3]).Sigmoid(), in[1].Add(in[4]).Sigmoid()
		n := in[2].Add(r.Mul(in[5])).Tanh()
		return []pointwise.Value{in[6].Sub(n).Mul(z).Add(n)}
	})
	lstmStep = tensor.NewKernel(5, 0, func(in, _ []pointwise.Value) []pointwise.Value {
		c := in[1].Sigmoid().Mul(in[4]).Add(in[0].Sigmoid().Mul(in[2].Tanh()))
		return []pointwise.Value{in[3].Sigmoid().Mul(c.Tanh()), c}
	})
)

// gatesOf returns the input's part of the gates of all steps, with both biases.
func (c *cell) gatesOf(x *tensor.Tensor) *tensor.Tensor {
	bias := c.BiasIH
	if bias != nil {
		bias = bias.Add(c.BiasHH)
		defer bias.Free()
	}
	return linear(x, c.WeightIH, bias)
}

func (c *cell) rnn(x *tensor.Tensor, s []*tensor.Tensor, a op.RecurrentAttrs) []*tensor.Tensor {
	gates := c.gatesOf(x)
	defer gates.Free()
	return []*tensor.Tensor{gates.RNN(c.WeightHH, s[0], a)}
}

// chunks cuts the last axis into n equal pieces.
func chunks(x *tensor.Tensor, n int) []*tensor.Tensor {
	pieces := unbind(x.Unflatten(-1, n, -1), x.Rank()-1)
	return pieces
}

// unbind is Unbind with a gradient that joins all pieces at once: the gradient
// of each slice alone would fill a tensor of x's size with zeros.
func unbind(x *tensor.Tensor, axis int) []*tensor.Tensor {
	if !x.RequiresGrad() {
		return x.Unbind(axis)
	}
	return autograd.Call("unbind", unbinding{axis}, x)
}

type unbinding struct{ axis int }

func (u unbinding) Forward(_ *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
	return in[0].Unbind(u.axis)
}

func (u unbinding) Backward(_ *autograd.Context, grads ...*tensor.Tensor) []*tensor.Tensor {
	return []*tensor.Tensor{tensor.Stack(u.axis, grads...)}
}

// RNNCell, GRUCell and LSTMCell are single steps of the recurrent layers.
type (
	RNNCell struct {
		cell
		ReLU bool // instead of tanh
	}
	GRUCell  struct{ cell }
	LSTMCell struct{ cell }
)

// RNNCell makes a step from x [n, in] and h [n, hidden] to the next h; n may be
// missing. Option: NoBias.
func (b *Maker) RNNCell(in, hidden int, opts ...Option) *RNNCell {
	return &RNNCell{cell: b.cell(1, in, hidden, 0, gather("rnncell", opts, "NoBias").noBias)}
}

// GRUCell makes a step from x [n, in] and h [n, hidden] to the next h; n may be
// missing. Option: NoBias.
func (b *Maker) GRUCell(in, hidden int, opts ...Option) *GRUCell {
	return &GRUCell{b.cell(3, in, hidden, 0, gather("grucell", opts, "NoBias").noBias)}
}

// LSTMCell makes a step from x [n, in], h and c [n, hidden] to the next h and c; n
// may be missing. Option: NoBias.
func (b *Maker) LSTMCell(in, hidden int, opts ...Option) *LSTMCell {
	return &LSTMCell{b.cell(4, in, hidden, 0, gather("lstmcell", opts, "NoBias").noBias)}
}

// Forward returns the next h. A nil h stands for zeros.
func (r *RNNCell) Forward(x, h *tensor.Tensor) *tensor.Tensor {
	g := tanhGating
	if r.ReLU {
		g = reluGating
	}
	return r.once(g, x, h)[0]
}

// Forward returns the next h. A nil h stands for zeros.
func (r *GRUCell) Forward(x, h *tensor.Tensor) *tensor.Tensor { return r.once(gruGating, x, h)[0] }

// Forward returns the next h and c. Nil h and c stand for zeros.
func (r *LSTMCell) Forward(x, h, c *tensor.Tensor) (hNext, cNext *tensor.Tensor) {
	s := r.once(lstmGating, x, h, c)
	return s[0], s[1]
}

func (c *cell) once(g *gating, x *tensor.Tensor, state ...*tensor.Tensor) []*tensor.Tensor {
	in := c.WeightIH.Dim(1)
	if r := x.Rank(); r != 1 && r != 2 || x.Dim(-1) != in {
		panic(misused(g.name+"cell", []*tensor.Tensor{x}, "want [n, %d] or [%[1]d]", in))
	}
	want := append(slices.Clone(x.Shape()[:x.Rank()-1]), c.hidden(g.gates))
	for i, s := range state {
		if s == nil {
			state[i] = within(x, tensor.Zeros(x.Device(), x.DType(), want...))
		} else if !slices.Equal(s.Shape(), want) {
			panic(misused(g.name+"cell", []*tensor.Tensor{x, s}, "want a state of %v", want))
		}
	}
	return g.step(c, linear(x, c.WeightIH, c.BiasIH), state)
}

func (r *RNNCell) String() string  { return r.describe("RNNCell", 1) }
func (r *GRUCell) String() string  { return r.describe("GRUCell", 3) }
func (r *LSTMCell) String() string { return r.describe("LSTMCell", 4) }

func (c *cell) describe(name string, gates int) string {
	return fmt.Sprintf("%s(%d, %d)", name, c.WeightIH.Dim(1), c.hidden(gates))
}
