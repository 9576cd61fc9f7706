package models_test

import (
	"math"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/vision/models"
)

// TestTraining takes a step's gradients in training, with dropout, stochastic
// depth and parameters as drawn: all finite, and one for every parameter.
func TestTraining(t *testing.T) {
	for _, name := range []string{"shufflenet_v2_x0_5", "mobilenet_v3_small", "efficientnet_b0", "squeezenet1_1"} {
		b := nn.On(tensor.CPU(), dtype.Float32, 1)
		m, err := models.New(name, b, models.Config{Classes: 3, StochasticDepth: 0.5})
		if err != nil {
			t.Fatal(err)
		}
		x := b.Generator().Normal(b.Device(), b.DType(), 0, 1, 4, 3, 32, 32)
		loss := nn.CrossEntropy(m.Forward(x), tensor.From(b.Device(), []int64{0, 1, 2, 0}))
		autograd.Backward(loss)
		if l := loss.Item(); !(l > 0 && l < 50) { // torchvision's heads for few classes begin far from 0
			t.Errorf("%s: loss %v", name, l)
		}
		for key, p := range nn.NamedParameters(m) {
			if g := p.Grad(); g == nil || math.IsNaN(g.Sum().Item()) {
				t.Errorf("%s: gradient of %s is %v", name, key, g)
			}
		}
	}
}

// TestStochasticDepth sees that images lose blocks in training only, and keep
// their mean.
func TestStochasticDepth(t *testing.T) {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	m := models.ConvNeXtTiny(b, models.Config{Classes: 3, StochasticDepth: 0.5})
	for key, p := range nn.NamedParameters(m) {
		if strings.HasSuffix(key, "layer_scale") {
			nn.Ones(p) // so that blocks make a difference
		}
	}
	x := tensor.Ones(b.Device(), b.DType(), 8, 3, 32, 32).NoGrad()
	spread := func() float64 { return m.Forward(x).Std(0, 0).Sum().Item() } // over equal images
	if s := spread(); s < 1e-3 {
		t.Errorf("equal images differ by %v in training, want more", s)
	}
	nn.Eval(m)
	if s := spread(); s > 1e-4 {
		t.Errorf("equal images differ by %v in evaluation", s)
	}
}

func TestMisuse(t *testing.T) {
	b := nn.Blank(tensor.CPU(), dtype.Float32)
	for want, f := range map[string]func(){
		"do not divide into patches": func() { models.ViTB16(b, models.Config{ImageSize: 100}) },
		"at most one":                func() { models.ResNet18(b, models.Config{}, models.Config{}) },
		"want images":                func() { models.ViTB32(b).Forward(tensor.Ones(b.Device(), b.DType(), 1, 3, 64, 64)) },
	} {
		if err := tensor.Try(func() error { f(); return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
