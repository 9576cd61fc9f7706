package nn

import (
	"math"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// CTCLoss are the options of CTC.
type CTCLoss struct {
	Blank        int  // the class between labels; 0 is PyTorch's default
	ZeroInfinity bool // losses of targets that do not fit count 0, without a gradient
	Reduction    Reduction
}

// CTC returns the connectionist temporal classification loss (Graves et al. 2006):
// the negative log likelihood of target labels, whatever their places in time. logp
// are log probabilities [t, n, c]; targets are [n, s], or the labels of all in
// one row; lengths say how much of each counts. The mean is of each loss divided
// by its target's length. Targets and lengths are read by the host.
func CTC(logp, targets *tensor.Tensor, inputLengths, targetLengths []int, opts ...CTCLoss) *tensor.Tensor {
	o := only("ctc", opts)
	logp = single(logp)
	if logp.Rank() != 3 || len(inputLengths) != logp.Dim(1) || len(targetLengths) != logp.Dim(1) {
		panic(misused("ctc", []*tensor.Tensor{logp, targets}, "want log probabilities [t, n, c] and two lengths for each of n, not %d and %d", len(inputLengths), len(targetLengths)))
	}
	g := newTrellis(o.Blank, logp, targets, inputLengths, targetLengths)
	losses := g.losses(logp) // [n]
	if o.ZeroInfinity {
		losses = losses.MaskedFill(losses.GtScalar(-impossible/2), 0)
	} else {
		losses = losses.MaskedFill(losses.Detach().GtScalar(-impossible/2), math.Inf(1))
	}
	if o.Reduction == Mean {
		n := make([]float64, len(targetLengths))
		for i, l := range targetLengths {
			n[i] = float64(max(l, 1))
		}
		losses = losses.Div(within(logp, tensor.From(logp.Device(), n, len(n)).To(logp.DType())))
	}
	return o.Reduction.of(losses)
}

// impossible stands for the logarithm of 0 inside, where infinities would make
// gradients NaN: far below every sum of logarithms, and well inside float32.
const impossible = -1e30

// A trellis is the graph of ways through labels with blanks between: state s is
// label s/2 if s is odd, else a blank.
type trellis struct {
	classes *tensor.Tensor // [n, states], the class of each state
	skip    *tensor.Tensor // [n, states], 0 where state s may follow s-2, else impossible
	first   *tensor.Tensor // [n, states], 0 where a way may begin
	last    *tensor.Tensor // [n, states], 0 where a way may end
	alive   []*tensor.Tensor
	states  int
}

func newTrellis(blank int, logp, targets *tensor.Tensor, inputLengths, targetLengths []int) *trellis {
	t, n, c := logp.Dim(0), logp.Dim(1), logp.Dim(2)
	labels, width := targets.Float64s(), 0
	if targets.Rank() == 2 {
		width = targets.Dim(1)
	}
	longest, all := 0, 0
	for i, l := range targetLengths {
		longest, all = max(longest, l), all+l
		if l < 0 || inputLengths[i] < 0 || inputLengths[i] > t || width > 0 && l > width {
			panic(misused("ctc", []*tensor.Tensor{logp, targets}, "lengths %d and %d of %d: want at most %d and %d", inputLengths[i], l, i, t, width))
		}
	}
	if width == 0 && targets.Rank() == 2 {
		width = longest
	} else if targets.Rank() == 1 && len(labels) < all {
		panic(misused("ctc", []*tensor.Tensor{logp, targets}, "%d labels, the lengths add up to %d", len(labels), all))
	}
	states := 2*longest + 1
	class := make([]int64, n*states)
	skip, first, last := make([]float64, n*states), make([]float64, n*states), make([]float64, n*states)
	begin := 0
	for i, l := range targetLengths {
		own := labels[begin:]
		if targets.Rank() == 2 {
			own = labels[i*width:]
		} else {
			begin += l
		}
		for s := range states {
			at := i*states + s
			class[at], skip[at], first[at], last[at] = int64(blank), impossible, impossible, impossible
			if s < 2 && s < 2*l+1 {
				first[at] = 0
			}
			if s == 2*l || s == 2*l-1 {
				last[at] = 0
			}
			if s%2 == 0 || s/2 >= l {
				continue
			}
			label := int64(own[s/2])
			if label < 0 || label >= int64(c) || label == int64(blank) {
				panic(misused("ctc", []*tensor.Tensor{logp, targets}, "label %d of target %d is %d: want a class below %d that is not the blank", s/2, i, label, c))
			}
			class[at] = label
			if s > 1 && int64(own[s/2-1]) != label {
				skip[at] = 0
			}
		}
	}
	on := func(l []float64) *tensor.Tensor {
		return within(logp, tensor.From(logp.Device(), l, n, states).To(logp.DType()))
	}
	g := &trellis{classes: within(logp, tensor.From(logp.Device(), class, n, states)), skip: on(skip), first: on(first), last: on(last), states: states}
	for step := range t {
		row := make([]bool, n)
		for i, l := range inputLengths {
			row[i] = step < l
		}
		g.alive = append(g.alive, within(logp, tensor.From(logp.Device(), row, n, 1)))
	}
	return g
}

// losses runs the forward algorithm: alpha is the logarithm of the likelihood of
// all ways to each state.
func (g *trellis) losses(logp *tensor.Tensor) *tensor.Tensor {
	back := func(a *tensor.Tensor, by int) *tensor.Tensor { // a of state s-by
		if by > g.states {
			by = g.states
		}
		return a.Slice(1, 0, g.states-by).Pad([]int{0, by}, []int{0, 0}, impossible)
	}
	alpha := within(logp, g.first.MulScalar(1))
	for t, p := range unbind(logp, 0) {
		own := tensor.Apply(nil, op.Gather, op.AxisAttrs{Axis: 1}, p, g.classes)[0]
		next := alpha
		if t > 0 {
			next = tensor.Stack(2, alpha, back(alpha, 1), back(alpha, 2).Add(g.skip)).LogSumExp(2)
		}
		// What is impossible stays so: -Inf would make gradients NaN.
		next = next.Add(own).MaximumScalar(impossible)
		alpha = g.alive[t].Where(next, alpha)
	}
	return alpha.Add(g.last).LogSumExp(1).Neg()
}
