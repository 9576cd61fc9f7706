package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

func mapSamples(r *Rand) []Sample {
	polar := NewFn(floats(2), nil, func(in, _ []V) []V {
		return []V{in[0].Mul(in[1].Cos()), in[0].Mul(in[1].Sin())}
	})
	gate := fn2(func(x, y V) V { return x.Sigmoid().Mul(y) })
	axpy := NewFn(floats(2), floats(1), func(in, u []V) []V { return []V{u[0].Mul(in[0]).Add(in[1])} })
	ramp := NewFn(nil, nil, func(_, _ []V) []V { return []V{pointwise.Index().Convert(pointwise.Float).Mul(pointwise.Const(0.5))} })
	var l []Sample
	for _, d := range []dtype.DType{dtype.Float32, dtype.Float64} {
		one, two := []dtype.DType{d}, slices.Repeat([]dtype.DType{d}, 2)
		x := r.Floats(d, -3, 3, 2, 3)
		l = append(l,
			Sample{Name: "two outputs", In: []*Array{x, r.Floats(d, -3, 3, 2, 3)}, Attrs: &MapAttrs{Fn: polar, Out: two}},
			Sample{Name: "row broadcasts", In: []*Array{x, r.Floats(d, -3, 3, 3)}, Attrs: &MapAttrs{Fn: gate, Out: one}},
			Sample{Name: "column broadcasts", In: []*Array{r.Floats(d, -3, 3, 2, 1), x}, Attrs: &MapAttrs{Fn: gate, Out: one}},
			Sample{Name: "scalar argument", In: []*Array{x, r.Floats(d, -3, 3)}, Attrs: &MapAttrs{Fn: axpy, Uniforms: []float64{0.75}, Out: one}},
			Sample{Name: "given shape", In: []*Array{r.Floats(d, -3, 3, 3), r.Floats(d, -3, 3)}, Attrs: &MapAttrs{Fn: gate, Out: one, Shape: []int{2, 3}}},
			Sample{Name: "index", Attrs: &MapAttrs{Fn: ramp, Out: one, Shape: []int{2, 3}}},
			Sample{Name: "empty", In: []*Array{r.Floats(d, 0, 1, 0, 3), r.Floats(d, 0, 1, 3)}, Attrs: &MapAttrs{Fn: gate, Out: one}})
	}
	return l
}
