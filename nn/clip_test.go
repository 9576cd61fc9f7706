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
