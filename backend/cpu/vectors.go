package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
)

// vectors are the primitives of package vec for one type.
type vectors[T float32 | float64] struct {
	sum, max         func(a []T) T
	squaresOf        func(a []T, m T) T
	productsOf       func(a, b []T, m T) T // sum of a * (b - m)
	add, sub, mul    func(dst, a, b []T)
	mulAdd           func(dst, a, b, c []T)
	hide             func(dst, keep []T) // -Inf where keep has no bits set; at most hideable elements
	addScalar, scale func(dst, a []T, s T)
	centre           func(dst, a []T, m, r T)
	centreScale      func(dst, a []T, m, r, s T)
	normalise        func(dst, a, b, c []T, m, r T)
	normGrad         func(dst, a, b []T, s, m, d, r T)
	exp              func(dst, a []T, m T) // e**(a-m)
	tanh, reciprocal func(dst, a []T)
	relu             func(dst, a []T)
	wherePositive    func(d, y []T) // d where y > 0, else 0; y is lost
}

var (
	vectors32 = vectors[float32]{vec.ReduceSumF32, vec.ReduceMaxF32, vec.ReduceSquaresF32, vec.ReduceProductsF32, vec.AddF32, vec.SubF32, vec.MulF32, vec.MulAddF32, hide32, vec.AddScalarF32, vec.MulScalarF32,
		vec.CentreF32, vec.CentreScaleF32, vec.NormaliseF32, vec.NormGradF32, vec.ExpDifferenceF32, vec.TanhF32, reciprocal32, relu32, wherePositive32}
	vectors64 = vectors[float64]{vec.ReduceSumF64, vec.ReduceMaxF64, vec.ReduceSquaresF64, vec.ReduceProductsF64, vec.AddF64, vec.SubF64, vec.MulF64, vec.MulAddF64, hide64, vec.AddScalarF64, vec.MulScalarF64,
		vec.CentreF64, vec.CentreScaleF64, vec.NormaliseF64, vec.NormGradF64, expDifference64, tanh64, reciprocal64, relu64, wherePositive64}
)

const hideable = 256

var never32, never64 = never[float32](), never[float64]()

func never[T float32 | float64]() (s [hideable]T) {
	for i := range s {
		s[i] = T(math.Inf(-1))
	}
	return s
}

func hide32(dst, keep []float32) {
	vec.SelectF32(dst, words[uint32](keep), dst, never32[:len(dst)])
}

func hide64(dst, keep []float64) {
	vec.SelectF64(dst, words[uint64](keep), dst, never64[:len(dst)])
}

func expDifference64(dst, a []float64, m float64) {
	for i, x := range a {
		dst[i] = math.Exp(x - m)
	}
}

func tanh64(dst, a []float64) {
	for i, x := range a {
		dst[i] = math.Tanh(x)
	}
}

func reciprocal64(dst, a []float64) {
	for i, x := range a {
		dst[i] = 1 / x
	}
}

var ones32 = func() (s [1024]float32) {
	vec.SplatF32(s[:], 1)
	return s
}()

func reciprocal32(dst, a []float32) {
	for len(a) > 0 {
		n := min(len(a), len(ones32))
		vec.DivF32(dst[:n], ones32[:n], a[:n])
		dst, a = dst[n:], a[n:]
	}
}

var (
	zeros32 [1024]float32
	zeros64 [1024]float64
)

func relu32(dst, a []float32) {
	for len(a) > 0 {
		n := min(len(a), len(zeros32))
		vec.MaxF32(dst[:n], a[:n], zeros32[:n])
		dst, a = dst[n:], a[n:]
	}
}

func relu64(dst, a []float64) {
	for len(a) > 0 {
		n := min(len(a), len(zeros64))
		vec.MaxF64(dst[:n], a[:n], zeros64[:n])
		dst, a = dst[n:], a[n:]
	}
}

func wherePositive32(d, y []float32) {
	for len(y) > 0 {
		n := min(len(y), len(zeros32))
		mask, bits := words[uint32](y[:n]), words[uint32](d[:n])
		vec.LtF32(mask, zeros32[:n], y[:n])
		vec.AndU32(bits, bits, mask)
		d, y = d[n:], y[n:]
	}
}

func wherePositive64(d, y []float64) {
	for len(y) > 0 {
		n := min(len(y), len(zeros64))
		mask, bits := words[uint64](y[:n]), words[uint64](d[:n])
		vec.LtF64(mask, zeros64[:n], y[:n])
		vec.AndU64(bits, bits, mask)
		d, y = d[n:], y[n:]
	}
}

// total returns the sum of a, in lanes of a thousand elements and those in
// order.
func (v *vectors[T]) total(a []T) float64 {
	sum := 0.0
	for len(a) > 0 {
		n := min(len(a), 1024)
		sum += float64(v.sum(a[:n]))
		a = a[n:]
	}
	return sum
}

// squares returns the sum of the squares of a less m.
func (v *vectors[T]) squares(a []T, m T) float64 {
	sum := 0.0
	for len(a) > 0 {
		n := min(len(a), 1024)
		sum += float64(v.squaresOf(a[:n], m))
		a = a[n:]
	}
	return sum
}

// products returns the sum of a * (b - m).
func (v *vectors[T]) products(a, b []T, m T) float64 {
	sum := 0.0
	for len(a) > 0 {
		n := min(len(a), 1024)
		sum += float64(v.productsOf(a[:n], b[:n], m))
		a, b = a[n:], b[n:]
	}
	return sum
}
