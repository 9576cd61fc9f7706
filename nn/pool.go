package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// MaxPool2d returns the largest element of each window of x [n, c, height,
// width]; the batch axis may be missing. Zeros mean a Stride of Kernel, no Pad
// and a Dilation of 1. An axis of size s gets the size
// floor((s + 2*Pad - Dilation*(Kernel-1) - 1) / Stride) + 1. Padding is -Inf, and
// at most half of Kernel.
type MaxPool2d struct {
	Kernel, Stride, Pad, Dilation int
	Ceil                          bool // a last window may reach over the end

	// PerAxis, if it has a Kernel, stands instead of all other fields: for
	// windows that are not square.
	PerAxis op.PoolAttrs
}

// MaxPool1d is MaxPool2d for x [n, c, length].
type MaxPool1d MaxPool2d

// MaxPool3d is MaxPool2d for x [n, c, depth, height, width].
type MaxPool3d MaxPool2d

// Forward returns the largest elements.
func (p MaxPool1d) Forward(x *tensor.Tensor) *tensor.Tensor { return MaxPool2d(p).over(x, 1) }

// Forward returns the largest elements.
func (p MaxPool2d) Forward(x *tensor.Tensor) *tensor.Tensor { return p.over(x, 2) }

// Forward returns the largest elements.
func (p MaxPool3d) Forward(x *tensor.Tensor) *tensor.Tensor { return MaxPool2d(p).over(x, 3) }

func (p MaxPool2d) over(x *tensor.Tensor, axes int) *tensor.Tensor {
	return tensor.Observed(p, x, batched("maxpool", x, axes, func(x *tensor.Tensor) *tensor.Tensor {
		y, at := x.MaxPool(p.attrs())
		at.Free() // the record keeps it if it is needed
		return y
	}))
}

func (p MaxPool2d) attrs() op.PoolAttrs {
	if p.PerAxis.Kernel != nil {
		return p.PerAxis
	}
	return op.PoolAttrs{Kernel: some(p.Kernel), Stride: some(p.Stride), Pad: some(p.Pad), Dilation: some(p.Dilation), Ceil: p.Ceil}
}

// some returns a list of n, or none for 0.
func some(n int) []int {
	if n == 0 {
		return nil
	}
	return []int{n}
}

func (p MaxPool1d) String() string { return MaxPool2d(p).describe("MaxPool1d") }
func (p MaxPool2d) String() string { return p.describe("MaxPool2d") }
func (p MaxPool3d) String() string { return MaxPool2d(p).describe("MaxPool3d") }

func (p MaxPool2d) describe(name string) string {
	a := p.attrs()
	return fmt.Sprintf("%s(kernel_size=%s, stride=%s, padding=%s, dilation=%s, ceil_mode=%s)",
		name, brief(a.Kernel, 0), brief(a.Stride, 0, a.Kernel...), brief(a.Pad, 0), brief(a.Dilation, 1), truth(a.Ceil))
}

// brief prints a list as PyTorch does its pool sizes: one number as itself.
func brief(l []int, absent int, instead ...int) string {
	if len(l) == 0 {
		l = instead
	}
	switch len(l) {
	case 0:
		return fmt.Sprint(absent)
	case 1:
		return fmt.Sprint(l[0])
	}
	return tuple(l)
}

// AvgPool2d returns the mean of each window of x [n, c, height, width]; the
// batch axis may be missing. Zeros mean a Stride of Kernel and no Pad, at most half
// of Kernel. An axis of size s gets the size
// floor((s + 2*Pad - Kernel) / Stride) + 1.
type AvgPool2d struct {
	Kernel, Stride, Pad int
	Ceil                bool // a last window may reach over the end
	ExcludePad          bool // padding does not count as zeros
	Divisor             int  // if not 0, divides the sum instead of the window's size

	// PerAxis, if it has a Kernel, stands instead of all other fields: for
	// windows that are not square.
	PerAxis op.PoolAttrs
}

// AvgPool1d is AvgPool2d for x [n, c, length].
type AvgPool1d AvgPool2d

// AvgPool3d is AvgPool2d for x [n, c, depth, height, width].
type AvgPool3d AvgPool2d

// Forward returns the means.
func (p AvgPool1d) Forward(x *tensor.Tensor) *tensor.Tensor { return AvgPool2d(p).over(x, 1) }

// Forward returns the means.
func (p AvgPool2d) Forward(x *tensor.Tensor) *tensor.Tensor { return p.over(x, 2) }

// Forward returns the means.
func (p AvgPool3d) Forward(x *tensor.Tensor) *tensor.Tensor { return AvgPool2d(p).over(x, 3) }

func (p AvgPool2d) over(x *tensor.Tensor, axes int) *tensor.Tensor {
	return tensor.Observed(p, x, batched("avgpool", x, axes, func(x *tensor.Tensor) *tensor.Tensor { return x.AvgPool(p.attrs()) }))
}

func (p AvgPool2d) attrs() op.PoolAttrs {
	if p.PerAxis.Kernel != nil {
		return p.PerAxis
	}
	return op.PoolAttrs{Kernel: some(p.Kernel), Stride: some(p.Stride), Pad: some(p.Pad), Ceil: p.Ceil, ExcludePad: p.ExcludePad, Divisor: p.Divisor}
}

func (p AvgPool1d) String() string { return AvgPool2d(p).describe("AvgPool1d") }
func (p AvgPool2d) String() string { return p.describe("AvgPool2d") }
func (p AvgPool3d) String() string { return AvgPool2d(p).describe("AvgPool3d") }

func (p AvgPool2d) describe(name string) string {
	a := p.attrs()
	return fmt.Sprintf("%s(kernel_size=%s, stride=%s, padding=%s)", name, brief(a.Kernel, 0), brief(a.Stride, 0, a.Kernel...), brief(a.Pad, 0))
}
