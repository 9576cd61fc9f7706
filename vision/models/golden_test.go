package models_test

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/hashfill"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/vision/models"
)

type goldenCase struct {
	Input   []int
	Salt    uint64      `json:"input_salt"`
	Classes int         `json:"num_classes"`
	Logits  [][]float64 `json:"eval_logits"`
	Loss    float64
	Grads   map[string]float64 `json:"grad_l2"`
}

// heavy models take seconds and up to 3 GB each; make models tests them too.
var heavy = []string{"alexnet", "convnext_tiny", "resnext50_32x4d", "vgg11", "vgg16_bn", "vit_b_16", "wide_resnet50_2"}

// small models are tested in float32 too.
var small = []string{"densenet121", "mobilenet_v3_small", "resnet18", "shufflenet_v2_x1_0", "squeezenet1_1"}

// TestGolden compares logits, losses and norms of gradients in evaluation with
// torchvision's, in float64.
func TestGolden(t *testing.T) {
	cases := readJSON[map[string]goldenCase](t, recorded.Oracle(t, "golden/models.json"))
	passed, failed, skipped := 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		if slices.Contains(heavy, name) && os.Getenv("HEKLA_ALL_MODELS") == "" {
			skipped++
			continue
		}
		if t.Run(name, func(t *testing.T) {
			cases[name].compare(t, name, dtype.Float64, 1e-9)
			if slices.Contains(small, name) {
				// Rounding of float32 through up to 121 layers; norms of gradients are up to 1e2.
				cases[name].compare(t, name, dtype.Float32, 1e-4)
			}
		}) {
			passed++
		} else {
			failed++
		}
	}
	fmt.Printf("golden: section=models passed=%d failed=%d skipped=%d (heavy ones: make models)\n", passed, failed, skipped)
}

func (c goldenCase) compare(t *testing.T, name string, d dtype.DType, tol float64) {
	b := nn.Blank(tensor.CPU(), d)
	m, err := models.New(name, b, models.Config{Classes: c.Classes, NoAux: true})
	if err != nil {
		t.Fatal(err)
	}
	hashfill.Fill(m)
	nn.Eval(m)
	n := 1
	for _, s := range c.Input {
		n *= s
	}
	tensor.Scope(func(s *tensor.Arena) {
		x := s.Own(tensor.From(b.Device(), hashfill.Numbers(n, c.Salt, 1), c.Input...)).To(d)
		logits := m.Forward(x)
		loss := nn.CrossEntropy(logits, tensor.From(b.Device(), []int64{3, 7}))
		autograd.Backward(loss)
		near := func(what string, got, want float64) {
			if !(math.Abs(got-want) <= tol*max(1, math.Abs(want))) {
				t.Errorf("%s is %v, want %v", what, got, want)
			}
		}
		got := logits.Float64s()
		for i := range got {
			near(fmt.Sprintf("logit %d", i), got[i], c.Logits[i/c.Classes][i%c.Classes])
		}
		near("loss", loss.Item(), c.Loss)
		found := 0
		for key, p := range nn.NamedParameters(m) {
			if want, ok := c.Grads[key]; ok {
				near("norm of the gradient of "+key, math.Sqrt(p.Grad().Detach().Square().Sum().Item()), want)
				found++
			}
		}
		if found != len(c.Grads) {
			t.Errorf("%d gradients, want %d", found, len(c.Grads))
		}
	})
	for _, p := range nn.StateDict(m) {
		p.SetGrad(nil)
		p.Free()
	}
}
