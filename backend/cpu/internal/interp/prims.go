package interp

import (
	"math"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/pointwise"
)

// The tables of primitives, by the class of the result (compares: of the
// operands). Where package vec has a function it is used; the rest are plain
// loops.
var (
	unaries, binaries, compares [classes][256]prim

	// scalars are binaries whose second operand is the same for all elements.
	scalars  [classes][256]prim
	converts [classes][classes]prim
	fusedOps [2]struct{ mulAdd, axpy, axmy, scaleAdd prim }

	functions []pointwise.Opcode // of float32 that are one step, the others being expanded

	mulAdds = [2]prim{f32: tern(vec.FMAF32), f64: tern(vec.FMAF64)} // of the floats, rounded once
	selects = [classes]prim{
		f32:  sel(vec.SelectU32),
		i32:  sel(vec.SelectU32),
		u32:  sel(vec.SelectU32),
		mask: sel(vec.SelectU32),
		f64:  wideSelect,
		i64:  wideSelect,
	}
	copyOf = [2]prim{
		func(d, a, _, _ unsafe.Pointer, n int) { copy(slice[uint32](d, n), slice[uint32](a, n)) },
		func(d, a, _, _ unsafe.Pointer, n int) { copy(slice[uint64](d, n), slice[uint64](a, n)) },
	}
)

func slice[T any](p unsafe.Pointer, n int) []T { return unsafe.Slice((*T)(p), n) }

func un[D, S any](f func(d []D, a []S)) prim {
	return func(d, a, _, _ unsafe.Pointer, n int) { f(slice[D](d, n), slice[S](a, n)) }
}

func bin[D, S any](f func(d []D, a, b []S)) prim {
	return func(d, a, b, _ unsafe.Pointer, n int) { f(slice[D](d, n), slice[S](a, n), slice[S](b, n)) }
}

func tern[T any](f func(d, a, b, c []T)) prim {
	return func(d, a, b, c unsafe.Pointer, n int) {
		f(slice[T](d, n), slice[T](a, n), slice[T](b, n), slice[T](c, n))
	}
}

func sel[T any](f func(d []T, m []uint32, a, b []T)) prim {
	return func(d, m, a, b unsafe.Pointer, n int) {
		f(slice[T](d, n), slice[uint32](m, n), slice[T](a, n), slice[T](b, n))
	}
}

// scalar makes a primitive of a function whose second operand is a number.
func scalar[T any](f func(d, a []T, s T)) prim {
	return func(d, a, b, _ unsafe.Pointer, n int) { f(slice[T](d, n), slice[T](a, n), *(*T)(b)) }
}

// notSwapped calls f with the operands the other way round, then negates the mask.
func notSwapped(f func(d []uint32, a, b []uint32)) prim {
	return func(d, a, b, _ unsafe.Pointer, n int) {
		f(slice[uint32](d, n), slice[uint32](b, n), slice[uint32](a, n))
		vec.NotU32(slice[uint32](d, n), slice[uint32](d, n))
	}
}

func not(f func(d []uint32, a, b []uint32)) prim {
	return func(d, a, b, _ unsafe.Pointer, n int) {
		f(slice[uint32](d, n), slice[uint32](a, n), slice[uint32](b, n))
		vec.NotU32(slice[uint32](d, n), slice[uint32](d, n))
	}
}

// wideSelect chooses words of 64 bits by masks of 32.
func wideSelect(d, m, a, b unsafe.Pointer, n int) {
	var wide [blockSize]uint64
	vec.WidenMask(wide[:n], slice[uint32](m, n))
	vec.SelectU64(slice[uint64](d, n), wide[:n], slice[uint64](a, n), slice[uint64](b, n))
}

// narrowed makes a comparison of 64-bit elements give masks of 32 bits.
func narrowed(f func(d []uint64, a, b []float64)) prim {
	return func(d, a, b, _ unsafe.Pointer, n int) {
		var wide [blockSize]uint64
		f(wide[:n], slice[float64](a, n), slice[float64](b, n))
		vec.NarrowMask(slice[uint32](d, n), wide[:n])
	}
}

// Plain loops, for what is rare.

func map1[D, S any](f func(S) D) prim {
	return func(d, a, _, _ unsafe.Pointer, n int) {
		to, x := slice[D](d, n), slice[S](a, n)
		for i := range to {
			to[i] = f(x[i])
		}
	}
}

func map2[D, S any](f func(x, y S) D) prim {
	return func(d, a, b, _ unsafe.Pointer, n int) {
		to, x, y := slice[D](d, n), slice[S](a, n), slice[S](b, n)
		for i := range to {
			to[i] = f(x[i], y[i])
		}
	}
}

func bitsOf(b bool) uint32 {
	if b {
		return math.MaxUint32
	}
	return 0
}

func init() {
	floats()
	integers()
	conversions()
	folds()
}

func floats() {
	o := &binaries[f32]
	o[pointwise.OpAdd], o[pointwise.OpSub] = bin(vec.AddF32), bin(vec.SubF32)
	o[pointwise.OpMul], o[pointwise.OpDiv] = bin(vec.MulF32), bin(vec.DivF32)
	o[pointwise.OpMin], o[pointwise.OpMax] = bin(vec.MinF32), bin(vec.MaxF32)
	o[pointwise.OpRem] = map2(func(x, y float32) float32 { return float32(math.Mod(float64(x), float64(y))) })
	o = &binaries[f64]
	o[pointwise.OpAdd], o[pointwise.OpSub] = bin(vec.AddF64), bin(vec.SubF64)
	o[pointwise.OpMul], o[pointwise.OpDiv] = bin(vec.MulF64), bin(vec.DivF64)
	o[pointwise.OpMin], o[pointwise.OpMax] = bin(vec.MinF64), bin(vec.MaxF64)
	o[pointwise.OpRem] = map2(math.Mod)
	o[pointwise.OpPow], o[pointwise.OpAtan2] = map2(pointwise.OpPow.Float), map2(pointwise.OpAtan2.Float)

	u := &unaries[f32]
	u[pointwise.OpNeg], u[pointwise.OpAbs], u[pointwise.OpSqrt] = un(vec.NegF32), un(vec.AbsF32), un(vec.SqrtF32)
	u[pointwise.OpFloor], u[pointwise.OpCeil] = un(vec.FloorF32), un(vec.CeilF32)
	u[pointwise.OpTrunc], u[pointwise.OpRound] = un(vec.TruncF32), un(vec.RoundEvenF32)
	u = &unaries[f64]
	u[pointwise.OpNeg], u[pointwise.OpAbs], u[pointwise.OpSqrt] = un(vec.NegF64), un(vec.AbsF64), un(vec.SqrtF64)
	u[pointwise.OpFloor], u[pointwise.OpCeil] = un(vec.FloorF64), un(vec.CeilF64)
	u[pointwise.OpTrunc], u[pointwise.OpRound] = un(vec.TruncF64), un(vec.RoundEvenF64)
	for op := pointwise.OpExp; op.Transcendental(); op++ {
		if op.Arity() == 1 {
			u[op] = map1(func(x float64) float64 { return op.Float(x, 0) })
		}
	}

	u = &unaries[f32]
	u[pointwise.OpExp], u[pointwise.OpExp2], u[pointwise.OpExpm1] = un(vec.ExpF32), un(vec.Exp2F32), un(vec.Expm1F32)
	u[pointwise.OpLog], u[pointwise.OpLog2], u[pointwise.OpLog10], u[pointwise.OpLog1p] = un(vec.LogF32), un(vec.Log2F32), un(vec.Log10F32), un(vec.Log1pF32)
	u[pointwise.OpSin], u[pointwise.OpCos], u[pointwise.OpTan] = un(vec.SinF32), un(vec.CosF32), un(vec.TanF32)
	u[pointwise.OpAsin], u[pointwise.OpAcos], u[pointwise.OpAtan] = un(vec.AsinF32), un(vec.AcosF32), un(vec.AtanF32)
	u[pointwise.OpSinh], u[pointwise.OpCosh], u[pointwise.OpTanh] = un(vec.SinhF32), un(vec.CoshF32), un(vec.TanhF32)
	u[pointwise.OpAsinh], u[pointwise.OpAcosh], u[pointwise.OpAtanh] = un(vec.AsinhF32), un(vec.AcoshF32), un(vec.AtanhF32)
	u[pointwise.OpErf], u[pointwise.OpErfc], u[pointwise.OpErfinv] = un(vec.ErfF32), un(vec.ErfcF32), un(vec.ErfinvF32)
	binaries[f32][pointwise.OpPow], binaries[f32][pointwise.OpAtan2] = bin(vec.PowF32), bin(vec.Atan2F32)
	for op := pointwise.OpExp; op.Transcendental(); op++ {
		if u[op] != nil || binaries[f32][op] != nil {
			functions = append(functions, op)
		}
	}

	c := &compares[f32]
	c[pointwise.OpLt], c[pointwise.OpLe] = bin(vec.LtF32), bin(vec.LeF32)
	c[pointwise.OpEq], c[pointwise.OpNe] = bin(vec.EqF32), bin(vec.NeF32)
	c = &compares[f64]
	c[pointwise.OpLt], c[pointwise.OpLe] = narrowed(vec.LtF64), narrowed(vec.LeF64)
	c[pointwise.OpEq], c[pointwise.OpNe] = narrowed(vec.EqF64), narrowed(vec.NeF64)

	s := &scalars[f32]
	s[pointwise.OpAdd], s[pointwise.OpMul] = scalar(vec.AddScalarF32), scalar(vec.MulScalarF32)
	s[pointwise.OpSub] = scalar(func(d, a []float32, x float32) { vec.AddScalarF32(d, a, -x) })
	s = &scalars[f64]
	s[pointwise.OpAdd], s[pointwise.OpMul] = scalar(vec.AddScalarF64), scalar(vec.MulScalarF64)
	s[pointwise.OpSub] = scalar(func(d, a []float64, x float64) { vec.AddScalarF64(d, a, -x) })

	fusedOps[f32].mulAdd, fusedOps[f64].mulAdd = tern(vec.MulAddF32), tern(vec.MulAddF64)
	fusedOps[f32].axpy = func(d, a, b, c unsafe.Pointer, n int) {
		vec.AxpyF32(slice[float32](d, n), *(*float32)(b), slice[float32](a, n), slice[float32](c, n))
	}
	fusedOps[f32].axmy = func(d, a, b, c unsafe.Pointer, n int) { // c - a*s: the sign of s is free
		vec.AxpyF32(slice[float32](d, n), -*(*float32)(b), slice[float32](a, n), slice[float32](c, n))
	}
	fusedOps[f32].scaleAdd = func(d, a, b, c unsafe.Pointer, n int) {
		vec.ScaleAddF32(slice[float32](d, n), slice[float32](a, n), *(*float32)(b), *(*float32)(c))
	}
	fusedOps[f64].axpy = func(d, a, b, c unsafe.Pointer, n int) {
		vec.AxpyF64(slice[float64](d, n), *(*float64)(b), slice[float64](a, n), slice[float64](c, n))
	}
	fusedOps[f64].axmy = func(d, a, b, c unsafe.Pointer, n int) {
		vec.AxpyF64(slice[float64](d, n), -*(*float64)(b), slice[float64](a, n), slice[float64](c, n))
	}
	fusedOps[f64].scaleAdd = func(d, a, b, c unsafe.Pointer, n int) {
		vec.ScaleAddF64(slice[float64](d, n), slice[float64](a, n), *(*float64)(b), *(*float64)(c))
	}
}
