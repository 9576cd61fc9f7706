package blas

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// A Type is an element type, by the library's number.
type Type uint32

// The element types of products.
const (
	F32  Type = 0
	F64  Type = 1
	F16  Type = 2
	BF16 Type = 14
)

// How products are computed, by number.
const (
	computeF32     = 68
	computeF64     = 70
	computeTF32    = 77
	algorithm      = -1 // of the library's choice
	plain, flipped = 0, 1
)

// A Matrix is an operand: rows follow each other at Step elements, or with
// Flipped columns do. Products of a batch are Batch elements apart.
type Matrix struct {
	At      driver.Pointer
	Flipped bool
	Step    int
	Batch   int
}

// A Product is z = x*y, of [M, K] and [K, N], Count of them; z has no gaps. TF32
// allows float32 operands to be rounded to 10 bits of fraction.
type Product struct {
	Type    Type
	TF32    bool
	M, N, K int
	Count   int
	X, Y    Matrix
	Z       driver.Pointer
}

// Fits reports whether the library's 32-bit arguments hold the product.
func (p *Product) Fits() bool {
	return max(p.M, p.N, p.K, p.X.Step, p.Y.Step, p.Count) <= math.MaxInt32
}

// Multiply enqueues a product. The library's matrices are stored by column: it is
// told to compute the transposed product of the transposed operands in turn.
func (h *Handle) Multiply(p *Product) error {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	compute := uintptr(computeF32)
	switch {
	case p.Type == F64:
		compute = computeF64
		binary.NativeEndian.PutUint64(f.alpha[:], math.Float64bits(1))
	case p.Type == F32 && p.TF32:
		compute = computeTF32
		fallthrough
	default:
		binary.NativeEndian.PutUint32(f.alpha[:], math.Float32bits(1))
	}
	clear(f.beta[:])
	alg := int32(algorithm)
	f.args = [23]uintptr{
		h.at, orientation(p.Y), orientation(p.X), uintptr(p.N), uintptr(p.M), uintptr(p.K),
		uintptr(unsafe.Pointer(&f.alpha)),
		uintptr(p.Y.At), uintptr(p.Type), uintptr(p.Y.Step), uintptr(p.Y.Batch),
		uintptr(p.X.At), uintptr(p.Type), uintptr(p.X.Step), uintptr(p.X.Batch),
		uintptr(unsafe.Pointer(&f.beta)),
		uintptr(p.Z), uintptr(p.Type), uintptr(p.N), uintptr(p.M * p.N),
		uintptr(p.Count), compute, uintptr(uint32(alg)),
	}
	return failed("cublasGemmStridedBatchedEx", driver.Call(h.lib.gemm, f.args[:]))
}

func orientation(m Matrix) uintptr {
	if m.Flipped {
		return flipped
	}
	return plain
}
