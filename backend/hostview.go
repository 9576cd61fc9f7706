package backend

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// ReadArray returns the elements of v as an Array of the reference. mem is the
// host memory of v's buffer, from its first byte; v.Buffer is not looked at.
// It panics if mem is too short.
func ReadArray(mem []byte, v View) *op.Array {
	read := reader(v.DType)
	check(mem, v)
	a := op.NewArray(v.DType, v.Shape...)
	eachByte(v, func(i, at int) { a.Data[i] = read(mem[at:]) })
	return a
}

// WriteArray stores a into the elements of v, rounded to v.DType as op.RoundTo
// does: the inverse of ReadArray. It panics if the shapes differ or mem is too
// short.
func WriteArray(mem []byte, v View, a *op.Array) {
	if !slices.Equal(v.Shape, a.Shape()) {
		panic(fmt.Sprintf("backend: cannot write an array of shape %v to a view of shape %v", a.Shape(), v.Shape))
	}
	write, d := writer(v.DType), v.DType
	check(mem, v)
	eachByte(v, func(i, at int) { write(mem[at:], op.RoundTo(a.Data[i], d)) })
}

func check(mem []byte, v View) {
	if n := v.Numel(); n > 0 && (v.Offset < 0 || v.End() > len(mem)/v.DType.Size()) {
		panic(fmt.Sprintf("backend: view %v with strides %v at offset %d does not lie within %d bytes of %s", v.Shape, v.Strides, v.Offset, len(mem), v.DType))
	}
}

// eachByte calls f with the row-major number of each element of v and the
// place of its first byte.
func eachByte(v View, f func(i, at int)) {
	n, size := v.Numel(), v.DType.Size()
	if n == 0 {
		return
	}
	if len(v.Shape) == 0 {
		f(0, v.Offset*size)
		return
	}
	last := len(v.Shape) - 1
	outer, inner, step := v.Shape[:last], v.Shape[last], v.Strides[last]*size
	idx := make([]int, last)
	for i := 0; ; {
		at := v.Offset
		for k, x := range idx {
			at += x * v.Strides[k]
		}
		at *= size
		for range inner {
			f(i, at)
			i, at = i+1, at+step
		}
		if !shape.Next(idx, outer) {
			return
		}
	}
}

// Host memory holds elements in the byte order of the host.
var order = binary.NativeEndian

func reader(d dtype.DType) func(b []byte) float64 {
	switch d {
	case dtype.Bool:
		return func(b []byte) float64 { return op.RoundTo(float64(b[0]), dtype.Bool) }
	case dtype.Uint8:
		return func(b []byte) float64 { return float64(b[0]) }
	case dtype.Int8:
		return func(b []byte) float64 { return float64(int8(b[0])) }
	case dtype.Int16:
		return func(b []byte) float64 { return float64(int16(order.Uint16(b))) }
	case dtype.Int32:
		return func(b []byte) float64 { return float64(int32(order.Uint32(b))) }
	case dtype.Int64:
		return func(b []byte) float64 { return float64(int64(order.Uint64(b))) }
	case dtype.Float16:
		return func(b []byte) float64 { return float64(dtype.F16(order.Uint16(b)).Float32()) }
	case dtype.BFloat16:
		return func(b []byte) float64 { return float64(dtype.BF16(order.Uint16(b)).Float32()) }
	case dtype.Float32:
		return func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) }
	case dtype.Float64:
		return func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }
	}
	panic(fmt.Sprintf("backend: no elements of type %s", d))
}

// writer stores a value that d holds exactly.
func writer(d dtype.DType) func(b []byte, x float64) {
	switch d {
	case dtype.Bool, dtype.Uint8:
		return func(b []byte, x float64) { b[0] = uint8(x) }
	case dtype.Int8:
		return func(b []byte, x float64) { b[0] = uint8(int8(x)) }
	case dtype.Int16:
		return func(b []byte, x float64) { order.PutUint16(b, uint16(int16(x))) }
	case dtype.Int32:
		return func(b []byte, x float64) { order.PutUint32(b, uint32(int32(x))) }
	case dtype.Int64:
		return func(b []byte, x float64) { order.PutUint64(b, uint64(toInt64(x))) }
	case dtype.Float16:
		return func(b []byte, x float64) { order.PutUint16(b, uint16(dtype.ToF16(float32(x)))) }
	case dtype.BFloat16:
		return func(b []byte, x float64) { order.PutUint16(b, uint16(dtype.ToBF16(float32(x)))) }
	case dtype.Float32:
		return func(b []byte, x float64) { order.PutUint32(b, math.Float32bits(float32(x))) }
	case dtype.Float64:
		return func(b []byte, x float64) { order.PutUint64(b, math.Float64bits(x)) }
	}
	panic(fmt.Sprintf("backend: no elements of type %s", d))
}

// toInt64 saturates: 2^63, what MaxInt64 rounds to as a float64, is out of
// range, and Go leaves the conversion of such numbers to the hardware.
func toInt64(x float64) int64 {
	if x >= 1<<63 {
		return math.MaxInt64
	}
	return int64(x)
}
