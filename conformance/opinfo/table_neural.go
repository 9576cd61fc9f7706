package opinfo

import (
	"slices"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// neuralTable has layers: linear, convolutions, normalisations, attention.
func neuralTable() map[string]function {
	m := map[string]function{
		"nn.functional.linear":   is(func(c *call) *T { return biased(c.x().MatMul(c.need(1, "weight").T()), c.t(2, "bias")) }),
		"nn.functional.bilinear": is(bilinear),
		"nn.functional.glu":      is(func(c *call) *T { return glu(c.x(), c.int(1, "dim", -1)) }),
		"nn.functional.unfold": is(func(c *call) *T {
			pair := func(i int, name string) []int { return wide(c.ints(i, name), 2) }
			a := op.ConvAttrs{Dilation: pair(2, "dilation"), Pad: pair(3, "padding"), Stride: pair(4, "stride")}
			return batched(c.x(), 2, func(x *T) []*T { return one(x.Patches(a, pair(1, "kernel_size")...)) })[0]
		}),
		"nn.functional.pixel_shuffle": is(func(c *call) *T {
			return nn.PixelShuffle{Factor: c.int(1, "upscale_factor", 1)}.Forward(c.x())
		}),
		"nn.functional.pixel_unshuffle": is(func(c *call) *T {
			return nn.PixelUnshuffle{Factor: c.int(1, "downscale_factor", 1)}.Forward(c.x())
		}),
		"nn.functional.local_response_norm": is(func(c *call) *T {
			return c.x().LocalResponseNorm(c.int(1, "size", 1), c.num(2, "alpha", 1e-4), c.num(3, "beta", 0.75), c.num(4, "k", 1))
		}),
		"nn.functional.batch_norm":    is(batchNorm),
		"native_batch_norm":           nativeBatchNorm,
		"nn.functional.layer_norm":    is(func(c *call) *T { return layerNorm(c)[0] }),
		"native_layer_norm":           layerNorm,
		"nn.functional.group_norm":    is(groupNorm),
		"nn.functional.instance_norm": is(instanceNorm),

		"nn.functional._scaled_dot_product_attention": attention,

		"nn.functional.dropout":   dropout,
		"nn.functional.dropout2d": dropout,
		"nn.functional.dropout3d": dropout,

		"nn.functional.feature_alpha_dropout.without_train": dropout,
		"nn.functional.feature_alpha_dropout.with_train":    dropout,
	}
	for n := 1; n <= 3; n++ {
		s := string(rune('0'+n)) + "d"
		m["nn.functional.conv"+s] = conv(n)
		m["nn.functional.conv_transpose"+s] = convTranspose(n)
	}
	return m
}

// wide repeats one number for n axes.
func wide(l []int, n int) []int {
	if len(l) == 1 {
		return slices.Repeat(l, n)
	}
	return l
}

func biased(y, bias *T) *T {
	if bias == nil {
		return y
	}
	return y.Add(bias)
}

// batched gives x a leading axis of size 1, for f, if it has n spatial axes and
// no batch.
func batched(x *T, n int, f func(x *T) []*T) []*T {
	if x.Rank() != n+1 {
		return f(x)
	}
	outs := f(x.Unsqueeze(0))
	for i, y := range outs {
		outs[i] = y.Squeeze(0)
	}
	return outs
}

// onChannels shapes a vector for axis 1 of x.
func onChannels(v, x *T) *T {
	s := slices.Repeat([]int{1}, x.Rank())
	s[1] = v.Numel()
	return v.Reshape(s...)
}

func conv(n int) function {
	return func(c *call) []*T {
		w := c.need(1, "weight")
		a := op.ConvAttrs{Stride: wide(c.ints(3, "stride"), n), Dilation: wide(c.ints(5, "dilation"), n), Groups: c.int(6, "groups", 1)}
		x := c.x()
		v, _ := c.arg(4, "padding")
		switch v {
		case "valid":
		case "same":
			before, after := make([]int, x.Rank()), make([]int, x.Rank())
			for i := range n {
				total := w.Dim(2+i) - 1
				if a.Dilation != nil {
					total *= a.Dilation[i]
				}
				k := x.Rank() - n + i
				before[k], after[k] = total/2, total-total/2
			}
			x = x.Pad(before, after, 0)
		default:
			a.Pad = wide(c.ints(4, "padding"), n)
		}
		return batched(x, n, func(x *T) []*T { return one(withBias(x.Conv(w, a), c.t(2, "bias"))) })
	}
}

func withBias(y, bias *T) *T {
	if bias == nil {
		return y
	}
	return y.Add(onChannels(bias, y))
}

func convTranspose(n int) function {
	return func(c *call) []*T {
		w := c.need(1, "weight")
		a := op.ConvAttrs{Stride: wide(c.ints(3, "stride"), n), Pad: wide(c.ints(4, "padding"), n), OutPad: wide(c.ints(5, "output_padding"), n),
			Groups: c.int(6, "groups", 1), Dilation: wide(c.ints(7, "dilation"), n)}
		return batched(c.x(), n, func(x *T) []*T { return one(withBias(x.ConvTranspose(w, a), c.t(2, "bias"))) })
	}
}

// bilinear sums x1[i]*weight[o,i,j]*x2[j].
func bilinear(c *call) *T {
	y := tensor.Einsum("...i,oij,...j->...o", c.x(), c.need(2, "weight"), c.need(1, "input2"))
	return biased(y, c.t(3, "bias"))
}

func affine(x, weight, bias *T, sizes []int) (w, b *T) {
	if weight == nil && bias != nil { // the op wants both
		weight = tensor.Ones(x.Device(), x.DType(), sizes...)
	}
	return weight, bias
}

func batchNorm(c *call) *T {
	x, mean, variance := c.x(), c.t(1, "running_mean"), c.t(2, "running_var")
	eps := c.num(-1, "eps", 1e-5)
	c.ignore("momentum") // of the running statistics, which are no result
	if x.Rank() < 2 {
		missing("no axis of channels")
	}
	w, b := affine(x, c.t(3, "weight"), c.t(4, "bias"), []int{x.Dim(1)})
	if c.bool(-1, "training", false) {
		y, _, _ := x.BatchNorm(eps, w, b)
		return y
	}
	return x.BatchNormEval(mean, variance, eps, w, b)
}

// nativeBatchNorm has the mean and 1/sqrt(variance + eps) among its results,
// both empty outside training.
func nativeBatchNorm(c *call) []*T {
	x, mean, variance := c.x(), c.t(3, ""), c.t(4, "")
	training, eps := c.bool(5, "", false), c.num(7, "", 1e-5)
	c.num(6, "", 0)
	w, b := affine(x, c.t(1, ""), c.t(2, ""), []int{x.Dim(1)})
	if !training {
		none := tensor.Empty(c.dev, x.DType(), 0)
		return []*T{x.BatchNormEval(mean, variance, eps, w, b), none, none}
	}
	y, mean, variance := x.BatchNorm(eps, w, b)
	return []*T{y, mean, variance.AddScalar(eps).Rsqrt()}
}

func layerNorm(c *call) []*T {
	x, sizes := c.x(), c.ints(1, "normalized_shape")
	eps := c.num(4, "eps", 1e-5)
	w, b := affine(x, c.t(2, "weight"), c.t(3, "bias"), sizes)
	in := []*T{x}
	for _, t := range []*T{w, b} {
		if t != nil {
			in = append(in, t)
		}
	}
	r := tensor.Apply(nil, op.LayerNorm, op.NormAttrs{Axes: len(sizes), Eps: eps}, in...)
	return []*T{r[0], r[1], r[2].AddScalar(eps).Rsqrt()}
}

func groupNorm(c *call) *T {
	x := c.x()
	w, b := affine(x, c.t(2, "weight"), c.t(3, "bias"), []int{x.Dim(1)})
	return x.GroupNorm(c.int(1, "num_groups", 1), c.num(4, "eps", 1e-5), w, b)
}

func instanceNorm(c *call) *T {
	x := c.x()
	c.ignore("momentum")
	eps := c.num(-1, "eps", 1e-5)
	mean, variance := c.t(-1, "running_mean"), c.t(-1, "running_var")
	w, b := affine(x, c.t(-1, "weight"), c.t(-1, "bias"), []int{x.Dim(1)})
	if !c.bool(-1, "use_input_stats", true) {
		return x.BatchNormEval(mean, variance, eps, w, b)
	}
	in := []*T{x}
	for _, t := range []*T{w, b} {
		if t != nil {
			in = append(in, t)
		}
	}
	return apply(op.InstanceNorm, op.NormAttrs{Eps: eps}, in...)
}

func attention(c *call) []*T {
	if c.num(-1, "dropout_p", 0) != 0 {
		missing("random")
	}
	q, k, v := c.x(), c.need(1, "key"), c.need(2, "value")
	mask := c.t(3, "attn_mask")
	causal := c.bool(-1, "is_causal", false)
	y := q.Attention(k, v, mask, op.AttentionAttrs{Causal: causal})
	if !c.bool(-1, "need_attn_weights", false) {
		if c.outs == 2 {
			missing("weights that were not asked for")
		}
		return one(y)
	}
	eye := tensor.Eye(c.dev, k.DType(), k.Dim(-2), k.Dim(-2)) // the weights are what it makes of the unit matrix
	s := append(slices.Clone(k.Shape()[:k.Rank()-2]), k.Dim(-2), k.Dim(-2))
	return two(y, q.Attention(k, eye.Expand(s...), mask, op.AttentionAttrs{Causal: causal}))
}

// dropout is certain if it keeps all or nothing.
func dropout(c *call) []*T {
	p := c.num(1, "p", 0.5)
	training := c.bool(2, "training", true)
	c.ignore("inplace")
	switch {
	case !training || p == 0:
		return one(tensor.NewGenerator(1).Dropout(c.x(), 0))
	case p == 1:
		return one(tensor.NewGenerator(1).Dropout(c.x(), 1))
	}
	missing("random")
	return nil
}

func glu(x *T, axis int) *T {
	if x.Dim(axis)%2 != 0 {
		missing("an odd size")
	}
	h := x.Chunk(axis, 2)
	return h[0].Mul(h[1].Sigmoid())
}
