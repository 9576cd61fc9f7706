package nn

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

// ClipGradNorm scales the gradients of params, taken together as one vector, so
// that its norm is at most max, and returns the norm it had. That is the Euclidean
// norm, or another: the p-th root of the sum of |g|**p, the largest |g| if p is
// infinite. Powers are summed in float32, or of float64 in that: those of float16
// would soon leave its range.
func ClipGradNorm(params []*tensor.Tensor, max float64, p ...float64) float64 {
	power := 2.0
	switch {
	case len(p) > 1 || len(p) == 1 && !(p[0] > 0):
		panic(misuse("clipgradnorm", "norm of %v, want one number above 0", p))
	case len(p) == 1:
		power = p[0]
	}
	norm := gradNorm(gradients(params), power)
	scale := max / (norm + 1e-6)
	if scale < 1 || math.IsNaN(scale) {
		tensor.ScaleAll(scale, gradients(params))
	}
	return norm
}

// gradNorm returns the norm of gradients as one vector.
func gradNorm(grads []*tensor.Tensor, p float64) float64 {
	var total *tensor.Tensor // of powers, or the largest
	for _, g := range grads {
		if g.Numel() == 0 {
			continue
		}
		part := tensor.Temporaries(g.Device(), func(b op.Builder) []op.Value {
			d := dtype.Float32
			if g.DType() == dtype.Float64 {
				d = dtype.Float64
			}
			var sum op.Value
			switch {
			case math.IsInf(p, 1):
				sum = b.Cast(b.Apply(op.AMax, op.ReduceAttrs{}, b.Apply(op.Abs, nil, g)[0])[0], d)
			case p == 2:
				sum = b.MapSumTo(square, nil, d, nil, g)
			default:
				sum = b.MapSumTo(powers, []float64{p}, d, nil, g)
			}
			switch {
			case total == nil:
			case math.IsInf(p, 1):
				sum = b.Apply(op.Maximum, nil, total, sum)[0]
			default:
				sum = b.Add(total, sum)
			}
			return []op.Value{sum}
		})[0]
		if total != nil {
			total.Free()
		}
		total = part
	}
	if total == nil {
		return 0
	}
	defer total.Free()
	switch x := total.Item(); { // waits for the device, once
	case math.IsInf(p, 1):
		return x
	case p == 2:
		return math.Sqrt(x)
	default:
		return math.Pow(x, 1/p)
	}
}

var square = op.NewFn(floats(1), nil, func(in, _ []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{in[0].Square()}
})

var powers = op.NewFn(floats(1), floats(1), func(in, p []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{in[0].Abs().Pow(p[0])}
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
