package nn

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// A Reduction says what becomes of the losses of single elements.
type Reduction uint8

// The reductions.
const (
	Mean      Reduction = iota // weighted, if there are weights of classes
	Sum                        // the sum
	None                       // the losses themselves
	BatchMean                  // the sum divided by the size of the first axis
)

func (r Reduction) of(loss *tensor.Tensor) *tensor.Tensor {
	var y *tensor.Tensor
	switch r {
	case None:
		return loss
	case Sum:
		y = loss.Sum()
	case BatchMean:
		y = loss.Sum().DivScalar(float64(loss.Dim(0)))
	default:
		y = loss.Mean()
	}
	loss.Free()
	return y
}

func (r Reduction) attr() op.Reduction {
	switch r {
	case Mean:
		return op.ReduceMean
	case Sum:
		return op.ReduceSum
	case None:
		return op.ReduceNone
	}
	panic(misuse("loss", "losses over classes have no BatchMean; the mean is over the targets"))
}

// only returns the one option that may be given.
func only[T any](name string, opts []T) (o T) {
	switch len(opts) {
	case 0:
	case 1:
		o = opts[0]
	default:
		panic(misuse(name, "%d options, want at most one", len(opts)))
	}
	return o
}

// ClassLoss are the options of CrossEntropy and NLL.
type ClassLoss struct {
	Weight         *tensor.Tensor // of the classes, [c]
	IgnoreIndex    *int           // targets equal to it do not count; nil means -100
	LabelSmoothing float64        // CrossEntropy: the part of the target spread over all classes
	Reduction      Reduction
}

func (o ClassLoss) apply(which *op.Op, x, target *tensor.Tensor) *tensor.Tensor {
	in := []*tensor.Tensor{x, target}
	if o.Weight != nil {
		in = append(in, o.Weight)
	}
	res := tensor.Apply(nil, which, op.LossAttrs{Reduction: o.Reduction.attr(), Ignore: o.IgnoreIndex, Smoothing: o.LabelSmoothing}, in...)
	for _, t := range res[1:] { // for the gradient alone
		t.Free()
	}
	return res[0]
}

// CrossEntropy returns -log(softmax(logits)[target]), the cross entropy of logits
// [n, c, ...] or [c] and a target: integers [n, ...] that name classes, or
// probabilities of the logits' shape and type, of which it is the sum of
// -p*log(softmax(logits)) over the classes. The mean is over the targets, weighted
// by their classes' weights.
func CrossEntropy(logits, target *tensor.Tensor, opts ...ClassLoss) *tensor.Tensor {
	return only("crossentropy", opts).apply(op.CrossEntropy, logits, target)
}

// NLL returns -logp[target], the negative log likelihood of target classes [n,
// ...], given log probabilities [n, c, ...] or [c]. The mean is as CrossEntropy's.
func NLL(logp, target *tensor.Tensor, opts ...ClassLoss) *tensor.Tensor {
	return only("nll", opts).apply(op.NLLLoss, logp, target)
}

// MSE returns the mean of (x-y)².
func MSE(x, y *tensor.Tensor, r ...Reduction) *tensor.Tensor {
	return only("mse", r).of(same("mse", squaredError, x, y))
}

// L1 returns the mean of |x-y|.
func L1(x, y *tensor.Tensor, r ...Reduction) *tensor.Tensor {
	return only("l1", r).of(same("l1", absoluteError, x, y))
}

var (
	squaredError  = kernel2(func(x, y pointwise.Value) pointwise.Value { return x.Sub(y).Square() })
	absoluteError = kernel2(func(x, y pointwise.Value) pointwise.Value { return x.Sub(y).Abs() })
)

func kernel2(f func(x, y pointwise.Value) pointwise.Value) *tensor.Kernel {
	return tensor.NewKernel(2, 0, func(in, _ []pointwise.Value) []pointwise.Value { return []pointwise.Value{f(in[0], in[1])} })
}

// same applies a kernel to a prediction and a target. Shapes that only
// broadcast are refused: that is the classical silent bug of training loops.
func same(name string, k *tensor.Kernel, x, y *tensor.Tensor) *tensor.Tensor {
	sameShape(name, x, y)
	return k.Apply(nil, single(x), single(y))[0]
}

// single returns x in float32 if it is in mixed precision: losses compute in it.
func single(x *tensor.Tensor) *tensor.Tensor {
	if _, on := x.IsAutocast(); on && x.DType().IsFloat() && x.DType() != dtype.Float64 {
		return x.To(dtype.Float32)
	}
	return x
}

func sameShape(name string, x, y *tensor.Tensor) {
	if !equalShapes(x, y) {
		panic(misused(name, []*tensor.Tensor{x, y}, "want one shape; Expand or Squeeze one"))
	}
}

func equalShapes(x, y *tensor.Tensor) bool {
	if x.Rank() != y.Rank() {
		return false
	}
	for i, n := range x.Shape() {
		if y.Shape()[i] != n {
			return false
		}
	}
	return true
}

// SmoothL1Loss are the options of SmoothL1.
type SmoothL1Loss struct {
	Beta      float64 // 0 means 1
	Reduction Reduction
}

// SmoothL1 returns the mean of d²/(2·Beta) where d = |x-y| < Beta, else of
// d - Beta/2.
func SmoothL1(x, y *tensor.Tensor, opts ...SmoothL1Loss) *tensor.Tensor {
	o := only("smoothl1", opts)
	sameShape("smoothl1", x, y)
	return o.Reduction.of(x.SmoothL1(y, orDefault(o.Beta, 1)))
}

// HuberLoss are the options of Huber.
type HuberLoss struct {
	Delta     float64 // 0 means 1
	Reduction Reduction
}

// Huber returns the mean of d²/2 where d = |x-y| <= Delta, else of
// Delta·(d - Delta/2).
func Huber(x, y *tensor.Tensor, opts ...HuberLoss) *tensor.Tensor {
	o := only("huber", opts)
	sameShape("huber", x, y)
	return o.Reduction.of(x.Huber(y, orDefault(o.Delta, 1)))
}

// BinaryLoss are the options of BCE and BCEWithLogits.
type BinaryLoss struct {
	Weight    *tensor.Tensor // of the elements, broadcasts; or nil
	PosWeight *tensor.Tensor // BCEWithLogits: of targets of 1, broadcasts; or nil
	Reduction Reduction
}

// BCE returns the mean of -(y·log(x) + (1-y)·log(1-x)), the cross entropy of
// probabilities x and targets y from 0 to 1. Logarithms are kept above -100.
func BCE(x, y *tensor.Tensor, opts ...BinaryLoss) *tensor.Tensor {
	o := only("bce", opts)
	if o.PosWeight != nil {
		panic(misuse("bce", "PosWeight is an option of BCEWithLogits"))
	}
	if _, on := x.IsAutocast(); on {
		panic(misused("bce", []*tensor.Tensor{x, y}, "logarithms of probabilities in mixed precision; leave the sigmoid out and use BCEWithLogits"))
	}
	return o.finish("bce", same("bce", binaryEntropy, x, y))
}

var binaryEntropy = kernel2(func(x, y pointwise.Value) pointwise.Value {
	one, least := pointwise.Const(1), pointwise.Const(-100)
	hit, miss := x.Log().Max(least), x.Neg().Log1p().Max(least)
	return y.Sub(one).Mul(miss).Sub(y.Mul(hit))
})

// BCEWithLogits returns the mean cross entropy of the probabilities sigmoid(x)
// and targets y from 0 to 1, without overflow: PosWeight·y·log(1 + e**-x) +
// (1-y)·log(1 + e**x), all times Weight.
func BCEWithLogits(x, y *tensor.Tensor, opts ...BinaryLoss) *tensor.Tensor {
	o := only("bcewithlogits", opts)
	sameShape("bcewithlogits", x, y)
	if o.PosWeight == nil {
		return o.finish("bcewithlogits", x.BCEWithLogits(y))
	}
	return o.finish("bcewithlogits", weightedLogits.Apply(nil, x, y, fitting("bcewithlogits", x, o.PosWeight))[0])
}

var weightedLogits = tensor.NewKernel(3, 0, func(in, _ []pointwise.Value) []pointwise.Value {
	x, y, w := in[0], in[1], in[2]
	zero, one := pointwise.Const(0), pointwise.Const(1)
	both := w.Sub(one).Mul(y).Add(one)
	softplus := x.Abs().Neg().Exp().Log1p().Add(x.Neg().Max(zero))
	return []pointwise.Value{one.Sub(y).Mul(x).Add(both.Mul(softplus))}
})

func (o BinaryLoss) finish(name string, loss *tensor.Tensor) *tensor.Tensor {
	if o.Weight != nil {
		loss = loss.Mul(fitting(name, loss, o.Weight))
	}
	return o.Reduction.of(loss)
}

// fitting returns w, which must broadcast to x without making it larger.
func fitting(name string, x, w *tensor.Tensor) *tensor.Tensor {
	if all, err := shape.Broadcast(x.Shape(), w.Shape()); err != nil || !slices.Equal(all, x.Shape()) {
		panic(misused(name, []*tensor.Tensor{x, w}, "want weights that broadcast to %v", x.Shape()))
	}
	return w
}

// KLDivLoss are the options of KLDiv.
type KLDivLoss struct {
	LogTarget bool // the target is given as log probabilities
	Reduction Reduction
}

// KLDiv returns the mean of y·(log y - x): the Kullback-Leibler divergence of a
// target y from log probabilities x. BatchMean gives the divergence as
// mathematics has it.
func KLDiv(x, y *tensor.Tensor, opts ...KLDivLoss) *tensor.Tensor {
	o := only("kldiv", opts)
	if o.LogTarget {
		return o.Reduction.of(same("kldiv", divergenceLog, x, y))
	}
	return o.Reduction.of(same("kldiv", divergence, x, y))
}

var (
	divergence = kernel2(func(x, y pointwise.Value) pointwise.Value {
		zero := pointwise.Const(0)
		return y.Eq(zero).Select(zero, y.Mul(y.Log().Sub(x)))
	})
	divergenceLog = kernel2(func(x, y pointwise.Value) pointwise.Value { return y.Exp().Mul(y.Sub(x)) })
)
