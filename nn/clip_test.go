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

// Other norms of (3, 0), (-4): the largest is 4, the sum 7, the third root of 91.
func TestClipGradOtherNorms(t *testing.T) {
	for p, want := range map[float64]float64{math.Inf(1): 4, 1: 7, 3: math.Cbrt(91), 2: 5} {
		var params []*tensor.Tensor
		for _, g := range [][]float64{{3, 0}, {-4}, {}} {
			x := tensor.Zeros(tensor.CPU(), dtype.Float64, len(g)).SetRequiresGrad(true)
			x.SetGrad(tensor.From(tensor.CPU(), g))
			params = append(params, x)
		}
		if n := nn.ClipGradNorm(params, 1, p); math.Abs(n-want) > 1e-12*want {
			t.Errorf("norm %v is %v, want %v", p, n, want)
		}
		if got, want := params[0].Grad().Float64s()[0], 3/(want+1e-6); math.Abs(got-want) > 1e-12 {
			t.Errorf("norm %v: gradient %v, want %v", p, got, want)
		}
	}
	if err := tensor.Try(func() error { nn.ClipGradNorm(nil, 1, -1); return nil }); err == nil {
		t.Error("a norm of -1 is no error")
	}
}
