package main

import (
	"maps"
	"math"
	"os"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/workload"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// losses trains a model for some steps, on other samples at each. The order of a batch's
// samples may be turned, which changes nothing but the order of summation.
func losses(t *testing.T, dev backend.Device, d dtype.DType, m workload.Model, steps int, turned bool) []float64 {
	t.Helper()
	batch := 4
	if m.Name == "resnet18" {
		batch = 16
	}
	c := trainConfig{samples: batch * steps, tests: batch}
	var set data.Dataset[data.Sample]
	classes := 10
	if m.Text {
		text, _, err := readCorpus("")
		if err != nil {
			t.Fatal(err)
		}
		classes = text.letters
		set, _ = text.split()
	} else {
		var err error
		if set, _, _, err = c.images(); err != nil {
			t.Fatal(err)
		}
	}
	// The weights are those of a float32 model on the CPU, whatever the type.
	net := m.Build(nn.On(dev, d, 1), classes)
	if err := nn.LoadStateDict(net, maps.Collect(nn.StateDict(m.Build(nn.On(tensor.CPU(), dtype.Float32, 1), classes))), true); err != nil {
		t.Fatal(err)
	}
	// Not Adam, whose first steps are as large for gradients of nothing but rounding as for others,
	// nor a rate at which the loss rises first: both make much of a little.
	r := trainer{Rig: workload.Rig{Dev: dev}, model: m, net: net, opt: optim.SGD{LR: 1e-3, Momentum: 0.9}.New(nn.Parameters(net))}
	var l []float64
	loader := &data.Loader[data.Sample]{Dataset: set, Device: dev, BatchSize: batch, Shuffle: true, Seed: 1}
	for b, err := range loader.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		tensor.Scope(func(s *tensor.Arena) {
			b = b.Own(s)
			x, y := b.X, b.Y
			if m.Text { // a part of the context is enough
				x, y = x.Narrow(1, 0, 24), y.Narrow(1, 0, 24)
			} else {
				x = x.To(d)
			}
			if turned {
				x, y = x.Flip(0), y.Flip(0)
			}
			l = append(l, r.Step(r.opt, func() *tensor.Tensor { return nn.CrossEntropy(r.scores(x), r.labels(y)) }).Item())
		})
		if len(l) == steps {
			break
		}
	}
	return l
}

// TestTrainOnVulkan has the models learn on Vulkan as they do on the CPU, also
// where the device pretends to be tiny. HEKLA_STRESS takes 50 steps of all of them.
func TestTrainOnVulkan(t *testing.T) {
	steps := 3
	if os.Getenv("HEKLA_STRESS") != "" {
		steps = 50
	}
	for _, m := range workload.Models {
		t.Run(m.Name, func(t *testing.T) {
			if steps < 50 && m.Name == "resnet18" {
				t.Skip("takes half a minute: make stress-vulkan")
			}
			var exact, want, turned []float64
			for _, limits := range []string{"", "small"} {
				t.Setenv("HEKLA_VULKAN_LIMITS", limits)
				dev, err := backend.Open("vulkan")
				switch {
				case err != nil && os.Getenv("CI") == "true":
					t.Fatal(err)
				case err != nil:
					t.Skip(err)
				case want == nil:
					exact = losses(t, tensor.CPU(), dtype.Float64, m, steps, false)
					want = losses(t, tensor.CPU(), dtype.Float32, m, steps, false)
					turned = losses(t, tensor.CPU(), dtype.Float32, m, steps, true)
				}
				got := losses(t, dev, dtype.Float32, m, steps, false)
				t.Logf("limits %q: loss %.6f to %.6f, on the CPU %.6f", limits, got[0], got[steps-1], want[steps-1])
				if m.Name == "resnet18" {
					alikeOnTheWhole(t, got, want)
				} else {
					alike(t, got, exact, want, turned)
				}
				if err := dev.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// alike compares losses with those in float64. What the CPU's are off by in float32, the
// largest so far in either order of the samples, is what rounding does to this curve, as far as two
// draws tell; 4 times that is another device's order. A millionth of the largest loss so far is
// 8 units in the last place, where the CPU was lucky: a loss that is small for a step comes
// from scores that are rounded as before.
func alike(t *testing.T, got, exact, want, turned []float64) {
	t.Helper()
	bound, worst := 0.0, 0.0
	for i, x := range exact {
		off := math.Abs(got[i] - x)
		bound = max(bound, 4*math.Abs(want[i]-x), 4*math.Abs(turned[i]-x), 1e-6*x)
		if worst = max(worst, off/bound); !(off <= bound) {
			t.Errorf("step %d: loss %v, in float32 on the CPU %v and %v, in float64 %v: off by %.2g, want at most %.2g", i, got[i], want[i], turned[i], x, off, bound)
			return
		}
	}
	t.Logf("off by at most %.2f of the bound", worst)
}

// alikeOnTheWhole is for ResNet-18: its last blocks normalise 16 numbers, so that one
// element more or less that a ReLU lets through changes gradients by a hundredth. The
// first loss has no such past.
func alikeOnTheWhole(t *testing.T, got, want []float64) {
	t.Helper()
	mean := func(l []float64) (sum float64) {
		for _, x := range l {
			sum += x / float64(len(l))
		}
		return sum
	}
	g, w := mean(got), mean(want)
	if !(math.Abs(got[0]-want[0]) <= 1e-5*want[0]) || !(math.Abs(g-w) <= 0.05*w) {
		t.Errorf("losses %v, %v on average; on the CPU %v, %v", got, g, want, w)
	}
	t.Logf("on average %.4f, on the CPU %.4f", g, w)
}
