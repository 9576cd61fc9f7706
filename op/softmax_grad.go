package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
)

// The gradients of the softmax family, so that a backend can compute each in one
// pass over its rows.
var (
	SoftmaxGrad = softmaxGrad("softmaxgrad", "returns the gradient that softmax passes back along an axis, from that of its result, and its result.",
		func(b Builder, g, y Value, axis int) []Value {
			return b.Map(softmaxBack, nil, g, y, b.foldSum(product, nil, y.DType(), []int{axis}, g, y))
		})

	LogSoftmaxGrad = softmaxGrad("logsoftmaxgrad", "returns the gradient that logsoftmax passes back along an axis, from that of its result, and its result.",
		func(b Builder, g, y Value, axis int) []Value {
			return b.Map(logSoftmaxBack, nil, g, y, b.Sum(g, []int{axis}, true))
		})
)

func softmaxGrad(name, doc string, back func(b Builder, g, y Value, axis int) []Value) *Op {
	return register(&Op{
		Name: name, Doc: doc,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 2, 2); err != nil {
				return nil, err
			}
			if !slices.Equal(in[0].Shape, in[1].Shape) || in[0].DType != in[1].DType {
				return nil, shapeError("gradient %v %v, result %v %v: want the same", in[0].DType, in[0].Shape, in[1].DType, in[1].Shape)
			}
			return inferSoftmax(in[:1], attrs)
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			return back(b, in[0], in[1], attrs.(AxisAttrs).Axis)
		},
		Samples: func(r *Rand) []Sample {
			result := func(s ...int) *Array { return r.Floats(dtype.Float32, -2, 0, s...) }
			return []Sample{
				{In: []*Array{r.Normal(3, 5), result(3, 5)}, Attrs: AxisAttrs{1}},
				{Name: "first axis", In: []*Array{r.Normal(3, 5), result(3, 5)}, Attrs: AxisAttrs{0}},
				{Name: "float64", In: []*Array{r.Floats(dtype.Float64, -1, 1, 2, 4), r.Floats(dtype.Float64, -2, 0, 2, 4)}, Attrs: AxisAttrs{1}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "axis", In: []*Array{x, x}, Attrs: AxisAttrs{2}}, ErrShape},
				{Sample{Name: "result", In: []*Array{x, NewArray(dtype.Float32, 3)}, Attrs: AxisAttrs{0}}, ErrShape},
				{Sample{Name: "integers", In: []*Array{NewArray(dtype.Int64, 2), NewArray(dtype.Int64, 2)}, Attrs: AxisAttrs{0}}, ErrDType},
			}
		},
	})
}
