package golden

import (
	"fmt"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/hashfill"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

type lossCase struct {
	Loss      string
	Args      []any
	Reduction string
	Desc      any
}

// Losses compares losses and their gradients with PyTorch's, on a device, in a type,
// with a relative tolerance.
func Losses(t *testing.T, dev backend.Device, d dtype.DType, tol float64) {
	cases := ReadJSON[[]lossCase](t, recorded.Oracle(t, "golden/losses.json"))
	data := on(dev, d, ReadTensors(t, recorded.Oracle(t, "golden/losses.safetensors")))
	count := &Tally{Section: fmt.Sprintf("losses device=%s dtype=%v", dev.Info().Name, d)}
	defer count.Report(t)
	for n, c := range cases {
		get := func(name string) *tensor.Tensor { return data[fmt.Sprintf("%d.%s", n, name)] }
		loss := c.function(get)
		if loss == nil {
			count.Skipped = append(count.Skipped, c.Loss)
			continue
		}
		var in []*tensor.Tensor
		for i := 0; get(fmt.Sprintf("in%d", i)) != nil; i++ {
			in = append(in, get(fmt.Sprintf("in%d", i)).SetRequiresGrad(true))
		}
		if bad := compareLoss(loss, in, get, d, tol); bad != "" {
			count.Failed++
			t.Errorf("%d: %s%v %s (%v): %s", n, c.Loss, c.Args, c.Reduction, c.Desc, bad)
		} else {
			count.Passed++
		}
	}
}

func compareLoss(loss func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor, in []*tensor.Tensor, get func(name string) *tensor.Tensor, d dtype.DType, tol float64) (bad string) {
	var grads []*tensor.Tensor
	err := tensor.Try(func() error {
		out := loss(in, get("target0"))
		if bad = Differs(out, get("out"), tol); bad != "" {
			return fmt.Errorf("loss: %s", bad)
		}
		g := tensor.From(out.Device(), hashfill.Numbers(out.Numel(), 999, 1), out.Shape()...).To(d)
		grads = autograd.Grad([]*tensor.Tensor{out}, in, autograd.WithGrad(g))
		return nil
	})
	if err != nil {
		return err.Error()
	}
	for i, g := range grads {
		if bad := Differs(g, get(fmt.Sprintf("grad%d", i)), tol); bad != "" {
			return fmt.Sprintf("gradient %d: %s", i, bad)
		}
	}
	return ""
}

// function translates a recorded case; nil if there is no such loss.
func (c lossCase) function(get func(name string) *tensor.Tensor) func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
	r := map[string]nn.Reduction{"mean": nn.Mean, "sum": nn.Sum, "none": nn.None}[c.Reduction]
	number := func(i int, def float64) float64 {
		if i < len(c.Args) {
			if x, ok := c.Args[i].(float64); ok {
				return x
			}
		}
		return def
	}
	flag := func(i int, def bool) bool {
		if i < len(c.Args) {
			def, _ = c.Args[i].(bool)
		}
		return def
	}
	margin := nn.MarginLoss{Reduction: r}
	if x := number(0, -1); x >= 0 {
		margin.Margin = &x
	}
	switch c.Loss {
	case "CrossEntropyLoss", "NLLLoss":
		o := nn.ClassLoss{Reduction: r, Weight: get("arg0")}
		if i := number(2, -100); i != -100 {
			k := int(i)
			o.IgnoreIndex = &k
		}
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			if c.Loss == "NLLLoss" {
				return nn.NLL(in[0], y, o)
			}
			return nn.CrossEntropy(in[0], y, o)
		}
	case "L1Loss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor { return nn.L1(in[0], y, r) }
	case "MSELoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor { return nn.MSE(in[0], y, r) }
	case "SmoothL1Loss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.SmoothL1(in[0], y, nn.SmoothL1Loss{Reduction: r})
		}
	case "HuberLoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.Huber(in[0], y, nn.HuberLoss{Reduction: r})
		}
	case "BCELoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.BCE(in[0], y, nn.BinaryLoss{Reduction: r, Weight: get("arg0")})
		}
	case "BCEWithLogitsLoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.BCEWithLogits(in[0], y, nn.BinaryLoss{Reduction: r, Weight: get("arg0")})
		}
	case "KLDivLoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.KLDiv(in[0], y, nn.KLDivLoss{Reduction: r})
		}
	case "HingeEmbeddingLoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.HingeEmbedding(in[0], y, margin)
		}
	case "MarginRankingLoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.MarginRanking(in[0], in[1], y, margin)
		}
	case "CosineEmbeddingLoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.CosineEmbedding(in[0], in[1], y, margin)
		}
	case "TripletMarginLoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.TripletMargin(in[0], in[1], y, margin)
		}
	case "SoftMarginLoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor { return nn.SoftMargin(in[0], y, r) }
	case "MultiMarginLoss":
		m := number(1, 1)
		o := nn.MultiMarginLoss{P: int(number(0, 1)), Margin: &m, Weight: get("arg2"), Reduction: r}
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor { return nn.MultiMargin(in[0], y, o) }
	case "MultiLabelMarginLoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.MultiLabelMargin(in[0], y, r)
		}
	case "MultiLabelSoftMarginLoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.MultiLabelSoftMargin(in[0], y, nn.MultiLabelSoftMarginLoss{Weight: get("arg0"), Reduction: r})
		}
	case "PoissonNLLLoss":
		return func(in []*tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
			return nn.PoissonNLL(in[0], y, nn.PoissonNLLLoss{Rate: !flag(0, true), Full: flag(1, false), Reduction: r})
		}
	}
	return nil
}
