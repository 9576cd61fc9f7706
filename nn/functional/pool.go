package functional

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/op"
)

// Pooling are the options of poolings: one number for all axes or one for each.
// Zeros mean a stride of the window's size, no padding and dilation 1.
type Pooling struct {
	Stride, Pad, Dilation []int
	Ceil                  bool // a last window may reach over the end
	ExcludePad            bool // AvgPool: padding does not count as zeros
	Divisor               int  // AvgPool: divides sums instead of the window's size; 0 is that size
}

func (p Pooling) attrs(kernel []int) op.PoolAttrs {
	return op.PoolAttrs{Kernel: kernel, Stride: p.Stride, Pad: p.Pad, Dilation: p.Dilation, Ceil: p.Ceil, ExcludePad: p.ExcludePad, Divisor: p.Divisor}
}

// MaxPool1d returns the largest element of each window of x [n, c, length].
func MaxPool1d(x *T, kernel []int, opts ...Pooling) *T {
	return nn.MaxPool1d{PerAxis: one(opts).attrs(kernel)}.Forward(x)
}

// MaxPool2d returns the largest element of each window of x [n, c, h, w].
func MaxPool2d(x *T, kernel []int, opts ...Pooling) *T {
	return nn.MaxPool2d{PerAxis: one(opts).attrs(kernel)}.Forward(x)
}

// MaxPool3d returns the largest element of each window of x [n, c, d, h, w].
func MaxPool3d(x *T, kernel []int, opts ...Pooling) *T {
	return nn.MaxPool3d{PerAxis: one(opts).attrs(kernel)}.Forward(x)
}

// AvgPool1d returns the mean of each window of x [n, c, length].
func AvgPool1d(x *T, kernel []int, opts ...Pooling) *T {
	return nn.AvgPool1d{PerAxis: one(opts).attrs(kernel)}.Forward(x)
}

// AvgPool2d returns the mean of each window of x [n, c, h, w].
func AvgPool2d(x *T, kernel []int, opts ...Pooling) *T {
	return nn.AvgPool2d{PerAxis: one(opts).attrs(kernel)}.Forward(x)
}

// AvgPool3d returns the mean of each window of x [n, c, d, h, w].
func AvgPool3d(x *T, kernel []int, opts ...Pooling) *T {
	return nn.AvgPool3d{PerAxis: one(opts).attrs(kernel)}.Forward(x)
}

// LPPool1d returns, of each window of x [n, c, length], the p-th root of the sum of
// x to the power p. A stride of 0 means kernel.
func LPPool1d(x *T, p float64, kernel, stride int) *T {
	return nn.LPPool1d{P: p, Kernel: kernel, Stride: stride}.Forward(x)
}

// LPPool2d is LPPool1d for x [n, c, h, w].
func LPPool2d(x *T, p float64, kernel, stride int) *T {
	return nn.LPPool2d{P: p, Kernel: kernel, Stride: stride}.Forward(x)
}

// LPPool3d is LPPool1d for x [n, c, d, h, w].
func LPPool3d(x *T, p float64, kernel, stride int) *T {
	return nn.LPPool3d{P: p, Kernel: kernel, Stride: stride}.Forward(x)
}

// AdaptiveAvgPool1d averages x [n, c, length] to a length.
func AdaptiveAvgPool1d(x *T, size ...int) *T { return nn.AdaptiveAvgPool1d{Size: size}.Forward(x) }

// AdaptiveAvgPool2d averages x [n, c, h, w] to a size.
func AdaptiveAvgPool2d(x *T, size ...int) *T { return nn.AdaptiveAvgPool2d{Size: size}.Forward(x) }

// AdaptiveAvgPool3d averages x [n, c, d, h, w] to a size.
func AdaptiveAvgPool3d(x *T, size ...int) *T { return nn.AdaptiveAvgPool3d{Size: size}.Forward(x) }

// AdaptiveMaxPool1d takes the largest elements of x [n, c, length].
func AdaptiveMaxPool1d(x *T, size ...int) *T { return nn.AdaptiveMaxPool1d{Size: size}.Forward(x) }

// AdaptiveMaxPool2d takes the largest elements of x [n, c, h, w].
func AdaptiveMaxPool2d(x *T, size ...int) *T { return nn.AdaptiveMaxPool2d{Size: size}.Forward(x) }

// AdaptiveMaxPool3d takes the largest elements of x [n, c, d, h, w].
func AdaptiveMaxPool3d(x *T, size ...int) *T { return nn.AdaptiveMaxPool3d{Size: size}.Forward(x) }

// MaxUnpool puts the elements of x at places among the elements of a result of the
// given spatial sizes, as many axes as there are sizes.
func MaxUnpool(x, at *T, sizes ...int) *T { return x.MaxUnpool(at, sizes...) }

// Windows are the options of Unfold and Fold; see nn.Unfold.
type Windows struct{ Stride, Pad, Dilation []int }

// Unfold takes the windows of images x [n, c, h, w] as columns.
func Unfold(x *T, kernel []int, opts ...Windows) *T {
	o := one(opts)
	return nn.Unfold{Kernel: kernel, Stride: o.Stride, Pad: o.Pad, Dilation: o.Dilation}.Forward(x)
}

// Fold adds columns up to images of a size.
func Fold(x *T, size, kernel []int, opts ...Windows) *T {
	o := one(opts)
	return nn.Fold{Size: size, Kernel: kernel, Stride: o.Stride, Pad: o.Pad, Dilation: o.Dilation}.Forward(x)
}

// FractionalMaxPool returns the largest elements of windows of x [n, c, ...], and
// where they are. Samples [n, c, axes] from 0 to 1 say where the windows begin; see
// nn.Fractional.
func FractionalMaxPool(x, samples *T, f nn.Fractional) (y, at *T) { return f.Pool(x, samples) }
