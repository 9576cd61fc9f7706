package conformance

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// A deviation says how far results were from the reference: the largest error in
// units of its bound, and the largest in units in the last place, with the
// element that had it.
type deviation struct {
	share float64
	ulp   float64
	at    string
}

// with returns the larger of both.
func (d deviation) with(e deviation) deviation {
	if e.ulp > d.ulp {
		d.ulp, d.at = e.ulp, e.at
	}
	d.share = max(d.share, e.share)
	return d
}

// spacing is the distance between neighbours of x in type d.
func spacing(d dtype.DType, x float64) float64 {
	least := map[dtype.DType]float64{dtype.Float64: 0x1p-1074, dtype.Float32: 0x1p-149, dtype.Float16: 0x1p-24, dtype.BFloat16: 0x1p-133}[d]
	if x == 0 {
		return least
	}
	_, e := math.Frexp(x)
	return max(math.Ldexp(unit(d), e), least)
}

// worstULP finds the element with the largest error in units in the last place:
// of its own for results of elementwise ops, else of the largest element, as
// sums that cancel have no accuracy of their own.
func worstULP(got []float64, want *op.Array, own bool, extreme func(i int) bool) (ulp float64, at int) {
	d := want.DType()
	if !d.IsFloat() {
		return 0, 0
	}
	top := 0.0
	if !own {
		top = magnitudeOf(want.Data)
	}
	for i, g := range got {
		w := want.Data[i]
		if e := math.Abs(g - w); e > 0 && e < math.Inf(1) && g != op.RoundTo(w, d) && !extreme(i) {
			if u := e / spacing(d, max(math.Abs(w), top)); u > ulp {
				ulp, at = u, i
			}
		}
	}
	return ulp, at
}

// magnitudeOf is the largest finite magnitude.
func magnitudeOf(data []float64) float64 {
	m := 0.0
	for _, x := range data {
		if x = math.Abs(x); x > m && x < math.Inf(1) {
			m = x
		}
	}
	return m
}

// place describes an element and the operands that it was computed from, as far
// as these are at the same place of their arrays.
func place(i int, got, want float64, in []*op.Array, shape []int) string {
	s := fmt.Sprintf("element %d is %v, want %v", i, got, want)
	var of []string
	for _, a := range in {
		if slices.Equal(a.Shape(), shape) {
			of = append(of, fmt.Sprint(a.Data[i]))
		} else if len(a.Data) == 1 {
			of = append(of, fmt.Sprint(a.Data[0]))
		}
	}
	if of != nil {
		s += ", of " + strings.Join(of, ", ")
	}
	return s
}
