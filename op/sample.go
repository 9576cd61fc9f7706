package op

import (
	"math/rand/v2"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// A Sample is one set of operands and attributes to try an op on.
type Sample struct {
	Name  string // what is special about it
	In    []*Array
	Attrs any
	// Bent marks a sample at a point where the gradient does not exist, so that
	// finite differences mean nothing.
	Bent bool
}

// An ErrorSample is one that the op must refuse with an error that Is Want.
type ErrorSample struct {
	Sample
	Want error
}

// Rand draws samples. The same seed gives the same samples, for ever.
type Rand struct{ *rand.Rand }

// NewRand returns a generator of samples.
func NewRand(seed uint64) *Rand { return &Rand{rand.New(rand.NewPCG(seed, 0x48656b6c61))} }

// Floats returns an array of type d drawn evenly from lo to hi, rounded to d.
func (r *Rand) Floats(d dtype.DType, lo, hi float64, s ...int) *Array {
	a := NewArray(d, s...)
	for i := range a.Data {
		a.Data[i] = RoundTo(lo+(hi-lo)*r.Float64(), d)
	}
	return a
}

// Normal returns a float32 array of about unit scale.
func (r *Rand) Normal(s ...int) *Array {
	a := NewArray(dtype.Float32, s...)
	for i := range a.Data {
		a.Data[i] = float64(float32(r.NormFloat64()))
	}
	return a
}

// Ints returns an array of integers lo <= x < hi.
func (r *Rand) Ints(d dtype.DType, lo, hi int, s ...int) *Array {
	a := NewArray(d, s...)
	for i := range a.Data {
		a.Data[i] = float64(lo + r.IntN(hi-lo))
	}
	return a
}

// Distinct returns a float32 array in which no two elements are closer than
// gap: for ops that compare or sort, away from their ties.
func (r *Rand) Distinct(gap float64, s ...int) *Array {
	a := NewArray(dtype.Float32, s...)
	n := shape.Numel(s)
	for i, p := range r.Perm(n) {
		a.Data[i] = float64(float32(gap * (float64(p) - float64(n)/2 + 0.25)))
	}
	return a
}
