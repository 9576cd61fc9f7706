package nn

import (
	"slices"

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
	alive := make([]*tensor.Tensor, x.Dim(steps))
	for t := range alive {
		row := make([]bool, len(p.Lengths))
		for i, l := range p.Lengths {
			if l < 0 || l > len(alive) {
				panic(misused(r.gating.name, []*tensor.Tensor{x}, "length %d of sequence %d: want at most %d", l, i, len(alive)))
			}
			row[i] = t < l
		}
		alive[t] = within(x, tensor.From(x.Device(), row, len(row), 1))
	}
	out, last := r.runAlive(x, sizes, alive, state)
	return Packed{out, slices.Clone(p.Lengths)}, last
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
