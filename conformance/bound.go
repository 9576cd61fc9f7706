package conformance

import (
	"fmt"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// A bound says how far a result may be from the reference, element by element:
// what the analyst found, or where it knows nothing rel times the reference
// plus abs.
type bound struct {
	each []float64
	rel  float64
	abs  float64
}

// of returns the bound on element i, whose reference is w.
func (b bound) of(i int, w float64) float64 {
	if b.each != nil {
		return b.each[i]
	}
	return b.rel*math.Abs(w) + b.abs
}

// unit is the largest relative error of one rounding to d; 0 for types that are
// exact.
func unit(d dtype.DType) float64 {
	switch d {
	case dtype.Float64:
		return 0x1p-53
	case dtype.Float32:
		return 0x1p-24
	case dtype.Float16:
		return 0x1p-11
	case dtype.BFloat16:
		return 0x1p-8
	}
	return 0
}

// coarsest is the unit of the least precise float type among the operands and
// results: any of them may be read on the way.
func coarsest(in []*op.Array, out ...*op.Array) float64 {
	u := 0.0
	for _, l := range [2][]*op.Array{in, out} {
		for _, a := range l {
			u = max(u, unit(a.DType()))
		}
	}
	return u
}

// bound is what an output may differ by. Movement and integers are exact; a
// structured op may have rounded each partial sum.
func (c testCase) bound(in []*op.Array, want *op.Array) bound {
	if c.op.View != nil || !want.DType().IsFloat() {
		return bound{}
	}
	// Kernels compute in float32 at least and store once; a decomposition stores
	// a few values on the way, hence 2 ulp of a half type, of which the operands'
	// size is the measure where they cancel.
	k := c.factor(in) * wider(in, want)
	if half := coarsest(in, want); half > unit(dtype.Float32) {
		k += 4 * half
	}
	return bound{rel: k + unit(want.DType()), abs: k * magnitude(in)}
}

// wider is the unit of the arithmetic that an op computes in: of float64 if
// that is the type of an operand or result, else float32.
func wider(in []*op.Array, out *op.Array) float64 {
	for _, a := range append(in[:len(in):len(in)], out) {
		if a.DType() == dtype.Float64 {
			return unit(dtype.Float64)
		}
	}
	return unit(dtype.Float32)
}

// gradBound is what a gradient may differ by: gradients are chains of a few
// ops, whose intermediate results may be as large as the operands or the
// largest element of the gradient itself.
func (c testCase) gradBound(in, out []*op.Array, want *op.Array) bound {
	u := coarsest(in, append(out, want)...)
	m := max(magnitude(in), magnitude([]*op.Array{want}))
	return bound{rel: 4 * c.factor(in) * u, abs: 4 * c.factor(in) * u * m}
}

// factor is the number of roundings that may add up in an op that the analyst
// does not know: 16 for the steps of a formula, and the square root of the number
// of terms for those that sum (random signs; a tree or lanes keep the worst case
// below that too).
func (c testCase) factor(in []*op.Array) float64 {
	n := 0
	for _, a := range in {
		n = max(n, len(a.Data))
	}
	return 16 + 4*math.Sqrt(float64(n))
}

// magnitude is the largest finite element, at least 1: results that cancel are
// exact only relative to what they were computed from.
func magnitude(in []*op.Array) float64 {
	m := 1.0
	for _, a := range in {
		if !a.DType().IsFloat() {
			continue
		}
		for _, x := range a.Data {
			if x = math.Abs(x); x > m && !math.IsInf(x, 0) {
				m = x
			}
		}
	}
	return m
}

// nowhere is extreme for results that the analyst bounds: it knows of overflow
// and underflow on the way.
func nowhere(int) bool { return false }

// extreme returns a function that reports whether element i of a result, or an
// operand it was computed from, is so large or small that float32 may overflow
// or underflow on the way where float64 does not. Only samples of special points
// have such elements; what they should give is checked on the others: zeros,
// infinities, NaN. A result whose shape is not that of the operands (it was
// summed) counts as extreme if any operand is.
func (c testCase) extreme(in []*op.Array, result *op.Array) func(i int) bool {
	if !c.sample.Bent || c.op.View != nil || coarsest(in, result) < unit(dtype.Float32) {
		return nowhere
	}
	far := func(x float64) bool {
		x = math.Abs(x)
		return x > 1e18 && !math.IsInf(x, 0) || x < 1e-18 && x > 0
	}
	return func(i int) bool {
		if far(result.Data[i]) {
			return true
		}
		for _, a := range in {
			if slices.Equal(a.Shape(), result.Shape()) {
				if far(a.Data[i]) {
					return true
				}
			} else if slices.ContainsFunc(a.Data, far) {
				return true
			}
		}
		return false
	}
}

// rmsShare is the most that the root mean square of many errors may be, in units
// of their bounds, where these are not the analyst's. Such a bound is made for
// the unluckiest of all elements; a kernel that is half as wrong as that on the
// mean element has a systematic error.
const (
	rmsShare = 0.5
	rmsOf    = 256 // elements that make a mean
)

// compare returns an error that names the first element out of bounds, and the
// largest error in units of the bound. NaN and infinities must be in the same
// places.
func compare(got []float64, want *op.Array, b bound, extreme func(i int) bool) (share float64, err error) {
	d := want.DType()
	sum, n := 0.0, 0
	for i, g := range got {
		w := want.Data[i]
		if d.IsFloat() && extreme(i) {
			continue
		}
		r := op.RoundTo(w, d)
		limit := b.of(i, w)
		switch {
		case math.IsNaN(g) && math.IsNaN(w), g == w, g == r:
			n++
			continue
		case d.IsFloat() && math.IsInf(limit, 1):
			continue // the analyst: an intermediate result may overflow
		case d.IsFloat() && !math.IsNaN(g) && !math.IsNaN(w) && math.IsInf(r, 0) && math.Abs(g) > largest(d)*(1-64*unit(d)):
			continue // the last step before overflow
		case math.IsNaN(g) || math.IsNaN(w) || math.IsInf(g, 0) || math.IsInf(w, 0):
		case math.Abs(g-w) <= limit:
			x := math.Abs(g-w) / limit
			share = max(share, x)
			sum += x * x
			n++
			continue
		}
		return math.Inf(1), fmt.Errorf("element %d of %v%v is %v, want %v within %.3g", i, d, want.Shape(), g, w, limit)
	}
	if rms := math.Sqrt(sum / float64(max(1, n))); b.each == nil && n >= rmsOf && rms > rmsShare {
		return rms, fmt.Errorf("errors of %v%v are %.2f of their bounds in the mean, want at most %v: a systematic error", d, want.Shape(), rms, rmsShare)
	}
	return share, nil
}

func largest(d dtype.DType) float64 {
	switch d {
	case dtype.Float32:
		return math.MaxFloat32
	case dtype.Float16:
		return 65504
	case dtype.BFloat16:
		return 0x1.fep127
	}
	return math.MaxFloat64
}
