package op

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// FullAttrs gives the shape, type and value of Full.
type FullAttrs struct {
	Shape []int
	DType dtype.DType
	Value float64
}

// Full fills a new value.
var Full = register(&Op{
	Name: "full", Doc: "returns a value of the given shape whose elements are all the same number.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		a := attrs.(*FullAttrs)
		return []Meta{{a.Shape, a.DType}}, nil
	},
	Lower: func(in []Meta, attrs any) (*Fn, []float64) {
		a := attrs.(*FullAttrs)
		if a.DType.IsFloat() {
			return fullFloat, []float64{a.Value}
		}
		return fullInt, []float64{a.Value}
	},
	Samples: func(r *Rand) []Sample {
		return []Sample{
			{Attrs: &FullAttrs{[]int{2, 3}, dtype.Float32, 1.5}},
			{Attrs: &FullAttrs{nil, dtype.Int64, -7}},
			{Attrs: &FullAttrs{[]int{0, 4}, dtype.Bool, 1}},
		}
	},
})

var (
	fullFloat = NewFn(nil, []pointwise.Kind{pointwise.Float}, func(_, u []V) []V { return u })
	fullInt   = NewFn(nil, []pointwise.Kind{pointwise.Int}, func(_, u []V) []V { return u })
)
