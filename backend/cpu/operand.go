package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/strided"
	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/shape"
)

// contiguous returns the elements of v in row-major order: where they are if
// they lie so, or in borrowed memory.
func contiguous[T any](v *backend.View) ([]T, *scratch.Block) {
	n := v.Numel()
	if v.IsContiguous() {
		return elements[T](v)[:n], nil
	}
	mem, b := scratch.Get[T](n)
	copyOut(v, shape.Strides(v.Shape), mem)
	return mem, b
}

// copyOut copies the elements of v to dst, laid out by strides ds. T must have
// the size of v's elements.
func copyOut[T any](v *backend.View, ds []int, dst []T) {
	switch v.DType.Size() {
	case 1:
		strided.Copy(v.Shape, words[uint8](dst), ds, elements[uint8](v), v.Strides)
	case 2:
		strided.Copy(v.Shape, words[uint16](dst), ds, elements[uint16](v), v.Strides)
	case 4:
		strided.Copy(v.Shape, words[uint32](dst), ds, elements[uint32](v), v.Strides)
	case 8:
		strided.Copy(v.Shape, words[uint64](dst), ds, elements[uint64](v), v.Strides)
	}
}

// widen returns the elements of a view of 16-bit floats as float32s in
// row-major order, in borrowed memory.
func widen(v *backend.View, from func([]float32, []uint16)) ([]float32, *scratch.Block) {
	half, hb := contiguous[uint16](v)
	defer hb.Put()
	mem, b := scratch.Get[float32](len(half))
	from(mem, half)
	return mem, b
}

// denseMatrices is matrices for a row-major copy of v.
func denseMatrices(v *backend.View, out []int) []int {
	return matrices(v.Shape, shape.Strides(v.Shape), out)
}

// The conversions between 16-bit floats and float32.
func fromF16(dst []float32, src []uint16)  { convert(dst, src, vec.F16ToF32) }
func fromBF16(dst []float32, src []uint16) { convert(dst, src, vec.BF16ToF32) }
func toF16(dst []uint16, src []float32)    { convert(dst, src, vec.F32ToF16) }
func toBF16(dst []uint16, src []float32)   { convert(dst, src, vec.F32ToBF16) }

func convert[A, B any](dst []A, src []B, f func(dst []A, src []B)) {
	par.For(len(dst), 1<<15, func(lo, hi int) { f(dst[lo:hi], src[lo:hi]) })
}
