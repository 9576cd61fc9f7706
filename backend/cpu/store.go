package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// storer returns a function that writes an element of v as op.RoundTo says.
func storer(v *backend.View) func(at int, x float64) {
	d := v.DType
	switch d {
	case dtype.Bool, dtype.Uint8:
		return save(v, func(x float64) uint8 { return uint8(op.RoundTo(x, d)) })
	case dtype.Int8:
		return save(v, func(x float64) int8 { return int8(op.RoundTo(x, d)) })
	case dtype.Int16:
		return save(v, func(x float64) int16 { return int16(op.RoundTo(x, d)) })
	case dtype.Int32:
		return save(v, func(x float64) int32 { return int32(op.RoundTo(x, d)) })
	case dtype.Int64:
		return save(v, func(x float64) int64 {
			if x = op.RoundTo(x, d); x >= math.MaxInt64 { // 2^63 as a float64
				return math.MaxInt64
			}
			return int64(x)
		})
	case dtype.Float16:
		return save(v, func(x float64) dtype.F16 { return dtype.ToF16(float32(x)) })
	case dtype.BFloat16:
		return save(v, func(x float64) dtype.BF16 { return dtype.ToBF16(float32(x)) })
	case dtype.Float32:
		return save(v, func(x float64) float32 { return float32(x) })
	}
	return save(v, func(x float64) float64 { return x })
}

func save[T any](v *backend.View, f func(float64) T) func(at int, x float64) {
	mem := elements[T](v)
	return func(at int, x float64) { mem[at] = f(x) }
}
