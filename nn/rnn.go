package nn

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// RecurrentConfig are the options of RNN, GRU and LSTM.
type RecurrentConfig struct {
	Layers        int // 0 means 1
	Bidirectional bool
	BatchFirst    bool // sequences are [n, length, in] instead of [length, n, in]
	NoBias        bool
	Dropout       float64 // between layers, in training
	ReLU          bool    // RNN: instead of tanh
	Projection    int     // LSTM: size to which the output is projected; 0 is none
}

// recurrent is what the recurrent layers have in common. Parameters are named
// weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, then those of l0_reverse,
// l1 and so on.
type recurrent struct {
	In, Hidden int
	Config     RecurrentConfig

	cells   []*cell // of each layer: forward, then backward if bidirectional
	dropout *Dropout
	gating  *gating
}

func (b *Maker) recurrent(g *gating, in, hidden int, opts []RecurrentConfig) recurrent {
	c := only(g.name, opts)
	c.Layers = max(c.Layers, 1)
	if c.ReLU && g != tanhGating {
		panic(misuse(g.name, "ReLU is an option of RNN"))
	}
	if c.ReLU {
		g = reluGating
	}
	if c.Projection != 0 && g != lstmGating {
		panic(misuse(g.name, "Projection is an option of LSTM"))
	}
	r := recurrent{In: in, Hidden: hidden, Config: c, gating: g, dropout: b.Dropout(c.Dropout)}
	for l := range c.Layers {
		size := in
		if l > 0 {
			size = r.out() * r.directions()
		}
		for range r.directions() {
			one := b.cell(g.gates, size, hidden, c.Projection, c.NoBias)
			r.cells = append(r.cells, &one)
		}
	}
	return r
}

func (r *recurrent) directions() int { return 1 + btoi(r.Config.Bidirectional) }

// out returns the size of one direction's output.
func (r *recurrent) out() int {
	if p := r.Config.Projection; p > 0 {
		return p
	}
	return r.Hidden
}

// ListParameters names the parameters as PyTorch does.
func (r *recurrent) ListParameters(yield func(name string, at **tensor.Tensor)) {
	for i, c := range r.cells {
		suffix := fmt.Sprintf("_l%d", i/r.directions())
		if i%r.directions() == 1 {
			suffix += "_reverse"
		}
		yield("weight_ih"+suffix, &c.WeightIH)
		yield("weight_hh"+suffix, &c.WeightHH)
		yield("bias_ih"+suffix, &c.BiasIH)
		yield("bias_hh"+suffix, &c.BiasHH)
		yield("weight_hr"+suffix, &c.WeightHR)
	}
}

// SetTraining switches the dropout between layers.
func (r *recurrent) SetTraining(on bool) { r.dropout.SetTraining(on) }

// Training reports whether the dropout between layers is in training.
func (r *recurrent) Training() bool { return r.dropout.Training() }

func (r *recurrent) String() string {
	s := fmt.Sprintf("%s(%d, %d", r.gating.name, r.In, r.Hidden)
	c := r.Config
	if c.Projection > 0 {
		s += fmt.Sprintf(", proj_size=%d", c.Projection)
	}
	if c.Layers > 1 {
		s += fmt.Sprintf(", num_layers=%d", c.Layers)
	}
	if c.NoBias {
		s += ", bias=False"
	}
	if c.BatchFirst {
		s += ", batch_first=True"
	}
	if c.Dropout > 0 {
		s += fmt.Sprintf(", dropout=%v", c.Dropout)
	}
	if c.Bidirectional {
		s += ", bidirectional=True"
	}
	return s + ")"
}

// run passes x through all layers. Each state is [layers*directions, n, size],
// nil for zeros.
func (r *recurrent) run(x *tensor.Tensor, sizes []int, state ...*tensor.Tensor) (y *tensor.Tensor, last []*tensor.Tensor) {
	return r.runLengths(x, sizes, nil, state)
}

// runLengths is run over sequences that end early: of so many steps each; nil: all
// are whole.
func (r *recurrent) runLengths(x *tensor.Tensor, sizes, lengths []int, state []*tensor.Tensor) (y *tensor.Tensor, last []*tensor.Tensor) {
	if x.Rank() == 2 { // a single sequence
		wide := slices.Clone(state)
		for i, s := range state {
			if s != nil {
				wide[i] = s.Unsqueeze(1)
			}
		}
		axis := 1 - btoi(r.Config.BatchFirst)
		y, last = r.run(x.Unsqueeze(axis), sizes, wide...)
		for i := range last {
			last[i] = last[i].Squeeze(1)
		}
		return y.Squeeze(axis), last
	}
	if x.Rank() != 3 || x.Dim(2) != r.In {
		panic(misused(r.gating.name, []*tensor.Tensor{x}, "want two axes and a last one of size %d", r.In))
	}
	if r.Config.BatchFirst {
		x = x.Transpose(0, 1)
	}
	var ends *endings
	if lengths != nil {
		ends = &endings{lengths, within(x, goesOn(x, lengths))}
		x = ends.cut(x) // it may hold anything there
	}
	n := x.Dim(1)
	first := make([][]*tensor.Tensor, len(state))
	for i, s := range state {
		want := []int{len(r.cells), n, sizes[i]}
		if s == nil {
			s = within(x, tensor.Zeros(x.Device(), x.DType(), want...))
		}
		if !slices.Equal(s.Shape(), want) {
			panic(misused(r.gating.name, []*tensor.Tensor{x, s}, "want a state of %v", want))
		}
		first[i] = unbind(s, 0)
	}
	lasts := make([][]*tensor.Tensor, len(state))
	for i, c := range r.cells {
		d := i % r.directions()
		if d == 0 && i > 0 {
			x = r.dropout.Forward(x)
		}
		begin := make([]*tensor.Tensor, len(state))
		for k := range state {
			begin[k] = first[k][i]
		}
		out, end := r.pass(c, x, begin, ends, d == 1)
		if d == 1 {
			out = tensor.Concat(2, y, out)
		}
		y = out
		for k := range state {
			lasts[k] = append(lasts[k], end[k])
		}
		if d == r.directions()-1 {
			x = y
		}
	}
	for _, l := range lasts {
		last = append(last, tensor.Stack(0, l...))
	}
	if r.Config.BatchFirst {
		y = y.Transpose(0, 1)
	}
	return y, last
}

// pass runs one cell over a sequence, from its end if backward.
func (r *recurrent) pass(c *cell, x *tensor.Tensor, state []*tensor.Tensor, ends *endings, backward bool) (y *tensor.Tensor, last []*tensor.Tensor) {
	switch {
	case c.WeightHR != nil, x.Dim(0) == 0:
		return r.passSteps(c, x, state, ends, backward)
	case ends != nil && r.gating == reluGating: // may grow beyond all bounds after the end
		return r.passSteps(c, x, state, ends, backward)
	case ends != nil:
		return r.passPacked(c, x, state, ends, backward)
	}
	all := r.gating.whole(c, x, state, op.RecurrentAttrs{Reverse: backward})
	end := x.Dim(0) - 1
	if backward {
		end = 0
	}
	for _, s := range all {
		last = append(last, s.Select(0, end))
	}
	for _, s := range all[1:] {
		s.Free()
	}
	return all[0], last
}

// passSteps is pass, step by step.
func (r *recurrent) passSteps(c *cell, x *tensor.Tensor, state []*tensor.Tensor, ends *endings, backward bool) (y *tensor.Tensor, last []*tensor.Tensor) {
	// The input's part of all steps is one product.
	steps := unbind(linear(x, c.WeightIH, c.BiasIH), 0)
	var alive []*tensor.Tensor
	if ends != nil {
		alive = ends.on.Unbind(0)
	}
	outs := make([]*tensor.Tensor, len(steps))
	for i := range steps {
		if backward {
			i = len(steps) - 1 - i
		}
		next := r.gating.step(c, steps[i], state)
		outs[i] = next[0]
		if alive != nil {
			outs[i] = alive[i].Where(next[0], within(x, tensor.ZerosLike(next[0].Detach())))
			for k := range next {
				next[k] = alive[i].Where(next[k], state[k])
			}
		}
		state = next
	}
	return tensor.Stack(0, outs...), state
}

// An RNN is a stack of recurrent layers, h' = tanh(W_ih x + b_ih + W_hh h + b_hh)
// (Elman 1990).
type RNN struct{ recurrent }

// RNN makes recurrent layers for sequences of size in, with parameters drawn
// evenly from ±1/sqrt(hidden).
func (b *Maker) RNN(in, hidden int, opts ...RecurrentConfig) *RNN {
	return &RNN{b.recurrent(tanhGating, in, hidden, opts)}
}

// Forward returns the last layer's output for x [length, n, in], [length, n,
// directions*hidden], and the last h of all layers, [layers*directions, n,
// hidden]. A nil h stands for zeros. The batch axis may be missing.
func (r *RNN) Forward(x, h *tensor.Tensor) (y, last *tensor.Tensor) {
	y, l := r.run(x, []int{r.Hidden}, h)
	return tensor.Observed(r, x, y), l[0]
}

// A GRU is a stack of gated recurrent layers (Cho et al. 2014), with the reset gate
// after the product, as in PyTorch and cuDNN:
//
//	r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
//	z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
//	n = tanh(W_in x + b_in + r (W_hn h + b_hn))
//	h' = (1 - z) n + z h
type GRU struct{ recurrent }

// GRU makes recurrent layers; see RNN.
func (b *Maker) GRU(in, hidden int, opts ...RecurrentConfig) *GRU {
	return &GRU{b.recurrent(gruGating, in, hidden, opts)}
}

// Forward returns the output and the last h; see RNN.Forward.
func (r *GRU) Forward(x, h *tensor.Tensor) (y, last *tensor.Tensor) {
	y, l := r.run(x, []int{r.Hidden}, h)
	return tensor.Observed(r, x, y), l[0]
}

// An LSTM is a stack of layers with long short-term memory (Hochreiter and
// Schmidhuber 1997):
//
//	i = sigmoid(W_ii x + b_ii + W_hi h + b_hi)
//	f = sigmoid(W_if x + b_if + W_hf h + b_hf)
//	g = tanh(W_ig x + b_ig + W_hg h + b_hg)
//	o = sigmoid(W_io x + b_io + W_ho h + b_ho)
//	c' = f c + i g
//	h' = o tanh(c')
type LSTM struct{ recurrent }

// LSTM makes recurrent layers; see RNN.
func (b *Maker) LSTM(in, hidden int, opts ...RecurrentConfig) *LSTM {
	return &LSTM{b.recurrent(lstmGating, in, hidden, opts)}
}

// Forward returns the output and the last h and c; see RNN.Forward. With a
// projection, outputs and h have its size.
func (r *LSTM) Forward(x, h, c *tensor.Tensor) (y, hLast, cLast *tensor.Tensor) {
	y, l := r.run(x, []int{r.out(), r.Hidden}, h, c)
	return tensor.Observed(r, x, y), l[0], l[1]
}
