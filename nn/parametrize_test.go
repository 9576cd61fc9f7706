package nn_test

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

var antialiased = []struct {
	what string
	u    nn.Upsample
	want []float64
}{
	{"bilinear", nn.Upsample{Size: []int{2, 3}, Mode: nn.ResizeLinear, Antialias: true}, []float64{7.2, 13, 21.6, 50.2, 68, 88.6}},
	{"bilinear, corners", nn.Upsample{Size: []int{2, 3}, Mode: nn.ResizeLinear, Antialias: true, AlignCorners: true}, []float64{18.5179, 29.7143, 40.3571, 57.625, 80.4445, 99.8333}},
	{"bicubic", nn.Upsample{Size: []int{2, 3}, Mode: nn.ResizeCubic, Antialias: true}, []float64{4.2188, 9.7492, 18.5728, 50.4896, 70.4876, 93.7787}},
	{"bicubic, corners", nn.Upsample{Size: []int{2, 3}, Mode: nn.ResizeCubic, Antialias: true, AlignCorners: true}, []float64{16.1801, 27.6599, 39.4337, 62.3445, 88.8559, 112.4914}},
}

// PyTorch 1.13: weight_norm of a Linear with weight [[3, 4], [1, 0]] on [1, 2], the
// gradient of y[0] + 3*y[1].
func TestWeightNorm(t *testing.T) {
	l := host().Linear(2, 2)
	l.Weight.Detach().CopyInPlace(tensor.From(tensor.CPU(), []float64{3, 4, 1, 0}, 2, 2))
	nn.Zeros(l.Bias)
	p := nn.WeightNorm(l)
	names := map[string]*tensor.Tensor{}
	var order []string
	for name, x := range nn.NamedParameters(p) {
		names[name] = x
		order = append(order, name)
	}
	want := []string{"bias", "parametrizations.weight.original0", "parametrizations.weight.original1"}
	if !slices.Equal(order, want) {
		t.Fatalf("parameters %v, want %v", order, want)
	}
	x := tensor.From(tensor.CPU(), []float64{1, 2}, 1, 2)
	y := p.Forward(x)
	near(t, "output", y, 1e-12, 11, 1)
	autograd.Backward(y, autograd.WithGrad(tensor.From(tensor.CPU(), []float64{1, 3}, 1, 2)))
	near(t, "gradient of lengths", names[want[1]].Grad(), 1e-12, 2.2, 3)
	near(t, "gradient of directions", names[want[2]].Grad(), 1e-12, -0.32, 0.24, 0, 6)
	near(t, "gradient of the bias", names["bias"].Grad(), 1e-12, 1, 3)
	names[want[1]].Detach().MulScalarInPlace(2)
	plain := p.Remove()
	near(t, "after Remove", plain.Forward(x), 1e-12, 22, 2)
	if len(nn.Parameters(plain)) != 2 {
		t.Errorf("%d parameters after Remove, want 2", len(nn.Parameters(plain)))
	}
}

func TestSpectralNorm(t *testing.T) {
	b := host()
	inner := b.Conv2d(3, 4, 2)
	p := b.SpectralNorm(inner)
	var names []string
	for name := range nn.StateDict(p) {
		names = append(names, strings.TrimPrefix(name, "parametrizations.weight."))
	}
	if want := []string{"bias", "original", "0._u", "0._v"}; !slices.Equal(names, want) {
		t.Errorf("state %v, want %v", names, want)
	}
	x := draw(2, 3, 5, 5)
	for range 50 {
		p.Forward(x) // power iteration
	}
	nn.Eval(p)
	y := p.Forward(x)
	near(t, "evaluation changes nothing", p.Forward(x), 0, y.Float64s()...)
	// The largest singular value is the limit of |(WᵀW)ⁿv|^(1/2n) growth: check with
	// the weight that Remove leaves.
	w := p.Remove().(*nn.Conv2d).Weight.Detach().Reshape(4, -1)
	v := draw(12)
	ratio := 0.0
	for range 2000 {
		next := w.T().MatMul(w.MatMul(v))
		ratio = math.Sqrt(next.Norm(2).Item() / v.Norm(2).Item())
		v = next.Normalize(2, 0, 1e-12)
	}
	if math.Abs(ratio-1) > 1e-6 {
		t.Errorf("largest singular value %v, want 1", ratio)
	}
	autograd.Backward(y.Sum())
}

// One parametrized layer serves many goroutines.
func TestParametrizedIsSafe(t *testing.T) {
	p := nn.WeightNorm(host().Linear(8, 8))
	x := draw(4, 8).NoGrad()
	want := p.Forward(x).Float64s()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if !slices.Equal(p.Forward(x).Float64s(), want) {
					t.Error("another result")
				}
			}
		})
	}
	wg.Wait()
}

func TestParametrizeMisuse(t *testing.T) {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	for want, f := range map[string]func(){
		"no pointer":                     func() { nn.WeightNorm(nn.ReLU{}) },
		"no parameter in a field Weight": func() { nn.WeightNorm(b.Dropout(0.5)) },
	} {
		if err := tensor.Try(func() error { f(); return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
