package nn

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

// ClipGradNorm scales the gradients of params, taken together as one vector, so
// that its norm is at most max, and returns the norm it had. Squares are summed in
// float32, or of float64 in that: those of float16 would soon leave its range.
func ClipGradNorm(params []*tensor.Tensor, max float64) float64 {
	var squares *tensor.Tensor
	for _, g := range gradients(params) {
		s := tensor.Temporaries(g.Device(), func(b op.Builder) []op.Value {
			d := dtype.Float32
			if g.DType() == dtype.Float64 {
				d = dtype.Float64
			}
			sum := b.MapSumTo(square, nil, d, nil, g)
			if squares != nil {
				sum = b.Add(squares, sum)
			}
			return []op.Value{sum}
		})[0]
		if squares != nil {
			squares.Free()
		}
		squares = s
	}
	if squares == nil {
		return 0
	}
	norm := math.Sqrt(squares.Item()) // waits for the device, once
	squares.Free()
	scale := max / (norm + 1e-6)
	if scale < 1 || math.IsNaN(scale) {
		tensor.ScaleAll(scale, gradients(params))
	}
	return norm
}

var square = op.NewFn(floats(1), nil, func(in, _ []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{in[0].Square()}
})

// ClipGradValue limits the elements of the gradients of params to ±max.
func ClipGradValue(params []*tensor.Tensor, max float64) {
	var lists [][]*tensor.Tensor
	for _, g := range gradients(params) {
		lists = append(lists, []*tensor.Tensor{g})
	}
	tensor.UpdateAll(clamp, []float64{max}, lists, lists)
}

// gradients returns those that there are.
func gradients(params []*tensor.Tensor) (l []*tensor.Tensor) {
	for _, p := range params {
		if g := p.Grad(); g != nil {
			l = append(l, g)
		}
	}
	return l
}

var clamp = op.NewFn(floats(1), floats(1), func(in, max []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{in[0].Max(max[0].Neg()).Min(max[0])}
})
