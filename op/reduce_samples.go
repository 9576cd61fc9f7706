package op

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
)

// namedSamples tries o on axes of all sorts and on the types it takes.
func namedSamples(r *Rand, o *Op, by By) []Sample {
	var l []Sample
	try := func(name string, x *Array, a ReduceAttrs) {
		if _, err := o.Infer([]Meta{x.Meta}, a); err == nil { // Mean wants floats
			l = append(l, Sample{Name: name, In: []*Array{x}, Attrs: a})
		}
	}
	floats := func(d dtype.DType, s ...int) *Array {
		if by == ByMax || by == ByMin {
			x := r.Distinct(0.25, s...)
			x.Meta.DType = d
			return x
		}
		return r.Floats(d, 0.5, 2, s...)
	}
	for _, s := range []struct {
		name string
		s    []int
		a    ReduceAttrs
	}{
		{"all axes", []int{2, 3, 4}, ReduceAttrs{}},
		{"last axis", []int{2, 3, 4}, ReduceAttrs{Axes: []int{-1}}},
		{"first axis", []int{2, 3, 4}, ReduceAttrs{Axes: []int{0}}},
		{"middle axis, kept", []int{2, 3, 4}, ReduceAttrs{Axes: []int{1}, Keep: true}},
		{"outer axes", []int{2, 3, 4}, ReduceAttrs{Axes: []int{0, -1}}},
		{"inner axes out of order, kept", []int{2, 3, 4}, ReduceAttrs{Axes: []int{2, 1}, Keep: true}},
		{"scalar", nil, ReduceAttrs{}},
		{"scalar, axis 0", nil, ReduceAttrs{Axes: []int{0}}},
		{"axis of size 1", []int{3, 1}, ReduceAttrs{Axes: []int{1}}},
		{"an odd number", []int{1003}, ReduceAttrs{}},
		{"many rows", []int{130, 3}, ReduceAttrs{Axes: []int{0}}},
		{"no rows", []int{0, 3}, ReduceAttrs{Axes: []int{1}}},
		{"sum of nothing", []int{3, 0}, ReduceAttrs{Axes: []int{1}}},
	} {
		for _, d := range []dtype.DType{dtype.Float32, dtype.Float64} {
			if by == ByProd && len(s.s) == 1 && s.s[0] > 100 {
				try(s.name, r.Floats(d, 0.95, 1.05, s.s...), s.a)
				continue
			}
			try(s.name, floats(d, s.s...), s.a)
		}
	}
	for _, d := range []dtype.DType{dtype.Float16, dtype.BFloat16, dtype.Int64, dtype.Int32, dtype.Uint8, dtype.Bool} {
		x := floats(dtype.Float32, 2, 3).Round(d)
		if !d.IsFloat() {
			x = r.anyOf(d, 2, 3)
		}
		try(d.String(), x, ReduceAttrs{Axes: []int{1}})
		try(d.String(), x, ReduceAttrs{})
	}
	many := NewArray(dtype.Bool, 2, 512) // a sum of ones that is 0 in 8 bits
	for i := range many.Data[:512+511] {
		many.Data[i] = 1
	}
	try("all true, and but one", many, ReduceAttrs{Axes: []int{1}})
	try("all false", NewArray(dtype.Bool, 3, 2), ReduceAttrs{Axes: []int{0}})
	if o.Name == "sum" || o.Name == "prod" || o.Name == "mean" {
		try("to float64", floats(dtype.Float32, 2, 3), ReduceAttrs{Axes: []int{0}, Type: dtype.Float64})
	}
	return append(l, bentReductions(by)...)
}

// bentReductions are ties, zeros of a product, infinities and NaN.
func bentReductions(by By) []Sample {
	nan, inf := math.NaN(), math.Inf(1)
	var l []Sample
	for _, c := range []struct {
		name string
		rows [3][]float64
	}{
		{"ties and zeros", [3][]float64{{2, 2, 1}, {0, 3, 0}, {0, -1, 4}}},
		{"infinities", [3][]float64{{inf, 1, 2}, {-inf, 1, 2}, {inf, -inf, 0}}},
		{"NaN first, in the middle, last", [3][]float64{{nan, 1, 2}, {1, nan, 2}, {inf, 1, nan}}},
	} {
		x := NewArray(dtype.Float32, 3, 3)
		for i, row := range c.rows {
			copy(x.Data[3*i:], row)
		}
		l = append(l, Sample{Name: c.name, In: []*Array{x}, Attrs: ReduceAttrs{Axes: []int{1}}, Bent: true})
	}
	return l
}

// namedErrors are refused by o; ByMax and ByMin have no result for no elements.
func namedErrors(by By) []ErrorSample {
	x := []*Array{NewArray(dtype.Float32, 2, 3)}
	l := []ErrorSample{
		{Sample{Name: "no such axis", In: x, Attrs: ReduceAttrs{Axes: []int{2}}}, ErrShape},
		{Sample{Name: "no such axis", In: x, Attrs: ReduceAttrs{Axes: []int{-3}}}, ErrShape},
		{Sample{Name: "an axis twice", In: x, Attrs: ReduceAttrs{Axes: []int{0, -2}}}, ErrShape},
	}
	if by == ByMax || by == ByMin {
		l = append(l, ErrorSample{Sample{Name: "nothing to choose from", In: []*Array{NewArray(dtype.Float32, 2, 0)}, Attrs: ReduceAttrs{Axes: []int{1}}}, ErrShape})
	}
	return l
}

func reduceSamples(r *Rand) []Sample {
	squares := fn2(func(x, y V) V { return x.Sub(y).Square() })
	product := fn2(func(x, y V) V { return x.Mul(y).Add(x) })
	var l []Sample
	for _, d := range []dtype.DType{dtype.Float32, dtype.Float64} {
		x, y := r.Floats(d, 0.5, 2, 2, 3, 4), r.Floats(d, 0.5, 2, 3, 1)
		l = append(l,
			Sample{Name: "sum of squared differences", In: []*Array{x, y}, Attrs: &ReduceMapAttrs{Fn: squares, By: BySum, Axes: []int{0, 2}, Out: d}},
			Sample{Name: "mean, all axes", In: []*Array{x, y}, Attrs: &ReduceMapAttrs{Fn: squares, By: BySum, Over: 24, Keep: true, Out: d}},
			Sample{Name: "product", In: []*Array{x, y}, Attrs: &ReduceMapAttrs{Fn: product, By: ByProd, Axes: []int{1}, Out: d}},
			Sample{Name: "largest", In: []*Array{x, y}, Attrs: &ReduceMapAttrs{Fn: product, By: ByMax, Axes: []int{2}, Keep: true, Out: d}},
			Sample{Name: "smallest", In: []*Array{x, y}, Attrs: &ReduceMapAttrs{Fn: product, By: ByMin, Axes: []int{1, 2}, Out: d}},
			Sample{Name: "no rows", In: []*Array{r.Floats(d, 0, 1, 0, 4), r.Floats(d, 0, 1, 4)}, Attrs: &ReduceMapAttrs{Fn: squares, By: BySum, Axes: []int{0}, Out: d}})
	}
	return l
}
