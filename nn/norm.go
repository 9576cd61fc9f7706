package nn

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// A LayerNorm brings x over its last axes to mean 0 and variance 1, (x - mean) /
// sqrt(variance + Eps), then scales by Weight and shifts by Bias, both of those
// axes' sizes (or nil) (Ba et al. 2016). The variance is biased.
type LayerNorm struct {
	Weight *tensor.Tensor
	Bias   *tensor.Tensor

	Sizes []int // of the normalised axes
	Eps   float64
}

// LayerNorm makes a normalisation over the last axis, of the given size; for
// more axes see LayerNormOver. Options: Eps, NoAffine, NoBias.
func (b *Maker) LayerNorm(size int, opts ...Option) *LayerNorm {
	return b.LayerNormOver([]int{size}, opts...)
}

// LayerNormOver makes a normalisation over as many last axes as sizes.
func (b *Maker) LayerNormOver(sizes []int, opts ...Option) *LayerNorm {
	o := gather("layernorm", opts, "Eps", "NoAffine", "NoBias")
	l := &LayerNorm{Sizes: slices.Clone(sizes), Eps: o.eps}
	if !o.noAffine {
		l.Weight = b.full(1, sizes...)
	}
	if !o.noAffine && !o.noBias {
		l.Bias = b.full(0, sizes...)
	}
	return l
}

// Forward returns x normalised.
func (l *LayerNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	n := len(l.Sizes)
	if x.Rank() < n || !slices.Equal(x.Shape()[x.Rank()-n:], l.Sizes) {
		panic(misused("layernorm", []*tensor.Tensor{x}, "want the last axes to be %v", l.Sizes))
	}
	return tensor.Observed(l, x, x.LayerNorm(n, l.Eps, l.Weight, l.Bias))
}

func (l *LayerNorm) String() string {
	return fmt.Sprintf("LayerNorm(%s, eps=%v, elementwise_affine=%s)", tuple(l.Sizes), l.Eps, truth(l.Weight != nil))
}

// An RMSNorm returns x / sqrt(mean of x² + Eps), the mean being over the last axis,
// times Weight [Size] (or nil) (Zhang and Sennrich 2019).
type RMSNorm struct {
	Weight *tensor.Tensor

	Size int // of the normalised axis
	Eps  float64
}

// RMSNorm makes a normalisation over the last axis, of the given size. Options:
// Eps, NoAffine.
func (b *Maker) RMSNorm(size int, opts ...Option) *RMSNorm {
	o := gather("rmsnorm", opts, "Eps", "NoAffine")
	l := &RMSNorm{Size: size, Eps: o.eps}
	if !o.noAffine {
		l.Weight = b.full(1, size)
	}
	return l
}

// Forward returns x normalised.
func (l *RMSNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	if x.Rank() < 1 || x.Dim(-1) != l.Size {
		panic(misused("rmsnorm", []*tensor.Tensor{x}, "want the last axis to be %d", l.Size))
	}
	return tensor.Observed(l, x, x.RMSNorm(1, l.Eps, l.Weight))
}

func (l *RMSNorm) String() string {
	return fmt.Sprintf("RMSNorm((%d,), eps=%v, elementwise_affine=%s)", l.Size, l.Eps, truth(l.Weight != nil))
}

// A GroupNorm normalises groups of channels of x [n, c, ...], then scales each
// channel by Weight [c] and shifts it by Bias [c] (or nil).
type GroupNorm struct {
	Weight *tensor.Tensor
	Bias   *tensor.Tensor

	Groups, Channels int
	Eps              float64
}

// GroupNorm makes a normalisation of channels in groups. Options: Eps, NoAffine.
func (b *Maker) GroupNorm(groups, channels int, opts ...Option) *GroupNorm {
	o := gather("groupnorm", opts, "Eps", "NoAffine")
	if groups < 1 || channels%groups != 0 {
		panic(misuse("groupnorm", "%d channels do not divide into %d groups", channels, groups))
	}
	g := &GroupNorm{Groups: groups, Channels: channels, Eps: o.eps}
	if !o.noAffine {
		g.Weight, g.Bias = b.full(1, channels), b.full(0, channels)
	}
	return g
}

// Forward returns x normalised.
func (g *GroupNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Observed(g, x, x.GroupNorm(g.Groups, g.Eps, g.Weight, g.Bias))
}

func (g *GroupNorm) String() string {
	return fmt.Sprintf("GroupNorm(%d, %d, eps=%v, affine=%s)", g.Groups, g.Channels, g.Eps, truth(g.Weight != nil))
}

// A LocalResponseNorm divides each channel of x [n, c, ...] by (K + Alpha * mean
// of squares over Size neighbouring channels)**Beta. Zeros mean Alpha 1e-4, Beta
// 0.75 and K 1.
type LocalResponseNorm struct {
	Size           int
	Alpha, Beta, K float64
}

// Forward returns x normalised.
func (l LocalResponseNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	alpha, beta, k := orDefault(l.Alpha, 1e-4), orDefault(l.Beta, 0.75), orDefault(l.K, 1)
	n, c := x.Dim(0), x.Dim(1)
	squares := x.Square().Reshape(n, 1, c, -1) // channels become a spatial axis
	squares = pad(squares, []int{l.Size / 2, (l.Size - 1) / 2, 0, 0}, PadZeros, 0)
	mean := squares.AvgPool(op.PoolAttrs{Kernel: []int{l.Size, 1}, Stride: []int{1}}).Reshape(x.Shape()...)
	return x.Div(mean.MulScalar(alpha).AddScalar(k).PowScalar(beta))
}

func (l LocalResponseNorm) String() string {
	return fmt.Sprintf("LocalResponseNorm(%d, alpha=%v, beta=%v, k=%v)", l.Size, orDefault(l.Alpha, 1e-4), orDefault(l.Beta, 0.75), orDefault(l.K, 1))
}

func orDefault(x, def float64) float64 {
	if x == 0 {
		return def
	}
	return x
}
