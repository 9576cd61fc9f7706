package nn

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// Unfold takes the windows of images x [n, c, height, width] as columns: [n,
// c*kernel, windows]. Numbers are one for both axes, or one for each; none mean a
// stride and dilation of 1 and no padding.
type Unfold struct{ Kernel, Stride, Pad, Dilation []int }

// Fold adds columns [n, c*kernel, windows] up to images [n, c, ...Size]: what
// undoes Unfold, times how many windows each pixel is in.
type Fold struct{ Size, Kernel, Stride, Pad, Dilation []int }

// Forward returns the columns.
func (u Unfold) Forward(x *tensor.Tensor) *tensor.Tensor {
	return batched("unfold", x, 2, func(x *tensor.Tensor) *tensor.Tensor {
		return x.Patches(windows("unfold", u.Stride, u.Pad, u.Dilation), each("unfold", "Kernel", u.Kernel, 2, 1)...)
	})
}

func windows(name string, stride, pad, dilation []int) op.ConvAttrs {
	a := op.ConvAttrs{Stride: each(name, "Stride", stride, 2, 1), Pad: each(name, "Pad", pad, 2, 0), Dilation: each(name, "Dilation", dilation, 2, 1)}
	if slices.Min(a.Stride) < 1 || slices.Min(a.Dilation) < 1 || slices.Min(a.Pad) < 0 {
		panic(misuse(name, "Stride%v, Pad%v, Dilation%v: want 1, 0 and 1 or more", a.Stride, a.Pad, a.Dilation))
	}
	return a
}

// Forward returns the images: a transposed convolution that puts element j of
// each window in its place.
func (f Fold) Forward(x *tensor.Tensor) *tensor.Tensor {
	if x.Rank() == 2 {
		return f.Forward(x.Unsqueeze(0)).Squeeze(0)
	}
	size, kernel := each("fold", "Size", f.Size, 2, 1), each("fold", "Kernel", f.Kernel, 2, 1)
	a := windows("fold", f.Stride, f.Pad, f.Dilation)
	k := shape.Numel(kernel)
	counts, outPad := make([]int, 2), make([]int, 2)
	for i := range 2 {
		room := size[i] + 2*a.Pad[i] - a.Dilation[i]*(kernel[i]-1) - 1
		if room < 0 {
			panic(misused("fold", []*tensor.Tensor{x}, "windows of %v do not fit into %v", kernel, size))
		}
		counts[i], outPad[i] = room/a.Stride[i]+1, room%a.Stride[i]
	}
	if x.Rank() != 3 || k == 0 || x.Dim(1)%k != 0 || x.Dim(2) != shape.Numel(counts) {
		panic(misused("fold", []*tensor.Tensor{x}, "want [n, c*%d, %d]", k, shape.Numel(counts)))
	}
	c := x.Dim(1) / k
	a.Groups, a.OutPad = c, outPad
	one := within(x, tensor.Eye(x.Device(), x.DType(), k, k).Tile(c, 1).Reshape(c*k, 1, kernel[0], kernel[1]))
	return x.Unflatten(2, counts...).ConvTranspose(one, a)
}

func (u Unfold) String() string {
	return fmt.Sprintf("Unfold(kernel_size=%s, dilation=%s, padding=%s, stride=%s)", brief(u.Kernel, 1), brief(u.Dilation, 1), brief(u.Pad, 0), brief(u.Stride, 1))
}

func (f Fold) String() string {
	return fmt.Sprintf("Fold(output_size=%s, kernel_size=%s, dilation=%s, padding=%s, stride=%s)", brief(f.Size, 1), brief(f.Kernel, 1), brief(f.Dilation, 1), brief(f.Pad, 0), brief(f.Stride, 1))
}
