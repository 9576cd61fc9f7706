//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/hekla-ml/hekla/dtype"
)

// Statuses of cuBLAS.
const (
	blasUninitialized = 1
	blasInvalid       = 7
	blasMapping       = 11
	blasFailed        = 13
	blasUnsupplied    = 15
)

// A blas is what a handle of the library is of.
type blas struct {
	device *device
	stream uintptr
	lent   bool // it has memory of the caller's for its work
}

// withBlas calls f with what a handle is of.
func withBlas(name string, h uintptr, f func(m *Machine, b *blas) uint32) uintptr {
	return inContext(name, func(m *Machine, d *device) uint32 {
		b := m.blas[h]
		switch {
		case b == nil:
			return blasUninitialized
		case b.device != d:
			return blasInvalid
		}
		return f(m, b)
	})
}

// blasCallbacks are a cuBLAS: products of matrices by column, as its manual says.
var blasCallbacks = map[string]any{
	"cublasCreate_v2": func(out *uintptr) uintptr {
		return inContext("cublasCreate_v2", func(m *Machine, d *device) uint32 {
			*out = m.newHandle()
			m.blas[*out] = &blas{device: d}
			return success
		})
	},
	"cublasDestroy_v2": func(h uintptr) uintptr {
		return withBlas("cublasDestroy_v2", h, func(m *Machine, _ *blas) uint32 {
			delete(m.blas, h)
			return success
		})
	},
	// A stream comes without the memory that was lent for another.
	"cublasSetStream_v2": func(h, stream uintptr) uintptr {
		return withBlas("cublasSetStream_v2", h, func(_ *Machine, b *blas) uint32 {
			b.stream, b.lent = stream, false
			return success
		})
	},
	"cublasSetWorkspace_v2": func(h, p, n uintptr) uintptr {
		return withBlas("cublasSetWorkspace_v2", h, func(_ *Machine, b *blas) uint32 {
			if b.device.mem.Bytes(uint64(p), int64(n)) == nil || p%256 != 0 {
				return blasInvalid
			}
			b.lent = true
			return success
		})
	},
	"cublasGemmStridedBatchedEx": func(h, opA, opB, m, n, k uintptr, alpha unsafe.Pointer,
		a, typeA, lda, strideA, b, typeB, ldb, strideB uintptr, beta unsafe.Pointer,
		c, typeC, ldc, strideC, count, compute, algorithm uintptr) uintptr {
		return withBlas("cublasGemmStridedBatchedEx", h, func(mach *Machine, handle *blas) uint32 {
			d := handle.device
			if typeA != typeB || typeA != typeC || opA > 1 || opB > 1 || int32(algorithm) != -1 || int32(m) <= 0 || int32(n) <= 0 || int32(k) <= 0 {
				return blasInvalid
			}
			one, zero := float64(*(*float32)(alpha)), float64(*(*float32)(beta))
			if compute == 70 {
				one, zero = *(*float64)(alpha), *(*float64)(beta)
			}
			if one != 1 || zero != 0 || compute != 68 && compute != 70 && compute != 77 || (compute == 70) != (typeA == 1) {
				return blasUnsupplied
			}
			g := gemm{
				d: d, kind: uint32(typeA), m: int(m), n: int(n), k: int(k),
				a: matrix{uint64(a), int(lda), int(strideA), opA == 1}, b: matrix{uint64(b), int(ldb), int(strideB), opB == 1}, c: matrix{uint64(c), int(ldc), int(strideC), false},
			}
			if g.a.ld < g.a.rows(g.m, g.k) || g.b.ld < g.b.rows(g.k, g.n) || g.c.ld < g.m {
				return blasInvalid
			}
			run := func() uint32 {
				if mach.Products++; mach.Idle {
					return success
				}
				for i := range int(count) {
					if !g.product(i) {
						return blasMapping
					}
				}
				return success
			}
			if handle.stream != 0 && !handle.lent { // memory of its own would be used again before the graph runs
				return blasFailed
			}
			return mach.blasEnqueue(d, handle.stream, run)
		})
	},
}

// blasEnqueue is enqueue, with the library's word for what the driver refuses.
func (m *Machine) blasEnqueue(d *device, stream uintptr, f node) uint32 {
	ran, r := false, uint32(success)
	driver := m.enqueue(d, stream, func() uint32 { ran = true; r = f(); return r })
	if driver != success && !ran {
		return blasFailed
	}
	return r
}

type matrix struct {
	at         uint64
	ld, stride int
	flipped    bool
}

// rows returns what the leading dimension must cover of an operand of r by c.
func (m matrix) rows(r, c int) int {
	if m.flipped {
		return c
	}
	return r
}

type gemm struct {
	d       *device
	kind    uint32
	m, n, k int
	a, b, c matrix
	bias    uint64 // of each row, or 0
	gelu    bool   // in its approximation by a hyperbolic tangent
}

var blasSizes = map[uint32]int{0: 4, 1: 8, 2: 2, 14: 2}

// element returns the bytes of element r, c of product i of an operand.
func (g *gemm) element(m matrix, i, r, c int) []byte {
	if m.flipped {
		r, c = c, r
	}
	size := blasSizes[g.kind]
	return g.d.mem.Bytes(m.at+uint64((i*m.stride+c*m.ld+r)*size), int64(size))
}

func (g *gemm) get(b []byte) float64 {
	switch g.kind {
	case 0:
		return float64(math.Float32frombits(binary.NativeEndian.Uint32(b)))
	case 1:
		return math.Float64frombits(binary.NativeEndian.Uint64(b))
	case 2:
		return float64(dtype.F16(binary.NativeEndian.Uint16(b)).Float32())
	}
	return float64(dtype.BF16(binary.NativeEndian.Uint16(b)).Float32())
}

func (g *gemm) put(b []byte, x float64) {
	switch g.kind {
	case 0:
		binary.NativeEndian.PutUint32(b, math.Float32bits(float32(x)))
	case 1:
		binary.NativeEndian.PutUint64(b, math.Float64bits(x))
	case 2:
		binary.NativeEndian.PutUint16(b, uint16(dtype.ToF16(float32(x))))
	default:
		binary.NativeEndian.PutUint16(b, uint16(dtype.ToBF16(float32(x))))
	}
}

// product computes one of the batch; false if memory is not there.
func (g *gemm) product(i int) bool {
	for r := range g.m {
		for c := range g.n {
			sum := 0.0
			for l := range g.k {
				x, y := g.element(g.a, i, r, l), g.element(g.b, i, l, c)
				if x == nil || y == nil {
					return false
				}
				sum += g.get(x) * g.get(y)
			}
			if g.bias != 0 {
				b := g.element(matrix{at: g.bias}, 0, r, 0)
				if b == nil {
					return false
				}
				sum += g.get(b)
			}
			if g.gelu {
				sum *= (1 + math.Tanh(math.Sqrt2/math.SqrtPi*(sum+0.044715*sum*sum*sum))) / 2
			}
			z := g.element(g.c, i, r, c)
			if z == nil {
				return false
			}
			g.put(z, sum)
		}
	}
	return true
}
