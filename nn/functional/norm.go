package functional

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// LayerNorm brings x over as many last axes as sizes to mean 0 and variance 1;
// weight and bias may be nil.
func LayerNorm(x *T, sizes []int, weight, bias *T, eps float64) *T {
	return (&nn.LayerNorm{Weight: weight, Bias: bias, Sizes: sizes, Eps: eps}).Forward(x)
}

// RMSNorm divides x by the root of its mean square over the last axis; weight may
// be nil.
func RMSNorm(x, weight *T, eps float64) *T {
	return (&nn.RMSNorm{Weight: weight, Size: x.Dim(-1), Eps: eps}).Forward(x)
}

// GroupNorm normalises groups of channels of x [n, c, ...]; weight and bias may be
// nil.
func GroupNorm(x *T, groups int, weight, bias *T, eps float64) *T {
	return (&nn.GroupNorm{Weight: weight, Bias: bias, Groups: groups, Channels: x.Dim(1), Eps: eps}).Forward(x)
}

// BatchNormStats are the options of BatchNorm and InstanceNorm.
type BatchNormStats struct {
	Mean, Var *T      // running statistics [c], which follow in training; or nil
	Training  bool    // take the batch's own statistics
	Momentum  float64 // weight of a new batch; 0 means 0.1
	Eps       float64 // 0 means 1e-5
}

func (s BatchNormStats) filled() BatchNormStats {
	if s.Momentum == 0 {
		s.Momentum = 0.1
	}
	if s.Eps == 0 {
		s.Eps = 1e-5
	}
	return s
}

// BatchNorm normalises each channel of x [n, c, ...]; weight and bias may be nil.
func BatchNorm(x, weight, bias *T, stats BatchNormStats) *T {
	s := stats.filled()
	n := &nn.BatchNorm{Weight: weight, Bias: bias, RunningMean: s.Mean, RunningVar: s.Var, Channels: x.Dim(1), Axes: max(x.Rank()-2, 1), Eps: s.Eps, Momentum: s.Momentum}
	if s.Mean != nil {
		n.NumBatchesTracked = tensor.Zeros(x.Device(), x.DType())
	}
	n.SetTraining(s.Training)
	return n.Forward(x)
}

// InstanceNorm normalises each channel of each x [n, c, ...]; weight and bias may
// be nil.
func InstanceNorm(x, weight, bias *T, stats BatchNormStats) *T {
	s := stats.filled()
	n := &nn.InstanceNorm{Weight: weight, Bias: bias, RunningMean: s.Mean, RunningVar: s.Var, Channels: x.Dim(1), Axes: x.Rank() - 2, Eps: s.Eps, Momentum: s.Momentum}
	n.SetTraining(s.Training || s.Mean == nil)
	return n.Forward(x)
}

// LocalResponseNorm divides each channel by its neighbours' mean square; see
// nn.LocalResponseNorm, also for what zeros mean.
func LocalResponseNorm(x *T, size int, alpha, beta, k float64) *T {
	return nn.LocalResponseNorm{Size: size, Alpha: alpha, Beta: beta, K: k}.Forward(x)
}

// Normalize divides x by its p-norm along an axis, kept above eps.
func Normalize(x *T, p float64, axis int, eps float64) *T { return x.Normalize(p, axis, eps) }

// CosineSimilarity returns the cosine of the angle between x and y along an axis.
func CosineSimilarity(x, y *T, axis int, eps float64) *T {
	return nn.CosineSimilarity{Axis: axis, Eps: eps}.Forward(x, y)
}

// PairwiseDistance returns the p-norm of x - y + eps along the last axis.
func PairwiseDistance(x, y *T, p, eps float64) *T {
	return nn.PairwiseDistance{P: p, Eps: eps}.Forward(x, y)
}

// PDist returns the p-norms between all pairs of rows of a matrix.
func PDist(x *T, p float64) *T { return x.PDist(p) }

// Pad makes the last axes longer: pads lists the numbers of elements before and
// after each, the last axis first.
func Pad(x *T, pads []int, mode nn.PadMode, value float64) *T {
	switch mode {
	case nn.PadReflect:
		return nn.ReflectionPad{Pads: pads}.Forward(x)
	case nn.PadReplicate:
		return nn.ReplicationPad{Pads: pads}.Forward(x)
	case nn.PadCircular:
		return nn.CircularPad{Pads: pads}.Forward(x)
	}
	return nn.ConstantPad{Pads: pads, Value: value}.Forward(x)
}

// Interpolate changes the spatial sizes of x [n, c, ...].
func Interpolate(x *T, u nn.Upsample) *T { return u.Forward(x) }

// GridSample returns elements of x at the places of a grid; see tensor.Tensor.
func GridSample(x, grid *T, s tensor.Sampler) *T { return x.GridSample(grid, s) }

// AffineGrid returns a grid [n, h, w, 2] (or [n, d, h, w, 3]) for GridSample that
// maps images by theta [n, 2, 3] (or [n, 3, 4]).
func AffineGrid(theta *T, size []int, alignCorners bool) *T {
	k := len(size)
	axes := make([]*T, k)
	for i, n := range size {
		edge := 1 - 1/float64(n) // centres of the outermost elements
		if alignCorners && n > 1 {
			edge = 1
		} else if alignCorners {
			edge = 0
		}
		axes[i] = tensor.Linspace(theta.Device(), theta.DType(), -edge, edge, n)
	}
	mesh := tensor.MeshGrid(axes...)
	var last []*T
	for i := range k { // the last axis first
		last = append(last, mesh[k-1-i].Reshape(-1))
	}
	last = append(last, tensor.Ones(theta.Device(), theta.DType(), last[0].Numel()))
	base := tensor.Stack(1, last...) // [places, k+1]
	tensor.Inherit([]*T{theta}, []*T{base})
	grid := base.MatMul(theta.Transpose(1, 2))
	return grid.Reshape(append(append([]int{theta.Dim(0)}, size...), k)...)
}

// PixelShuffle turns x [..., c*factor², h, w] into [..., c, h*factor, w*factor].
func PixelShuffle(x *T, factor int) *T { return nn.PixelShuffle{Factor: factor}.Forward(x) }

// PixelUnshuffle undoes PixelShuffle.
func PixelUnshuffle(x *T, factor int) *T { return nn.PixelUnshuffle{Factor: factor}.Forward(x) }

// ChannelShuffle deals channels of groups out anew.
func ChannelShuffle(x *T, groups int) *T { return nn.ChannelShuffle{Groups: groups}.Forward(x) }
