package nn

import (
	"slices"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// Packed are sequences of different lengths for a recurrent layer: padded to one
// length, of which only the first part counts. Unlike PyTorch's they need not be
// sorted.
type Packed struct {
	Data    *tensor.Tensor // [length, n, ...], or [n, length, ...] for layers with BatchFirst
	Lengths []int          // of each sequence
}

// PadSequence joins sequences [length, ...] to [longest, n, ...], or if batchFirst
// [n, longest, ...], filled up with value.
func PadSequence(sequences []*tensor.Tensor, batchFirst bool, value float64) *tensor.Tensor {
	longest := 0
	for _, s := range sequences {
		longest = max(longest, s.Dim(0))
	}
	all := make([]*tensor.Tensor, len(sequences))
	for i, s := range sequences {
		before, after := make([]int, s.Rank()), make([]int, s.Rank())
		after[0] = longest - s.Dim(0)
		all[i] = s.Pad(before, after, value)
	}
	return tensor.Stack(1-btoi(batchFirst), all...)
}

// PackSequence packs sequences [length, ...].
func PackSequence(sequences []*tensor.Tensor, batchFirst bool) Packed {
	p := Packed{Data: PadSequence(sequences, batchFirst, 0)}
	for _, s := range sequences {
		p.Lengths = append(p.Lengths, s.Dim(0))
	}
	return p
}

// runPacked is run over packed sequences. Outputs after the end of a sequence are
// zeros, and last states are those at its end.
func (r *recurrent) runPacked(p Packed, sizes []int, state ...*tensor.Tensor) (y Packed, last []*tensor.Tensor) {
	steps, batch := 0, 1
	if r.Config.BatchFirst {
		steps, batch = 1, 0
	}
	x := p.Data
	if x.Rank() != 3 || x.Dim(batch) != len(p.Lengths) {
		panic(misused(r.gating.name, []*tensor.Tensor{x}, "%d lengths: want as many as sequences", len(p.Lengths)))
	}
	for i, l := range p.Lengths {
		if l < 0 || l > x.Dim(steps) {
			panic(misused(r.gating.name, []*tensor.Tensor{x}, "length %d of sequence %d: want at most %d", l, i, x.Dim(steps)))
		}
	}
	out, last := r.runLengths(x, sizes, p.Lengths, state)
	return Packed{out, slices.Clone(p.Lengths)}, last
}

// endings are where sequences [length, n, ...] end, and which of them still go on
// at which step: [length, n, 1].
type endings struct {
	lengths []int
	on      *tensor.Tensor
}

// cut puts zeros after the ends.
func (e *endings) cut(x *tensor.Tensor) *tensor.Tensor {
	return e.on.Where(x, within(x, tensor.Zeros(x.Device(), x.DType(), 1, 1, 1)))
}

// goesOn says which sequences of x [length, n, in] still go on at which step:
// [length, n, 1].
func goesOn(x *tensor.Tensor, lengths []int) *tensor.Tensor {
	steps, n := x.Dim(0), x.Dim(1)
	on := make([]bool, steps*n)
	for i, l := range lengths {
		for t := range l {
			on[t*n+i] = true
		}
	}
	return tensor.From(x.Device(), on, steps, n, 1)
}

// passPacked is pass over sequences that end early, all of them to the last step:
// what comes after an end has no part in the outputs. To go backward, each is
// turned round.
func (r *recurrent) passPacked(c *cell, x *tensor.Tensor, state []*tensor.Tensor, e *endings, backward bool) (y *tensor.Tensor, last []*tensor.Tensor) {
	n := x.Dim(1)
	var turn *tensor.Tensor
	if backward {
		turn = within(x, turned(x, e.lengths))
		x = pickRows(x, turn, x.Dim(0), n)
	}
	all := r.gating.whole(c, x, state, op.RecurrentAttrs{})
	ends, some, empty := make([]int64, n), make([]bool, n), false
	for i, l := range e.lengths {
		ends[i], some[i] = int64(max(l-1, 0)*n+i), l > 0
		empty = empty || l == 0
	}
	at := within(x, tensor.From(x.Device(), ends, n))
	for k, s := range all {
		end := pickRows(s, at, n)
		if empty {
			end = within(x, tensor.From(x.Device(), some, n, 1)).Where(end, state[k])
		}
		last = append(last, end)
	}
	for _, s := range all[1:] {
		s.Free()
	}
	if y = all[0]; backward {
		y = pickRows(y, turn, y.Dim(0), n)
	}
	return e.cut(y), last
}

// turned returns the rows of x [length, n, in] in an order in which each sequence
// begins with its end.
func turned(x *tensor.Tensor, lengths []int) *tensor.Tensor {
	steps, n := x.Dim(0), x.Dim(1)
	rows := make([]int64, steps*n)
	for i, l := range lengths {
		for t := range steps {
			from := t
			if t < l {
				from = l - 1 - t
			}
			rows[t*n+i] = int64(from*n + i)
		}
	}
	return tensor.From(x.Device(), rows, steps*n)
}

// pickRows returns rows of x [length, n, size], counted over both axes, shaped
// [lead..., size].
func pickRows(x, rows *tensor.Tensor, lead ...int) *tensor.Tensor {
	size := x.Dim(2)
	return x.Reshape(x.Dim(0)*x.Dim(1), size).IndexSelect(0, rows).Reshape(append(lead, size)...)
}

// ForwardPacked is Forward over packed sequences: outputs after the end of a
// sequence are zeros, and the last h is that at its end.
func (r *RNN) ForwardPacked(p Packed, h *tensor.Tensor) (y Packed, last *tensor.Tensor) {
	y, l := r.runPacked(p, []int{r.Hidden}, h)
	return y, l[0]
}

// ForwardPacked is Forward over packed sequences; see RNN.ForwardPacked.
func (r *GRU) ForwardPacked(p Packed, h *tensor.Tensor) (y Packed, last *tensor.Tensor) {
	y, l := r.runPacked(p, []int{r.Hidden}, h)
	return y, l[0]
}

// ForwardPacked is Forward over packed sequences; see RNN.ForwardPacked.
func (r *LSTM) ForwardPacked(p Packed, h, c *tensor.Tensor) (y Packed, hLast, cLast *tensor.Tensor) {
	y, l := r.runPacked(p, []int{r.out(), r.Hidden}, h, c)
	return y, l[0], l[1]
}
