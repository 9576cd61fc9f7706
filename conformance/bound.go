package conformance

import (
	"fmt"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// A bound says how far a result may be from the reference: rel times the
// reference plus abs, element by element.
type bound struct {
	rel  float64
	abs  float64
	each []float64 // more, for each element; may be nil
}

// of returns the bound on element i, whose reference is w.
func (b bound) of(i int, w float64) float64 {
	e := b.rel*math.Abs(w) + b.abs
	if b.each != nil {
		e += b.each[i]
	}
	return e
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

// bound is what an output may differ by. Movement and integers are exact.
func (c testCase) bound(in []*op.Array, want *op.Array) bound {
	if c.op.View != nil || !want.DType().IsFloat() {
		return bound{}
	}
	u := coarsest(in, want)
	return bound{c.factor(in) * u, c.factor(in) * u * magnitude(in), c.condition(in, want, u)}
}

// condition is what roundings on the way to the operand of an exponential or
// the like amount to: an error of u relative in operand x moves f by u*|x*f'|.
func (c testCase) condition(in []*op.Array, want *op.Array, u float64) []float64 {
	var needs op.Mask
	for i, a := range in {
		if a.DType().IsFloat() {
			needs |= op.Nth(i)
		}
	}
	if _, _, _, elementwise := c.op.Elementwise(); !elementwise || needs == 0 {
		return nil
	}
	ones := op.NewArray(want.DType(), want.Shape()...)
	for i := range ones.Data {
		ones.Data[i] = 1
	}
	sum := make([]float64, len(want.Data))
	for i, g := range op.ReferenceVJP(c.op, c.sample.Attrs, in, []*op.Array{ones}, needs) {
		if g == nil || !slices.Equal(g.Shape(), want.Shape()) {
			continue
		}
		for k, x := range in[i].Data {
			if d := math.Abs(x * g.Data[k]); !math.IsNaN(d) && !math.IsInf(d, 0) {
				sum[k] += c.factor(in) * u * d
			}
		}
	}
	return sum
}

// gradBound is what a gradient may differ by: gradients are chains of a few
// ops, whose intermediate results may be as large as the operands or the
// largest element of the gradient itself.
func (c testCase) gradBound(in, out []*op.Array, want *op.Array) bound {
	u := coarsest(in, append(out, want)...)
	m := max(magnitude(in), magnitude([]*op.Array{want}))
	return bound{rel: 4 * c.factor(in) * u, abs: 4 * c.factor(in) * u * m}
}

// factor is the number of roundings that may add up: 16 for the polynomials
// and the steps of a formula (none of the table's primitives exceeds 4 ulp), and
// the square root of the number of terms for those ops that sum (random signs;
// a tree or lanes keep the worst case below that too).
func (c testCase) factor(in []*op.Array) float64 {
	if _, _, _, elementwise := c.op.Elementwise(); elementwise {
		return 16
	}
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

// extreme returns a function that reports whether element i of a result, or an
// operand it was computed from, is so large or small that float32 may overflow
// or underflow on the way where float64 does not. Only samples of special points
// have such elements; what they should give is checked on the others: zeros,
// infinities, NaN. A result whose shape is not that of the operands (it was
// summed) counts as extreme if any operand is.
func (c testCase) extreme(in []*op.Array, result *op.Array) func(i int) bool {
	if !c.sample.Bent || c.op.View != nil || coarsest(in, result) < unit(dtype.Float32) {
		return func(int) bool { return false }
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

// compare returns an error that names the first element out of bounds. NaN and
// infinities must be in the same places.
func compare(got []float64, want *op.Array, b bound, extreme func(i int) bool) error {
	d := want.DType()
	for i, g := range got {
		w := want.Data[i]
		if d.IsFloat() && extreme(i) {
			continue
		}
		r := op.RoundTo(w, d)
		switch {
		case math.IsNaN(g) && math.IsNaN(w), g == w, g == r:
			continue
		case d.IsFloat() && !math.IsNaN(g) && !math.IsNaN(w) && math.IsInf(r, 0) && math.Abs(g) > largest(d)*(1-64*unit(d)):
			continue // the last step before overflow
		case !d.IsFloat() || math.IsNaN(g) || math.IsNaN(w) || math.IsInf(g, 0) || math.IsInf(w, 0):
		case math.Abs(g-w) <= b.of(i, w)+unit(d)*math.Abs(w):
			continue
		}
		return fmt.Errorf("element %d of %v%v is %v, want %v within %.3g", i, d, want.Shape(), g, w, b.of(i, w))
	}
	return nil
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
