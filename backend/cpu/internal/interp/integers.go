package interp

import (
	"math"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/pointwise"
)

func integers() {
	for _, c := range []class{i32, u32, mask} {
		o := &binaries[c]
		o[pointwise.OpAnd], o[pointwise.OpOr], o[pointwise.OpXor] = bin(vec.AndU32), bin(vec.OrU32), bin(vec.XorU32)
		unaries[c][pointwise.OpNot] = un(vec.NotU32)
		compares[c][pointwise.OpEq], compares[c][pointwise.OpNe] = bin(vec.EqU32), not(vec.EqU32)
		if c != mask {
			o[pointwise.OpAdd], o[pointwise.OpSub], o[pointwise.OpMul] = bin(vec.AddU32), bin(vec.SubU32), bin(vec.MulU32)
		}
	}
	binaries[u32][pointwise.OpMulHi] = bin(vec.MulHiU32)
	binaries[u32][pointwise.OpShl], binaries[u32][pointwise.OpShr] = bin(vec.ShlU32), bin(vec.ShrU32)
	// A shift by a negative Int counts as one by a large number.
	binaries[i32][pointwise.OpShl], binaries[i32][pointwise.OpShr] = bin(vec.ShlU32), bin(vec.ShrI32)
	compares[u32][pointwise.OpLt], compares[u32][pointwise.OpLe] = bin(vec.LtU32), notSwapped(vec.LtU32)
	compares[i32][pointwise.OpLt], compares[i32][pointwise.OpLe] = bin(vec.LtI32), notSwapped(vec.LtI32)
	signed[int32](i32)
	signed[int64](i64)

	o := &binaries[i64]
	o[pointwise.OpAdd] = bin(func(d, a, b []int64) {
		for i := range d {
			d[i] = a[i] + b[i]
		}
	})
	o[pointwise.OpSub] = bin(func(d, a, b []int64) {
		for i := range d {
			d[i] = a[i] - b[i]
		}
	})
	o[pointwise.OpMul] = bin(func(d, a, b []int64) {
		for i := range d {
			d[i] = a[i] * b[i]
		}
	})
	o[pointwise.OpAnd], o[pointwise.OpOr], o[pointwise.OpXor] = bin(vec.AndU64), bin(vec.OrU64), bin(vec.XorU64)
	o[pointwise.OpShl] = map2(func(x, y int64) int64 { return x << uint64(y) })
	o[pointwise.OpShr] = map2(func(x, y int64) int64 { return x >> uint64(y) })
	unaries[i64][pointwise.OpNot] = un(vec.NotU64)
	c := &compares[i64]
	c[pointwise.OpLt] = map2(func(x, y int64) uint32 { return bitsOf(x < y) })
	c[pointwise.OpLe] = map2(func(x, y int64) uint32 { return bitsOf(x <= y) })
	c[pointwise.OpEq] = map2(func(x, y int64) uint32 { return bitsOf(x == y) })
	c[pointwise.OpNe] = map2(func(x, y int64) uint32 { return bitsOf(x != y) })
}

// signed sets what signed integers of both widths do alike.
func signed[T int32 | int64](c class) {
	o, u := &binaries[c], &unaries[c]
	o[pointwise.OpDiv] = map2(func(x, y T) T {
		if y == 0 {
			return 0
		}
		return x / y
	})
	o[pointwise.OpRem] = map2(func(x, y T) T {
		if y == 0 {
			return 0
		}
		return x % y
	})
	o[pointwise.OpMin] = map2(func(x, y T) T { return min(x, y) })
	o[pointwise.OpMax] = map2(func(x, y T) T { return max(x, y) })
	u[pointwise.OpNeg] = map1(func(x T) T { return -x })
	u[pointwise.OpAbs] = map1(func(x T) T { return max(x, -x) })
}

// saturate truncates x to an integer of [lo, hi]; NaN gives 0. bound is hi+1,
// which a float holds exactly.
func saturate[F float32 | float64, T int32 | int64 | uint32](x F, lo, hi T, bound F) T {
	switch {
	case x != x:
		return 0
	case x >= bound:
		return hi
	case x <= F(lo):
		return lo
	}
	return T(x)
}

func conversions() {
	set := func(from, to class, f prim) { converts[from][to] = f }
	nonzero := func(from class, zero unsafe.Pointer, ne prim) {
		set(from, mask, func(d, a, _, _ unsafe.Pointer, n int) { ne(d, a, zero, nil, n) })
	}
	var zeros [blockSize]uint64
	for _, c := range []class{f32, f64, i32, i64, u32} {
		nonzero(c, unsafe.Pointer(&zeros[0]), compares[c][pointwise.OpNe])
	}
	ones := func(bits uint32) prim {
		var one [blockSize]uint32
		for i := range one {
			one[i] = bits
		}
		return func(d, a, _, _ unsafe.Pointer, n int) { vec.AndU32(slice[uint32](d, n), slice[uint32](a, n), one[:n]) }
	}
	set(mask, f32, ones(math.Float32bits(1)))
	set(mask, i32, ones(1))
	set(mask, u32, ones(1))
	set(mask, f64, map1(func(x uint32) float64 { return float64(x & 1) }))
	set(mask, i64, map1(func(x uint32) int64 { return int64(x & 1) }))

	set(f32, i32, un(vec.F32ToI32))
	set(f32, i64, map1(func(x float32) int64 { return saturate(x, math.MinInt64, int64(math.MaxInt64), 0x1p63) }))
	set(f32, u32, map1(func(x float32) uint32 { return saturate[float32, uint32](x, 0, math.MaxUint32, 0x1p32) }))
	set(f64, i32, map1(func(x float64) int32 { return saturate[float64, int32](x, math.MinInt32, math.MaxInt32, 0x1p31) }))
	set(f64, i64, map1(func(x float64) int64 { return saturate(x, math.MinInt64, int64(math.MaxInt64), 0x1p63) }))
	set(f64, u32, map1(func(x float64) uint32 { return saturate[float64, uint32](x, 0, math.MaxUint32, 0x1p32) }))

	set(i32, f32, un(vec.I32ToF32))
	set(i32, f64, un(vec.I32ToF64))
	set(i64, f32, map1(func(x int64) float32 { return float32(x) }))
	set(i64, f64, map1(func(x int64) float64 { return float64(x) }))
	set(u32, f32, un(vec.U32ToF32))
	set(u32, f64, map1(func(x uint32) float64 { return float64(x) }))
	set(u32, i64, map1(func(x uint32) int64 { return int64(x) }))
	set(i64, u32, map1(func(x int64) uint32 { return uint32(x) }))
}
