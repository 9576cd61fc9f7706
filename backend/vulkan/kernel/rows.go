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

func (s RowSpec) key(name string, more []uint32) string { return fmt.Sprint(name, s, more) }

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
