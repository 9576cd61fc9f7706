package interp

import (
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/dtype"
)

// loads convert n elements in memory to a register of the class they are
// loaded to; stores do the reverse, and wrap integers.
var loads, stores [16][classes]func(dst, src unsafe.Pointer, n int)

func init() {
	loads[dtype.Bool][mask] = conv(func(x uint8) uint32 { return bitsOf(x != 0) })
	stores[dtype.Bool][mask] = conv(func(x uint32) uint8 { return uint8(x & 1) })
	integer[uint8](dtype.Uint8)
	integer[int8](dtype.Int8)
	integer[int16](dtype.Int16)
	integer[int32](dtype.Int32)
	loads[dtype.Int64][i64] = moved[uint64]
	stores[dtype.Int64][i64] = moved[uint64]

	loads[dtype.Float32][f32], stores[dtype.Float32][f32] = moved[uint32], moved[uint32]
	loads[dtype.Float64][f64], stores[dtype.Float64][f64] = moved[uint64], moved[uint64]
	loads[dtype.Float32][f64] = whole(vec.F32ToF64)
	stores[dtype.Float32][f64] = whole(vec.F64ToF32)
	half(dtype.Float16, vec.F16ToF32, vec.F32ToF16)
	half(dtype.BFloat16, vec.BF16ToF32, vec.F32ToBF16)
}

func half(d dtype.DType, from func([]float32, []uint16), to func([]uint16, []float32)) {
	loads[d][f32], stores[d][f32] = whole(from), whole(to)
	loads[d][f64] = func(dst, src unsafe.Pointer, n int) {
		var t [blockSize]float32
		from(t[:n], slice[uint16](src, n))
		vec.F32ToF64(slice[float64](dst, n), t[:n])
	}
	stores[d][f64] = func(dst, src unsafe.Pointer, n int) {
		var t [blockSize]float32
		vec.F64ToF32(t[:n], slice[float64](src, n))
		to(slice[uint16](dst, n), t[:n])
	}
}

func integer[T uint8 | int8 | int16 | int32](d dtype.DType) {
	loads[d][i32] = func(dst, src unsafe.Pointer, n int) { widen(slice[int32](dst, n), slice[T](src, n)) }
	loads[d][i64] = func(dst, src unsafe.Pointer, n int) { widen(slice[int64](dst, n), slice[T](src, n)) }
	stores[d][i32] = func(dst, src unsafe.Pointer, n int) { widen(slice[T](dst, n), slice[int32](src, n)) }
	stores[d][i64] = func(dst, src unsafe.Pointer, n int) { widen(slice[T](dst, n), slice[int64](src, n)) }
}

type anyInt interface {
	uint8 | int8 | int16 | int32 | int64
}

func widen[D, S anyInt](dst []D, src []S) {
	for i := range dst {
		dst[i] = D(src[i])
	}
}

func conv[D, S any](f func(S) D) func(dst, src unsafe.Pointer, n int) {
	return func(dst, src unsafe.Pointer, n int) {
		d, s := slice[D](dst, n), slice[S](src, n)
		for i := range d {
			d[i] = f(s[i])
		}
	}
}

func whole[D, S any](f func([]D, []S)) func(dst, src unsafe.Pointer, n int) {
	return func(dst, src unsafe.Pointer, n int) { f(slice[D](dst, n), slice[S](src, n)) }
}

func moved[T any](dst, src unsafe.Pointer, n int) { copy(slice[T](dst, n), slice[T](src, n)) }

// pick copies n elements that lie stride apart to dst, densely; put does the
// reverse. size is that of an element.
func pick(dst, src unsafe.Pointer, stride, n, size int) {
	switch size {
	case 1:
		pickWords[uint8](dst, src, stride, n)
	case 2:
		pickWords[uint16](dst, src, stride, n)
	case 4:
		if stride == 0 {
			vec.SplatU32(slice[uint32](dst, n), *(*uint32)(src))
			return
		}
		pickWords[uint32](dst, src, stride, n)
	case 8:
		pickWords[uint64](dst, src, stride, n)
	}
}

func put(dst, src unsafe.Pointer, stride, n, size int) {
	switch size {
	case 1:
		putWords[uint8](dst, src, stride, n)
	case 2:
		putWords[uint16](dst, src, stride, n)
	case 4:
		putWords[uint32](dst, src, stride, n)
	case 8:
		putWords[uint64](dst, src, stride, n)
	}
}

func pickWords[T any](dst, src unsafe.Pointer, stride, n int) {
	d := slice[T](dst, n)
	switch stride {
	case 0:
		x := *(*T)(src)
		for i := range d {
			d[i] = x
		}
	case 1:
		copy(d, slice[T](src, n))
	default:
		s := slice[T](src, (n-1)*stride+1)
		for i := range d {
			d[i] = s[i*stride]
		}
	}
}

func putWords[T any](dst, src unsafe.Pointer, stride, n int) {
	s := slice[T](src, n)
	if stride == 1 {
		copy(slice[T](dst, n), s)
		return
	}
	d := slice[T](dst, (n-1)*stride+1)
	for i, x := range s {
		d[i*stride] = x
	}
}
