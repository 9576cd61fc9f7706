package nn_test

import (
	"math"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

func TestClipGrad(t *testing.T) {
	param := func(grad ...float64) *tensor.Tensor {
		p := tensor.Zeros(tensor.CPU(), dtype.Float64, len(grad)).SetRequiresGrad(true)
		p.SetGrad(tensor.From(tensor.CPU(), grad))
		return p
	}
	params := []*tensor.Tensor{param(3, 0), param(-4), tensor.Zeros(tensor.CPU(), dtype.Float64, 2)} // the last has none
	if n := nn.ClipGradNorm(params, 10); n != 5 || params[0].Grad().Float64s()[0] != 3 {
		t.Errorf("norm %v, first gradient %v; want 5 and unchanged", n, params[0].Grad().Float64s())
	}
	nn.ClipGradNorm(params, 1)
	if got := params[1].Grad().Float64s()[0]; math.Abs(got+0.8) > 1e-6 { // PyTorch adds 1e-6 to the norm
		t.Errorf("gradient %v, want -0.8", got)
	}
	nn.ClipGradValue(params, 0.5)
	if got := params[1].Grad().Float64s(); !slices.Equal(got, []float64{-0.5}) {
		t.Errorf("gradient %v, want [-0.5]", got)
	}
}

// 300² is beyond float16, 1e-4² below it. The scalars and vectors of both types
// make one norm.
func TestClipGradNormHalf(t *testing.T) {
	for _, d := range []dtype.DType{dtype.Float16, dtype.BFloat16} {
		for _, c := range []struct{ grad, other, want float64 }{{300, 0, 600}, {1e-4, 0, 2e-4}, {0, 3, 3}} {
			p, q := tensor.Zeros(tensor.CPU(), d, 4).SetRequiresGrad(true), tensor.Zeros(tensor.CPU(), dtype.Float32).SetRequiresGrad(true)
			p.SetGrad(tensor.Full(tensor.CPU(), d, c.grad, 4))
			q.SetGrad(tensor.Full(tensor.CPU(), dtype.Float32, c.other))
			n := nn.ClipGradNorm([]*tensor.Tensor{p, q}, 1)
			if math.Abs(n-c.want) > 0.004*c.want { // 1e-4 is rounded to the type: 1/256 of it
				t.Errorf("%v: norm %v, want %v", d, n, c.want)
			}
			if got := p.Grad().Select(0, 0).Item(); c.grad == 300 && math.Abs(got-0.5) > 0.004 {
				t.Errorf("%v: gradient %v, want 0.5", d, got)
			}
		}
	}
}
