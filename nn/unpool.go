package nn

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// ForwardIndices returns the largest elements and where they are, as MaxUnpool1d
// takes it.
func (p MaxPool1d) ForwardIndices(x *tensor.Tensor) (y, at *tensor.Tensor) {
	return MaxPool2d(p).indices(x, 1)
}

// ForwardIndices returns the largest elements and where they are, as MaxUnpool2d
// takes it.
func (p MaxPool2d) ForwardIndices(x *tensor.Tensor) (y, at *tensor.Tensor) { return p.indices(x, 2) }

// ForwardIndices returns the largest elements and where they are, as MaxUnpool3d
// takes it.
func (p MaxPool3d) ForwardIndices(x *tensor.Tensor) (y, at *tensor.Tensor) {
	return MaxPool2d(p).indices(x, 3)
}

func (p MaxPool2d) indices(x *tensor.Tensor, axes int) (y, at *tensor.Tensor) {
	y = batched("maxpool", x, axes, func(x *tensor.Tensor) *tensor.Tensor {
		y, at = x.MaxPool(p.attrs())
		return y
	})
	if x.Rank() == axes+1 {
		at = at.Squeeze(0)
	}
	return y, at
}

// MaxUnpool2d undoes a MaxPool2d as far as possible: each element goes where it
// came from, the rest is zeros. Zeros mean a Stride of Kernel and no Pad.
type MaxUnpool2d struct{ Kernel, Stride, Pad int }

// MaxUnpool1d is MaxUnpool2d for x [n, c, length].
type MaxUnpool1d MaxUnpool2d

// MaxUnpool3d is MaxUnpool2d for x [n, c, depth, height, width].
type MaxUnpool3d MaxUnpool2d

// Forward puts the elements of x at the places at, of an image of the given
// sizes; without any, of the smallest that the pooling makes x of.
func (p MaxUnpool1d) Forward(x, at *tensor.Tensor, sizes ...int) *tensor.Tensor {
	return MaxUnpool2d(p).over(x, at, 1, sizes)
}

// Forward puts the elements of x at the places at; see MaxUnpool1d.Forward.
func (p MaxUnpool2d) Forward(x, at *tensor.Tensor, sizes ...int) *tensor.Tensor {
	return p.over(x, at, 2, sizes)
}

// Forward puts the elements of x at the places at; see MaxUnpool1d.Forward.
func (p MaxUnpool3d) Forward(x, at *tensor.Tensor, sizes ...int) *tensor.Tensor {
	return MaxUnpool2d(p).over(x, at, 3, sizes)
}

func (p MaxUnpool2d) over(x, at *tensor.Tensor, axes int, sizes []int) *tensor.Tensor {
	if p.Stride == 0 {
		p.Stride = p.Kernel
	}
	if len(sizes) == 0 {
		for _, n := range x.Shape()[x.Rank()-axes:] {
			sizes = append(sizes, (n-1)*p.Stride-2*p.Pad+p.Kernel)
		}
	}
	return x.MaxUnpool(at, sizes...)
}

// LPPool3d is LPPool2d for x [n, c, depth, height, width].
type LPPool3d LPPool1d

// Forward returns the norms of windows.
func (p LPPool3d) Forward(x *tensor.Tensor) *tensor.Tensor { return LPPool1d(p).over(x, 3) }

func (p LPPool1d) over(x *tensor.Tensor, axes int) *tensor.Tensor {
	if p.P == 0 {
		panic(misused("lppool", []*tensor.Tensor{x}, "there is no norm of P 0; want 2, or another"))
	}
	a := op.PoolAttrs{Kernel: slices.Repeat([]int{p.Kernel}, axes), Stride: some(p.Stride)}
	return batched("lppool", x, axes, func(x *tensor.Tensor) *tensor.Tensor {
		mean := x.PowScalar(p.P).AvgPool(a)
		sum := mean.Sign().Mul(mean.Abs().ReLU()).MulScalar(math.Pow(float64(p.Kernel), float64(axes)))
		return sum.PowScalar(1 / p.P)
	})
}
