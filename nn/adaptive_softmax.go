package nn

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// AdaptiveLogSoftmaxWithLoss is a softmax over many classes, sorted by how often
// they occur, that spends time on the frequent ones (Grave et al. 2016): the head
// has the first classes and one entry for each cluster of the others, and each
// cluster has a smaller layer of its own, which only sees what belongs to it.
type AdaptiveLogSoftmaxWithLoss struct {
	Head    *Linear      // to the first classes, then the clusters
	Tail    []Sequential // of each cluster, by way of a smaller width
	cutoffs []int        // where clusters begin, then the number of classes
}

// AdaptiveSoftmaxConfig are the options of AdaptiveLogSoftmaxWithLoss.
type AdaptiveSoftmaxConfig struct {
	Divide float64 // each cluster's width is that of the one before divided by it; 0 means 4
	Bias   bool    // of the head
}

// AdaptiveLogSoftmaxWithLoss makes a softmax over classes for inputs of a width.
// Clusters begin at the cutoffs, which ascend from 1 to classes-1.
func (b *Maker) AdaptiveLogSoftmaxWithLoss(in, classes int, cutoffs []int, opts ...AdaptiveSoftmaxConfig) *AdaptiveLogSoftmaxWithLoss {
	c := only("adaptivelogsoftmax", opts)
	ends := append(slices.Clone(cutoffs), classes)
	for i, end := range ends {
		if len(cutoffs) == 0 || i == 0 && end < 1 || i > 0 && end <= ends[i-1] {
			panic(misuse("adaptivelogsoftmax", "cutoffs %v for %d classes, want them to ascend from 1 to %d", cutoffs, classes, classes-1))
		}
	}
	if c.Divide == 0 {
		c.Divide = 4
	}
	var bias []Option
	if !c.Bias {
		bias = []Option{NoBias}
	}
	a := &AdaptiveLogSoftmaxWithLoss{Head: b.Linear(in, ends[0]+len(cutoffs), bias...), cutoffs: ends}
	width := float64(in)
	for i := range cutoffs {
		width /= c.Divide
		if width < 1 {
			panic(misuse("adaptivelogsoftmax", "cluster %d of inputs of %d, divided by %v each time, has a width below 1", i, in, c.Divide))
		}
		a.Tail = append(a.Tail, Sequential{b.Linear(in, int(width), NoBias), b.Linear(int(width), ends[i+1]-ends[i], NoBias)})
	}
	return a
}

// Forward returns the logarithms of the probabilities that x [n, in] gives the
// classes target [n], and the loss: their mean, negated. One x [in] and target []
// will do. It waits for the targets.
func (a *AdaptiveLogSoftmaxWithLoss) Forward(x, target *tensor.Tensor) (logp, loss *tensor.Tensor) {
	if x.Rank() == 1 && target.Rank() == 0 {
		logp, loss = a.Forward(x.Unsqueeze(0), target.Unsqueeze(0))
		return logp.Squeeze(0), loss
	}
	if x.Rank() != 2 || target.Rank() != 1 || target.Dim(0) != x.Dim(0) {
		panic(misused("adaptivelogsoftmax", []*tensor.Tensor{x, target}, "want x [n, in] and targets [n], or [in] and []"))
	}
	entries := make([]int64, x.Dim(0))       // of the head
	rows := make([][]int64, len(a.Tail))     // that belong to each cluster
	relative := make([][]int64, len(a.Tail)) // their classes within it
	for i, c := range tensor.Data[int64](target.To(dtype.Int64)) {
		k := slices.IndexFunc(a.cutoffs, func(end int) bool { return int(c) < end })
		switch {
		case k < 0 || c < 0:
			panic(misused("adaptivelogsoftmax", []*tensor.Tensor{x, target}, "target %d of %d classes", c, a.cutoffs[len(a.cutoffs)-1]))
		case k == 0:
			entries[i] = c
		default:
			entries[i] = int64(a.cutoffs[0] + k - 1)
			rows[k-1] = append(rows[k-1], int64(i))
			relative[k-1] = append(relative[k-1], c-int64(a.cutoffs[k-1]))
		}
	}
	on := func(l []int64) *tensor.Tensor { return within(x, tensor.From(x.Device(), l, len(l))) }
	pick := func(logits, class *tensor.Tensor) *tensor.Tensor {
		return logits.LogSoftmax(1).Gather(1, class.Unsqueeze(1)).Squeeze(1)
	}
	logp = pick(a.Head.Forward(x), on(entries))
	for k, tail := range a.Tail {
		if len(rows[k]) > 0 {
			index := on(rows[k])
			logp = logp.IndexAdd(0, index, pick(tail.Forward(x.IndexSelect(0, index)), on(relative[k])), 1)
		}
	}
	return logp, logp.Mean().Neg()
}

// LogProb returns the logarithms of the probabilities of all classes for x [n, in]:
// [n, classes].
func (a *AdaptiveLogSoftmaxWithLoss) LogProb(x *tensor.Tensor) *tensor.Tensor {
	head := a.Head.Forward(x).LogSoftmax(-1)
	first := a.cutoffs[0]
	all := []*tensor.Tensor{head.Slice(-1, 0, first)}
	for k, tail := range a.Tail {
		all = append(all, tail.Forward(x).LogSoftmax(-1).Add(head.Slice(-1, first+k, first+k+1)))
	}
	return tensor.Concat(-1, all...)
}

// Predict returns the most likely class for each x [n, in].
func (a *AdaptiveLogSoftmaxWithLoss) Predict(x *tensor.Tensor) *tensor.Tensor {
	return a.LogProb(x).ArgMax(-1).To(dtype.Int64)
}
