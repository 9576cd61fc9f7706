package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
)

// A RowSpec says how a kernel goes over rows: how many invocations see to one
// together, and whether its elements can be moved four at a time.
type RowSpec struct {
	Group int
	Wide  bool
	Type  dtype.DType
}

// of returns the kernel of a module written for rows. Its constants are those
// of s, and more.
func (s RowSpec) of(name string, buffers, params int, written uint64, shared int, more ...uint32) *Kernel {
	typ := uint32(0)
	if s.Type != dtype.Float32 {
		name += "16"
		typ = elementType(s.Type)
	}
	return &Kernel{
		Key: s.key(name, more), Words: module(name), Group: s.Group, Buffers: buffers, Params: Reserved + params, Uses: Uses{written},
		Constants: append([]uint32{uint32(s.Group), flag(s.Wide), typ}, more...), Local: s.Group, Shared: shared,
	}
}

func (s RowSpec) key(name string, more []uint32) string {
	return fmt.Sprintf("%s %v %v", name, s, more)
}

// Softmax returns the kernel of a softmax of rows, or its logarithm. Buffers are
// the rows and the result, both dense. Parameters: elements of a row, where each
// buffer starts.
func Softmax(s RowSpec, log bool) *Kernel {
	return s.of("softmax", 2, 3, 1<<1, 8*s.Group, flag(log))
}

// SoftmaxLines returns the kernel of a softmax along another axis. Parameters:
// elements of the axis, of all axes after it, where each buffer starts; the last
// three are in fours if s is Wide.
func SoftmaxLines(s RowSpec, log bool) *Kernel {
	return s.of("softmaxlines", 2, 4, 1<<1, 0, flag(log))
}

// SoftmaxGrad returns the kernel of what a softmax of rows, or its logarithm, passes
// back. Buffers are the gradient of the result, the result, and the gradient, all
// dense. Parameters: elements of a row, where each buffer starts.
func SoftmaxGrad(s RowSpec, log bool) *Kernel {
	return s.of("softmaxgrad", 3, 4, 1<<2, 4*s.Group, flag(log))
}

// SoftmaxGradLines is to SoftmaxGrad as SoftmaxLines is to Softmax.
func SoftmaxGradLines(s RowSpec, log bool) *Kernel {
	return s.of("softmaxgradlines", 3, 5, 1<<2, 0, flag(log))
}

// Norm returns the kernel of a normalisation of rows, LayerNorm if it is centred,
// else RMSNorm. Buffers are the rows, the weight and the bias, if affine says
// that there are one or both, the result, and the means and variances of float32
// if it is centred; buffers that are not there are not touched. Parameters:
// elements of a row, where each buffer starts, and the bits of epsilon.
func Norm(s RowSpec, centred bool, affine int) *Kernel {
	written := uint64(1 << 3)
	if centred {
		written |= 3 << 4
	}
	return s.of("norm", 6, 8, written, 4*s.Group, flag(centred), uint32(affine))
}

// NormGrad returns the kernel of what a normalisation of rows passes back to
// them. Buffers are the gradient of the result, the rows, their means and
// variances, the weight, if there is one, and the result. Parameters as those of
// Norm.
func NormGrad(s RowSpec, weighted bool) *Kernel {
	return s.of("normgrad", 6, 8, 1<<5, 8*s.Group, flag(weighted))
}

// NormWeight returns the kernel of what a normalisation of rows passes back to
// weight and bias, in parts that are sums of some rows: float32s
// [2, parts, n]. Buffers are the gradient of the result, the rows, their means
// and variances, and the parts. Parameters: n, rows, rows of a part, workgroups
// side by side, where each buffer but the last starts, and the bits of epsilon.
func NormWeight(s RowSpec) *Kernel { return s.of("normweight", 5, 9, 1<<4, 0) }

// Channels returns the kernel of sums over each channel of [images, channels,
// pixels], in parts that are of some images. Buffers are x, the gradient of the
// result and the means if back is set, and the parts: pairs of float32s
// [channels, parts], the mean of x and the sum of squares around it, or the sums
// of the gradient and of the gradient times x less the mean. Parameters: images,
// channels, pixels, parts, images of a part, where each buffer but the last
// starts.
func Channels(s RowSpec, back bool) *Kernel {
	return s.of("channels", 4, 8, 1<<3, 8*s.Group, flag(back))
}

// Planes returns the kernel of a normalisation of channels, or of what it passes
// back, from parts. Buffers are x, the gradient of the result if back is set,
// parts, weight and bias if affine says that there are one or both, means and
// variances if back is set, the result, and of float32 for each channel the mean
// and the variance, or the gradients of weight and bias. Parameters: those of
// Channels up to where x and the gradient start, where each of the other
// buffers but the parts starts, and the bits of epsilon.
func Planes(s RowSpec, back bool, affine int) *Kernel {
	return s.of("planes", 10, 15, 7<<7, 0, flag(back), uint32(affine))
}
