package nn_test

import (
	"math"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/nn/functional"
	"github.com/hekla-ml/hekla/tensor"
)

// waves returns sin(3i²+i), numbers without order that any language makes.
func waves(sizes ...int) *tensor.Tensor {
	n := 1
	for _, s := range sizes {
		n *= s
	}
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Sin(float64(3*i*i + i))
	}
	return tensor.From(tensor.CPU(), x, sizes...)
}

// TestFractional compares with PyTorch 1.13: torch.nn.functional.fractional_max_pool2d
// and 3d of waves with given _random_samples, return_indices=True.
func TestFractional(t *testing.T) {
	of := func(x ...float64) []float64 { return x }
	for _, c := range []struct {
		name    string
		x       []int
		f       nn.Fractional
		samples []float64
		want    []int64
		want32  []int64 // where float32 rounds a place to another element
	}{
		{"2d", []int{2, 2, 7, 6}, nn.Fractional{Kernel: []int{2, 3}, Size: []int{3, 2}}, of(.1, .9, .5, .3, .7, .2, .95, .05),
			[]int64{2, 4, 20, 23, 32, 33, 7, 5, 20, 29, 36, 35, 1, 11, 24, 28, 32, 40, 1, 9, 13, 16, 36, 39}, nil},
		{"3d", []int{1, 2, 5, 6, 7}, nn.Fractional{Kernel: []int{2}, Size: []int{2, 3, 4}}, of(.1, .9, .4, .5, .3, .8),
			[]int64{49, 2, 4, 47, 56, 23, 61, 62, 71, 79, 33, 33, 127, 135, 137, 139, 182, 142, 187, 187, 197, 156, 165, 208, 43, 10, 10, 13, 63, 66, 66, 19, 29, 30, 38, 76, 168, 136, 136, 139, 147, 149, 192, 194, 155, 206, 207, 201},
			[]int64{49, 2, 4, 47, 56, 23, 61, 62, 71, 79, 33, 33, 127, 135, 137, 139, 182, 142, 187, 187, 197, 156, 165, 208, 43, 43, 10, 13, 63, 23, 66, 19, 29, 29, 38, 76, 168, 128, 136, 139, 147, 149, 192, 194, 155, 155, 207, 201}},
		{"ratio", []int{1, 1, 8, 8}, nn.Fractional{Kernel: []int{2}, Ratio: []float64{.5}}, of(.3, .6),
			[]int64{9, 2, 4, 6, 25, 27, 20, 23, 33, 34, 44, 47, 56, 58, 52, 62}, nil},
		{"one window", []int{1, 1, 8, 8}, nn.Fractional{Kernel: []int{2}, Size: []int{1}}, of(.3, .6), []int64{62}, nil},
	} {
		axes := len(c.x) - 2
		samples := tensor.From(tensor.CPU(), c.samples, c.x[0], c.x[1], axes)
		for _, d := range floatTypes {
			x := waves(c.x...).To(d).SetRequiresGrad(true)
			y, at := functional.FractionalMaxPool(x, samples, c.f)
			want := c.want
			if d == dtype.Float32 && c.want32 != nil {
				want = c.want32
			}
			if got := tensor.Data[int64](at); !slices.Equal(got, want) {
				t.Errorf("%s %v: indices %v, want %v", c.name, d, got, want)
			}
			if c.name != "2d" {
				continue
			}
			autograd.Backward(y.Mul(waves(y.Shape()...).To(d)).Sum())
			sum := 0.0
			for _, g := range x.Grad().Float64s() {
				sum += math.Abs(g)
			}
			if math.Abs(sum-17.70657273982036) > map[dtype.DType]float64{dtype.Float64: 1e-12, dtype.Float32: 1e-5}[d] {
				t.Errorf("%s: the gradients' absolute sum is %v, PyTorch's 17.70657273982036", c.name, sum)
			}
		}
	}
}

// TestFractionalLayer: windows are drawn anew, and cover the image from end to end.
func TestFractionalLayer(t *testing.T) {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	x := waves(3, 9, 9).To(dtype.Float32) // no batch axis
	p := b.FractionalMaxPool2d(nn.Fractional{Kernel: []int{2}, Size: []int{4}})
	first, second := p.Forward(x), p.Forward(x)
	if !slices.Equal(first.Shape(), []int{3, 4, 4}) || slices.Equal(first.Float64s(), second.Float64s()) {
		t.Errorf("shape %v; twice the same windows", first.Shape())
	}
	if y := b.FractionalMaxPool3d(nn.Fractional{Kernel: []int{2}, Ratio: []float64{.5}}).Forward(waves(1, 2, 4, 6, 8)); !slices.Equal(y.Shape(), []int{1, 2, 2, 3, 4}) {
		t.Errorf("3d: %v", y.Shape())
	}
	if len(nn.Generators(nn.Sequential{p})) != 1 {
		t.Error("its stream is not part of a run")
	}
	err := tensor.Try(func() error {
		b.FractionalMaxPool2d(nn.Fractional{Kernel: []int{4}, Size: []int{7}}).Forward(x)
		return nil
	})
	if err == nil {
		t.Error("windows that do not fit are no error")
	}
}

// TestAdaptiveLogSoftmax compares with PyTorch 1.13: AdaptiveLogSoftmaxWithLoss(8,
// 12, [3, 7], div_value=2, head_bias=True), element i of parameter k being
// sin(3i²+i+k), of waves [6, 8].
func TestAdaptiveLogSoftmax(t *testing.T) {
	a := nn.On(tensor.CPU(), dtype.Float64, 1).AdaptiveLogSoftmaxWithLoss(8, 12, []int{3, 7}, nn.AdaptiveSoftmaxConfig{Divide: 2, Bias: true})
	k := 0
	var names []string
	for name, p := range nn.NamedParameters(a) {
		names = append(names, name)
		x := make([]float64, p.Numel())
		for i := range x {
			x[i] = math.Sin(float64(3*i*i + i + k))
		}
		p.Detach().CopyInPlace(tensor.From(tensor.CPU(), x, p.Shape()...))
		k++
	}
	if want := []string{"head.weight", "head.bias", "tail.0.0.weight", "tail.0.1.weight", "tail.1.0.weight", "tail.1.1.weight"}; !slices.Equal(names, want) {
		t.Errorf("parameters %v, want %v", names, want)
	}
	near := func(what string, got []float64, want ...float64) {
		t.Helper()
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-12*max(1, math.Abs(want[i])) {
				t.Errorf("%s: %v, want %v", what, got, want)
				return
			}
		}
	}
	sum := func(t *tensor.Tensor) []float64 { return t.Abs().Sum().Float64s() }
	x := waves(6, 8).SetRequiresGrad(true)
	logp, loss := a.Forward(x, tensor.From(tensor.CPU(), []int64{0, 3, 11, 7, 2, 6}))
	near("logarithms", logp.Float64s(), -0.013412531498697835, -6.977956106227749, -9.525460142252696, -8.413772638666234, -2.7178683208656165, -4.533675581457433)
	near("loss", loss.Float64s(), 5.3636908868280715)
	autograd.Backward(loss)
	near("gradient of x", sum(x.Grad()), 7.539964555242072)
	want := []float64{5.214582604391984, 0.5940695718575421, 2.9148177074604975, 1.7033139153775292, 2.318244317358868, 1.7251497754334588}
	for i, p := range nn.Parameters(a) {
		near("gradient of "+names[i], sum(p.Grad()), want[i])
	}
	all := a.LogProb(x)
	near("all", []float64{all.Float64s()[0], all.Float64s()[5], all.Float64s()[13], all.Float64s()[30], all.Float64s()[71]}, -0.013412531498697835, -13.022932677870962, -0.12604119694686206, -13.117536422507847, -2.8936297548700654)
	if got := tensor.Data[int64](a.Predict(x)); !slices.Equal(got, []int64{0, 1, 2, 5, 8, 0}) {
		t.Errorf("predicts %v", got)
	}
	one, _ := a.Forward(x.Select(0, 2), tensor.Scalar(tensor.CPU(), int64(11)))
	near("one", one.Float64s(), -9.525460142252696)
	for what, f := range map[string]func(){
		"target":  func() { a.Forward(x, tensor.From(tensor.CPU(), []int64{0, 0, 0, 0, 0, 12})) },
		"cutoffs": func() { nn.On(tensor.CPU(), dtype.Float64, 1).AdaptiveLogSoftmaxWithLoss(8, 12, []int{7, 3}) },
	} {
		if tensor.Try(func() error { f(); return nil }) == nil {
			t.Errorf("a wrong %s is no error", what)
		}
	}
}

// TestTripletDistance compares with PyTorch 1.13's triplet_margin_with_distance_loss
// for the largest difference as distance, and with TripletMargin.
func TestTripletDistance(t *testing.T) {
	a, p, n := waves(3, 4), waves(3, 4).Cos(), waves(3, 4).Exp()
	margin := 0.7
	largest := func(x, y *tensor.Tensor) *tensor.Tensor { return x.Sub(y).Abs().Max(1) }
	for _, swap := range []bool{false, true} {
		got := nn.TripletMarginWithDistance(a, p, n, nn.TripletLoss{Distance: largest, Margin: &margin, Swap: swap}).Item()
		if math.Abs(got-0.6015480590162016) > 1e-12 {
			t.Errorf("swap %v: %v, want 0.6015480590162016", swap, got)
		}
	}
	if got, want := nn.TripletMarginWithDistance(a, p, n).Item(), nn.TripletMargin(a, p, n).Item(); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, TripletMargin gives %v", got, want)
	}
}
