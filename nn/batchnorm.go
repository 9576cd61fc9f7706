package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// A BatchNorm brings each channel of x [n, c, ...] to mean 0 and variance 1,
// (x - mean) / sqrt(variance + Eps), then scales by Weight [c] and shifts by Bias
// [c] (or nil) (Ioffe and Szegedy 2015). In training the statistics are the batch's,
// with the biased variance, and the running ones follow them: running =
// (1-Momentum)*running + Momentum*batch. In evaluation the running ones serve. It
// panics in training if a channel has one value only.
type BatchNorm struct {
	Weight *tensor.Tensor
	Bias   *tensor.Tensor

	RunningMean       *tensor.Tensor `nn:"buffer"` // [c], or nil
	RunningVar        *tensor.Tensor `nn:"buffer"` // [c], or nil; unbiased
	NumBatchesTracked *tensor.Tensor `nn:"buffer"` // a scalar, or nil

	Channels   int
	Axes       int // number of spatial axes the layer was made for
	Eps        float64
	Momentum   float64 // weight of a new batch
	Cumulative bool    // all batches weigh the same
	Mode
}

// The batch normalisations by their number of spatial axes.
type (
	// BatchNorm1d is a BatchNorm over x [n, c] or [n, c, length].
	BatchNorm1d = BatchNorm
	// BatchNorm2d is a BatchNorm over x [n, c, height, width].
	BatchNorm2d = BatchNorm
	// BatchNorm3d is a BatchNorm over x [n, c, depth, height, width].
	BatchNorm3d = BatchNorm
)

// BatchNorm1d makes a normalisation of x [n, c] or [n, c, length]. Options: Eps,
// Momentum, Cumulative, NoAffine, NoStats.
func (b *Maker) BatchNorm1d(channels int, opts ...Option) *BatchNorm1d {
	return b.batchNorm(1, channels, opts)
}

// BatchNorm2d makes a normalisation of x [n, c, height, width]; see BatchNorm1d.
func (b *Maker) BatchNorm2d(channels int, opts ...Option) *BatchNorm2d {
	return b.batchNorm(2, channels, opts)
}

// BatchNorm3d makes a normalisation of x [n, c, depth, height, width]; see
// BatchNorm1d.
func (b *Maker) BatchNorm3d(channels int, opts ...Option) *BatchNorm3d {
	return b.batchNorm(3, channels, opts)
}

func (b *Maker) batchNorm(axes, channels int, opts []Option) *BatchNorm {
	o := gather(fmt.Sprintf("batchnorm%dd", axes), opts, "Eps", "Momentum", "Cumulative", "NoAffine", "NoStats")
	n := &BatchNorm{Channels: channels, Axes: axes, Eps: o.eps, Momentum: o.momentum, Cumulative: o.cumulative}
	if !o.noAffine {
		n.Weight, n.Bias = b.full(1, channels), b.full(0, channels)
	}
	if !o.noStats {
		n.RunningMean = tensor.Zeros(b.dev, b.dtype, channels)
		n.RunningVar = tensor.Ones(b.dev, b.dtype, channels)
		n.NumBatchesTracked = tensor.Zeros(b.dev, dtype.Int64)
	}
	return n
}

// Forward returns x normalised.
func (n *BatchNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Observed(n, x, n.forward(x))
}

func (n *BatchNorm) forward(x *tensor.Tensor) *tensor.Tensor {
	n.check(x)
	if !n.Training() && n.RunningMean != nil {
		return x.BatchNormEval(n.RunningMean, n.RunningVar, n.Eps, n.Weight, n.Bias)
	}
	count := x.Dim(0) * shape.Numel(x.Shape()[2:])
	if count == 1 && n.Training() {
		panic(oneValue(x))
	}
	y, mean, variance := x.BatchNorm(n.Eps, n.Weight, n.Bias)
	if n.Training() && n.RunningMean != nil {
		n.track(mean, variance, count)
	}
	mean.Free()
	variance.Free()
	return y
}

// check panics if x is not what the layer was made for.
func (n *BatchNorm) check(x *tensor.Tensor) {
	if r := x.Rank(); r != n.Axes+2 && !(n.Axes == 1 && r == 2) || x.Dim(1) != n.Channels {
		panic(misused("batchnorm", []*tensor.Tensor{x}, "want [n, %d] and %d spatial axes", n.Channels, n.Axes))
	}
}

func oneValue(x *tensor.Tensor) *tensor.Error {
	return misused("batchnorm", []*tensor.Tensor{x}, "want more than one value for each channel in training; use a larger batch or Eval")
}

// track lets the running statistics follow a batch's of count values a channel.
func (n *BatchNorm) track(mean, variance *tensor.Tensor, count int) {
	n.NumBatchesTracked.AddScalarInPlace(1)
	if count == 0 {
		return
	}
	m := n.Momentum
	if n.Cumulative {
		m = 1 / n.NumBatchesTracked.Item()
	}
	unbias := float64(count) / float64(count-1)
	running := []*tensor.Tensor{n.RunningMean, n.RunningVar}
	tensor.Update(follow, []float64{m, 1 - m, unbias}, running, append(running, mean, variance))
}

// follow computes running = m*batch + (1-m)*running for mean and variance.
var follow = op.NewFn(floats(4), floats(3), func(in, u []pointwise.Value) []pointwise.Value {
	m, rest, unbias := u[0], u[1], u[2]
	return []pointwise.Value{
		m.Mul(in[2]).Add(rest.Mul(in[0])),
		m.Mul(in[3].Mul(unbias)).Add(rest.Mul(in[1])),
	}
})

func floats(n int) []pointwise.Kind {
	l := make([]pointwise.Kind, n)
	for i := range l {
		l[i] = pointwise.Float
	}
	return l
}

func (n *BatchNorm) String() string {
	m := fmt.Sprint(n.Momentum)
	if n.Cumulative {
		m = "None"
	}
	return fmt.Sprintf("BatchNorm%dd(%d, eps=%v, momentum=%s, affine=%s, track_running_stats=%s)",
		n.Axes, n.Channels, n.Eps, m, truth(n.Weight != nil), truth(n.RunningMean != nil))
}
