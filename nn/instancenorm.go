package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// An InstanceNorm brings each channel of each x [n, c, ...] to mean 0 and
// variance 1. Weight, Bias and running statistics are there only if asked for.
// The batch axis may be missing.
type InstanceNorm struct {
	Weight *tensor.Tensor // [c], or nil
	Bias   *tensor.Tensor // [c], or nil

	RunningMean       *tensor.Tensor `nn:"buffer"` // [c], or nil
	RunningVar        *tensor.Tensor `nn:"buffer"` // [c], or nil; unbiased
	NumBatchesTracked *tensor.Tensor `nn:"buffer"` // a scalar that PyTorch leaves at 0, or nil

	Channels, Axes int
	Eps, Momentum  float64
	Mode
}

// The instance normalisations by their number of spatial axes.
type (
	// InstanceNorm1d is an InstanceNorm over x [n, c, length].
	InstanceNorm1d = InstanceNorm
	// InstanceNorm2d is an InstanceNorm over x [n, c, height, width].
	InstanceNorm2d = InstanceNorm
	// InstanceNorm3d is an InstanceNorm over x [n, c, depth, height, width].
	InstanceNorm3d = InstanceNorm
)

// Affine gives an instance normalisation weight and bias, Track running
// statistics for evaluation.
var (
	Affine = Option{"Affine", func(o *options) { o.affine = true }}
	Track  = Option{"Track", func(o *options) { o.track = true }}
)

// InstanceNorm1d makes a normalisation of x [n, c, length]. Options: Eps,
// Momentum, Affine, Track.
func (b *Maker) InstanceNorm1d(channels int, opts ...Option) *InstanceNorm1d {
	return b.instanceNorm(1, channels, opts)
}

// InstanceNorm2d makes a normalisation of x [n, c, height, width]; see
// InstanceNorm1d.
func (b *Maker) InstanceNorm2d(channels int, opts ...Option) *InstanceNorm2d {
	return b.instanceNorm(2, channels, opts)
}

// InstanceNorm3d makes a normalisation of x [n, c, depth, height, width]; see
// InstanceNorm1d.
func (b *Maker) InstanceNorm3d(channels int, opts ...Option) *InstanceNorm3d {
	return b.instanceNorm(3, channels, opts)
}

func (b *Maker) instanceNorm(axes, channels int, opts []Option) *InstanceNorm {
	o := gather(fmt.Sprintf("instancenorm%dd", axes), opts, "Eps", "Momentum", "Affine", "Track")
	n := &InstanceNorm{Channels: channels, Axes: axes, Eps: o.eps, Momentum: o.momentum}
	if o.affine {
		n.Weight, n.Bias = b.full(1, channels), b.full(0, channels)
	}
	if o.track {
		n.RunningMean = tensor.Zeros(b.dev, b.dtype, channels)
		n.RunningVar = tensor.Ones(b.dev, b.dtype, channels)
		n.NumBatchesTracked = tensor.Zeros(b.dev, dtype.Int64)
	}
	return n
}

// Forward returns x normalised.
func (n *InstanceNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Observed(n, x, batched("instancenorm", x, n.Axes, func(x *tensor.Tensor) *tensor.Tensor {
		if x.Rank() != n.Axes+2 || x.Dim(1) != n.Channels {
			panic(misused("instancenorm", []*tensor.Tensor{x}, "want [n, %d] and %d spatial axes", n.Channels, n.Axes))
		}
		if !n.Training() && n.RunningMean != nil {
			return x.BatchNormEval(n.RunningMean, n.RunningVar, n.Eps, n.Weight, n.Bias)
		}
		if x.Dim(0) > 0 && shape.Numel(x.Shape()[2:]) == 1 {
			panic(misused("instancenorm", []*tensor.Tensor{x}, "want more than one value for each channel"))
		}
		if n.RunningMean != nil {
			n.track(x)
		}
		return tensor.Apply(nil, op.InstanceNorm, op.NormAttrs{Eps: n.Eps}, present(x, n.Weight, n.Bias)...)[0]
	}))
}

// track lets the running statistics follow the means over the batch.
func (n *InstanceNorm) track(x *tensor.Tensor) {
	count := shape.Numel(x.Shape()[2:])
	axes := upTo(x.Rank())[2:]
	stats := tensor.Temporaries(x.Device(), func(b op.Builder) []op.Value {
		r := b.Apply(op.VarMean, op.VarAttrs{Axes: axes}, x)
		over := op.ReduceAttrs{Axes: []int{0}}
		return []op.Value{b.Apply(op.Mean, over, r[1])[0], b.Apply(op.Mean, over, r[0])[0]}
	})
	running := []*tensor.Tensor{n.RunningMean, n.RunningVar}
	unbias := float64(count) / float64(count-1)
	tensor.Update(follow, []float64{n.Momentum, 1 - n.Momentum, unbias}, running, append(running, stats...))
	for _, s := range stats {
		s.Free()
	}
}

func (n *InstanceNorm) String() string {
	return fmt.Sprintf("InstanceNorm%dd(%d, eps=%v, momentum=%v, affine=%s, track_running_stats=%s)",
		n.Axes, n.Channels, n.Eps, n.Momentum, truth(n.Weight != nil), truth(n.RunningMean != nil))
}

// present lists x and those of the others that are not nil.
func present(x *tensor.Tensor, optional ...*tensor.Tensor) []*tensor.Tensor {
	l := []*tensor.Tensor{x}
	for _, t := range optional {
		if t != nil {
			l = append(l, t)
		}
	}
	return l
}
