package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/tensor"
)

// Poolings that choose their windows so that the spatial axes get the sizes
// asked for. Window i of n over an axis of size s is from floor(i*s/n) to
// ceil((i+1)*s/n), as in PyTorch. The batch axis may be missing.
type (
	// AdaptiveAvgPool1d returns the means of windows of x [n, c, length],
	// chosen so that the result is [n, c, ...Size].
	AdaptiveAvgPool1d struct {
		Size []int // one for all axes or one for each; -1 keeps a size; nil means 1: the whole
	}
	// AdaptiveAvgPool2d returns the means of windows of x [n, c, height, width],
	// chosen so that the result is [n, c, ...Size].
	AdaptiveAvgPool2d struct {
		Size []int // one for all axes or one for each; -1 keeps a size; nil means 1: the whole
	}
	// AdaptiveAvgPool3d returns the means of windows of x [n, c, depth, height,
	// width], chosen so that the result is [n, c, ...Size].
	AdaptiveAvgPool3d struct {
		Size []int // one for all axes or one for each; -1 keeps a size; nil means 1: the whole
	}
	// AdaptiveMaxPool1d returns the largest elements of windows of x [n, c, length],
	// chosen so that the result is [n, c, ...Size].
	AdaptiveMaxPool1d struct {
		Size []int // one for all axes or one for each; -1 keeps a size; nil means 1: the whole
	}
	// AdaptiveMaxPool2d returns the largest elements of windows of x [n, c, height,
	// width], chosen so that the result is [n, c, ...Size].
	AdaptiveMaxPool2d struct {
		Size []int // one for all axes or one for each; -1 keeps a size; nil means 1: the whole
	}
	// AdaptiveMaxPool3d returns the largest elements of windows of x [n, c, depth,
	// height, width], chosen so that the result is [n, c, ...Size].
	AdaptiveMaxPool3d struct {
		Size []int // one for all axes or one for each; -1 keeps a size; nil means 1: the whole
	}
)

// Forward returns the means of windows of x [n, c, length].
func (p AdaptiveAvgPool1d) Forward(x *tensor.Tensor) *tensor.Tensor {
	return adaptive(x, 1, p.Size, avgTo)
}

// Forward returns the means of windows of x [n, c, height, width].
func (p AdaptiveAvgPool2d) Forward(x *tensor.Tensor) *tensor.Tensor {
	return adaptive(x, 2, p.Size, avgTo)
}

// Forward returns the means of windows of x [n, c, depth, height, width].
func (p AdaptiveAvgPool3d) Forward(x *tensor.Tensor) *tensor.Tensor {
	return adaptive(x, 3, p.Size, avgTo)
}

// Forward returns the largest elements of windows of x [n, c, length].
func (p AdaptiveMaxPool1d) Forward(x *tensor.Tensor) *tensor.Tensor {
	return adaptive(x, 1, p.Size, maxTo)
}

// Forward returns the largest elements of windows of x [n, c, height, width].
func (p AdaptiveMaxPool2d) Forward(x *tensor.Tensor) *tensor.Tensor {
	return adaptive(x, 2, p.Size, maxTo)
}

// Forward returns the largest elements of windows of x [n, c, depth, height,
// width].
func (p AdaptiveMaxPool3d) Forward(x *tensor.Tensor) *tensor.Tensor {
	return adaptive(x, 3, p.Size, maxTo)
}

func avgTo(x *tensor.Tensor, size []int) *tensor.Tensor { return x.AdaptiveAvgPool(size...) }

func maxTo(x *tensor.Tensor, size []int) *tensor.Tensor {
	y, at := x.AdaptiveMaxPool(size...)
	at.Free()
	return y
}

func adaptive(x *tensor.Tensor, axes int, size []int, f func(x *tensor.Tensor, size []int) *tensor.Tensor) *tensor.Tensor {
	size = each("adaptivepool", "Size", size, axes, 1)
	return batched("adaptivepool", x, axes, func(x *tensor.Tensor) *tensor.Tensor { return f(x, size) })
}

func (p AdaptiveAvgPool1d) String() string { return describeAdaptive("AdaptiveAvgPool1d", p.Size) }
func (p AdaptiveAvgPool2d) String() string { return describeAdaptive("AdaptiveAvgPool2d", p.Size) }
func (p AdaptiveAvgPool3d) String() string { return describeAdaptive("AdaptiveAvgPool3d", p.Size) }
func (p AdaptiveMaxPool1d) String() string { return describeAdaptive("AdaptiveMaxPool1d", p.Size) }
func (p AdaptiveMaxPool2d) String() string { return describeAdaptive("AdaptiveMaxPool2d", p.Size) }
func (p AdaptiveMaxPool3d) String() string { return describeAdaptive("AdaptiveMaxPool3d", p.Size) }

func describeAdaptive(name string, size []int) string {
	return fmt.Sprintf("%s(output_size=%s)", name, brief(size, 1))
}

// LPPool1d and LPPool2d return, of each window, the P-th root of the sum of x to
// the power P: NaN where that sum is negative, as in PyTorch. P must not be 0. A
// Stride of 0 means Kernel.
type (
	LPPool1d struct {
		P              float64
		Kernel, Stride int
	}
	LPPool2d LPPool1d
)

// Forward returns the norms of windows of x [n, c, length].
func (p LPPool1d) Forward(x *tensor.Tensor) *tensor.Tensor { return p.over(x, 1) }

// Forward returns the norms of windows of x [n, c, height, width].
func (p LPPool2d) Forward(x *tensor.Tensor) *tensor.Tensor { return LPPool1d(p).over(x, 2) }
