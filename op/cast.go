package op

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// Cast changes the element type. Its attribute is the dtype.DType to give.
var Cast = register(&Op{
	Name: "cast", Doc: "returns x with another element type: floats truncate to integers, and to bool everything but 0 is true.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		d, ok := attrs.(dtype.DType)
		if !ok || d == dtype.Invalid {
			return nil, attrError("cast to %v: want an element type", attrs)
		}
		return []Meta{{in[0].Shape, d}}, nil
	},
	Lower: func(in []Meta, attrs any) (*Fn, []float64) {
		return castFns[kindOf(in[0].DType)][kindOf(attrs.(dtype.DType))], nil
	},
	Samples: castSamples,
	Errors: func() []ErrorSample {
		x := NewArray(dtype.Float32, 2)
		return []ErrorSample{{Sample{Name: "no type", In: []*Array{x}, Attrs: dtype.Invalid}, ErrAttr}}
	},
})

// castFns holds the function of each pair of kinds, made at start so that
// Lower, which runs on every call, only looks it up.
var castFns = func() (fns [5][5]*Fn) {
	for _, from := range []pointwise.Kind{pointwise.Float, pointwise.Int, pointwise.Bool} {
		for _, to := range []pointwise.Kind{pointwise.Float, pointwise.Int, pointwise.Bool} {
			fns[from][to] = NewFn([]pointwise.Kind{from}, nil, func(in, _ []V) []V { return []V{in[0].Convert(to)} })
		}
	}
	return fns
}()

func castSamples(r *Rand) []Sample {
	var l []Sample
	for _, from := range dtype.All() {
		for _, to := range dtype.All() {
			x := r.anyOf(from, 2, 5)
			if from.IsFloat() && to == dtype.Uint8 {
				for i := range x.Data { // a negative float has no uint8; what it wraps to is untested
					x.Data[i] = max(x.Data[i], -x.Data[i])
				}
			}
			l = append(l, Sample{Name: from.String() + " to " + to.String(), In: []*Array{x}, Attrs: to})
		}
	}
	for _, s := range [][]int{nil, {0}, {3, 0}} {
		l = append(l, Sample{Name: "float32 to int32", In: []*Array{r.anyOf(dtype.Float32, s...)}, Attrs: dtype.Int32})
	}
	return l
}

// anyOf returns an array of type d: floats in [-3, 3], small integers, bools.
func (r *Rand) anyOf(d dtype.DType, s ...int) *Array {
	switch {
	case d.IsFloat():
		return r.Floats(d, -3, 3, s...)
	case d == dtype.Bool:
		return r.Ints(d, 0, 2, s...)
	case d == dtype.Uint8:
		return r.Ints(d, 0, 10, s...)
	}
	return r.Ints(d, -9, 10, s...)
}
