package cpu

import "github.com/hekla-ml/hekla/backend/cpu/internal/vec"

// vectors are the primitives of package vec for one type.
type vectors[T float32 | float64] struct {
	sum, max         func(a []T) T
	add, mul         func(dst, a, b []T)
	addScalar, scale func(dst, a []T, s T)
	scaleAdd         func(dst, a []T, alpha, beta T) // a*alpha + beta
	mulAdd           func(dst, a, b, c []T)          // a*b + c
}

var (
	vectors32 = vectors[float32]{vec.ReduceSumF32, vec.ReduceMaxF32, vec.AddF32, vec.MulF32, vec.AddScalarF32, vec.MulScalarF32, vec.ScaleAddF32, vec.MulAddF32}
	vectors64 = vectors[float64]{vec.ReduceSumF64, vec.ReduceMaxF64, vec.AddF64, vec.MulF64, vec.AddScalarF64, vec.MulScalarF64, vec.ScaleAddF64, vec.MulAddF64}
)

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
	var room [1024]T
	sum := 0.0
	for len(a) > 0 {
		n := min(len(a), len(room))
		d := room[:n]
		v.addScalar(d, a[:n], -m)
		v.mul(d, d, d)
		sum += float64(v.sum(d))
		a = a[n:]
	}
	return sum
}
