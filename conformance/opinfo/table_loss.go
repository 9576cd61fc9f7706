package opinfo

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// lossTable has the losses.
func lossTable() map[string]function {
	return map[string]function{
		"nn.functional.nll_loss":      is(func(c *call) *T { return nn.NLL(c.x(), c.need(1, "target"), classes(c)) }),
		"nn.functional.cross_entropy": is(func(c *call) *T { return nn.CrossEntropy(c.x(), c.need(1, "target"), classes(c)) }),
		"nn.functional.mse_loss":      is(func(c *call) *T { return nn.MSE(c.x(), c.need(1, "target"), reduction(c)) }),
		"nn.functional.l1_loss":       is(func(c *call) *T { return nn.L1(c.x(), c.need(1, "target"), reduction(c)) }),
		"nn.functional.smooth_l1_loss": is(func(c *call) *T {
			if c.num(-1, "beta", 1) == 0 { // the limit, which is another loss
				return nn.L1(c.x(), c.need(1, "target"), reduction(c))
			}
			return nn.SmoothL1(c.x(), c.need(1, "target"), nn.SmoothL1Loss{Beta: c.num(-1, "beta", 1), Reduction: reduction(c)})
		}),
		"nn.functional.huber_loss": is(func(c *call) *T {
			return nn.Huber(c.x(), c.need(1, "target"), nn.HuberLoss{Delta: c.num(-1, "delta", 1), Reduction: reduction(c)})
		}),
		"nn.functional.binary_cross_entropy": is(func(c *call) *T {
			return nn.BCE(c.x(), c.need(1, "target"), nn.BinaryLoss{Weight: c.t(-1, "weight"), Reduction: reduction(c)})
		}),
		"nn.functional.binary_cross_entropy_with_logits": is(func(c *call) *T {
			return nn.BCEWithLogits(c.x(), c.need(1, "target"), nn.BinaryLoss{Weight: c.t(-1, "weight"), PosWeight: c.t(-1, "pos_weight"), Reduction: reduction(c)})
		}),
		"nn.functional.kl_div": is(func(c *call) *T {
			return nn.KLDiv(c.x(), c.need(1, "target"), nn.KLDivLoss{LogTarget: c.bool(-1, "log_target", false), Reduction: reduction(c)})
		}),
		"nn.functional.hinge_embedding_loss": is(func(c *call) *T {
			return nn.HingeEmbedding(c.x(), c.need(1, "target"), margin(c, 1))
		}),
		"nn.functional.margin_ranking_loss": is(func(c *call) *T {
			return nn.MarginRanking(c.x(), c.need(1, "other"), c.need(2, "target"), margin(c, 0))
		}),
		"nn.functional.soft_margin_loss": is(func(c *call) *T { return nn.SoftMargin(c.x(), c.need(1, "target"), reduction(c)) }),
		"nn.functional.cosine_embedding_loss": is(func(c *call) *T {
			return nn.CosineEmbedding(c.x(), c.need(1, "other"), c.need(2, "target"), margin(c, 0))
		}),
		"nn.functional.triplet_margin_loss": is(func(c *call) *T {
			return nn.TripletMargin(c.x(), c.need(1, "positive"), c.need(2, "negative"), margin(c, 1))
		}),
		"nn.functional.multi_margin_loss": is(func(c *call) *T {
			m := c.num(-1, "margin", 1)
			return nn.MultiMargin(c.x().AtLeast(1), c.need(1, "target"), nn.MultiMarginLoss{P: c.int(-1, "p", 1), Margin: &m, Weight: c.t(-1, "weight"), Reduction: reduction(c)})
		}),
		"nn.functional.multilabel_margin_loss": is(func(c *call) *T {
			return nn.MultiLabelMargin(c.x().AtLeast(1), c.need(1, "target").AtLeast(1), reduction(c))
		}),
		"nn.functional.multilabel_soft_margin_loss": is(func(c *call) *T {
			return nn.MultiLabelSoftMargin(c.x(), c.need(1, "target"), nn.MultiLabelSoftMarginLoss{Weight: c.t(-1, "weight"), Reduction: reduction(c)})
		}),
		"nn.functional.poisson_nll_loss": is(func(c *call) *T {
			return nn.PoissonNLL(c.x(), c.need(1, "target"), nn.PoissonNLLLoss{Rate: !c.bool(-1, "log_input", true), Full: c.bool(-1, "full", false), Eps: c.num(-1, "eps", 1e-8), Reduction: reduction(c)})
		}),
		"nn.functional.gaussian_nll_loss": is(gaussian),
		"nn.functional.ctc_loss":          is(ctc),
	}
}

// ctc has PyTorch's gradient, which is that by the logits, exp(x) more than the
// derivative: the same after a log softmax, which nn.CTC leaves to autograd.
func ctc(c *call) *T {
	x, targets, times, labels := c.x(), c.need(1, "targets"), c.need(2, "input_lengths"), c.need(3, "target_lengths")
	list := func(t *T) []int {
		var l []int
		for _, n := range t.Float64s() {
			l = append(l, int(n))
		}
		return l
	}
	loss := nn.CTC(x, targets, list(times), list(labels), nn.CTCLoss{Blank: c.int(4, "blank", 0), ZeroInfinity: c.bool(-1, "zero_infinity", false), Reduction: nn.None})
	steps := tensor.Arange(x.Device(), dtype.Int64, 0, float64(x.Dim(0)), 1).Unsqueeze(1)
	more := x.Exp().Sum(2).MaskedFill(steps.Ge(times), 0).Sum(0)
	loss = loss.Add(more.Sub(more.Detach()))
	switch reduction(c) {
	case nn.Sum:
		return loss.Sum()
	case nn.None:
		return loss
	}
	return loss.Div(labels.To(x.DType())).Mean()
}

func reduction(c *call) nn.Reduction {
	return map[string]nn.Reduction{"mean": nn.Mean, "sum": nn.Sum, "none": nn.None, "batchmean": nn.BatchMean}[c.str(-1, "reduction", "mean")]
}

func classes(c *call) nn.ClassLoss {
	o := nn.ClassLoss{Weight: c.t(-1, "weight"), LabelSmoothing: c.num(-1, "label_smoothing", 0), Reduction: reduction(c)}
	if c.has(-1, "ignore_index") {
		k := c.int(-1, "ignore_index", 0)
		o.IgnoreIndex = &k
	}
	return o
}

func margin(c *call, absent float64) nn.MarginLoss {
	m := c.num(-1, "margin", absent)
	return nn.MarginLoss{Margin: &m, Reduction: reduction(c)}
}

// gaussian keeps gradients from the variance where it is raised to eps, as
// PyTorch does.
func gaussian(c *call) *T {
	x, y, v := c.x(), c.need(1, "target"), c.need(2, "var")
	eps := c.num(-1, "eps", 1e-6)
	if v.Rank() == x.Rank()-1 {
		v = v.Unsqueeze(-1)
	}
	raised := v.Detach().MaximumScalar(eps).Sub(v.Detach())
	v = v.Add(raised)
	loss := v.Log().Add(x.Sub(y).Square().Div(v)).MulScalar(0.5)
	if c.bool(-1, "full", false) {
		loss = loss.AddScalar(0.5 * math.Log(2*math.Pi))
	}
	switch reduction(c) {
	case nn.Sum:
		return loss.Sum()
	case nn.None:
		return loss
	}
	return loss.Mean()
}
