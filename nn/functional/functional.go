// Package functional has the layers of package nn as functions, for parameters
// that are held elsewhere. Names and defaults are PyTorch's torch.nn.functional; a
// layer and its function are one piece of code. What is a method of tensor.Tensor
// already and needs no more than its input, such as ReLU, is here too, so that all
// can be found in one place.
package functional

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// T keeps signatures short.
type T = tensor.Tensor

// Linear returns x [..., in] times weight [out, in] transposed, plus bias [out]
// (or nil): [..., out].
func Linear(x, weight, bias *T) *T { return (&nn.Linear{Weight: weight, Bias: bias}).Forward(x) }

// LinearReLU is Linear followed by ReLU, in one pass.
func LinearReLU(x, weight, bias *T) *T { return linearThen(x, weight, bias, nn.ReLU{}) }

// LinearGELU is Linear followed by GELU, in one pass unless a gradient may be wanted.
func LinearGELU(x, weight, bias *T) *T { return linearThen(x, weight, bias, nn.GELU{}) }

// LinearGELUTanh is LinearGELU with GELU's approximation by a hyperbolic tangent.
func LinearGELUTanh(x, weight, bias *T) *T { return linearThen(x, weight, bias, nn.GELU{Tanh: true}) }

func linearThen(x, weight, bias *T, activation nn.Layer) *T {
	return (&nn.Linear{Weight: weight, Bias: bias}).ForwardThen(x, activation)
}

// Bilinear returns x·weight[k]·y + bias[k] for each k of weight [out, in1, in2].
func Bilinear(x, y, weight, bias *T) *T {
	return (&nn.Bilinear{Weight: weight, Bias: bias}).Forward(x, y)
}

// Convolution are the options of convolutions: one number for all axes or one
// for each. Zeros mean stride and dilation 1, no padding, one group.
type Convolution struct {
	Stride, Pad, Dilation []int
	OutPad                []int // transposed convolutions: elements added at the far end
	Groups                int
	Same                  bool       // pad so that sizes stay
	Padding               nn.PadMode // what the padding is
}

func (c Convolution) attrs() op.ConvAttrs {
	return op.ConvAttrs{Stride: c.Stride, Pad: c.Pad, Dilation: c.Dilation, OutPad: c.OutPad, Groups: max(c.Groups, 1)}
}

// Conv convolves x [n, in, ...] with weight [out, in/groups, ...kernel] over its
// one to three spatial axes and adds bias [out] (or nil).
func Conv(x, weight, bias *T, opts ...Convolution) *T {
	c := one(opts)
	a := c.attrs()
	axes := weight.Rank() - 2
	a.Stride, a.Pad, a.Dilation = each(a.Stride, axes, 1), each(a.Pad, axes, 0), each(a.Dilation, axes, 1)
	return (&nn.Conv{Weight: weight, Bias: bias, Attrs: a, Same: c.Same, PadMode: c.Padding}).Forward(x)
}

// ConvTranspose is the transposed convolution of x [n, in, ...] with weight [in,
// out/groups, ...kernel], plus bias [out] (or nil).
func ConvTranspose(x, weight, bias *T, opts ...Convolution) *T {
	a := one(opts).attrs()
	axes := weight.Rank() - 2
	a.Stride, a.Pad, a.Dilation, a.OutPad = each(a.Stride, axes, 1), each(a.Pad, axes, 0), each(a.Dilation, axes, 1), each(a.OutPad, axes, 0)
	return (&nn.ConvTranspose{Weight: weight, Bias: bias, Attrs: a}).Forward(x)
}

// Embedding returns the rows of weight [n, dim] that ids name.
func Embedding(ids, weight *T) *T { return (&nn.Embedding{Weight: weight}).Forward(ids) }

// EmbeddingBag returns sums (or means) of the rows of weight that ids name, one
// for each bag; see nn.EmbeddingBag.ForwardOffsets.
func EmbeddingBag(ids, weight, offsets, weights *T, mode nn.BagMode) *T {
	return (&nn.EmbeddingBag{Weight: weight, Mode: mode}).ForwardOffsets(ids, offsets, weights)
}

// ScaledDotProductAttention is nn.ScaledDotProductAttention.
func ScaledDotProductAttention(q, k, v *T, opts ...nn.DotProduct) *T {
	return nn.ScaledDotProductAttention(q, k, v, opts...)
}

// OneHot returns 1 at the place of each id among classes, 0 elsewhere: [...,
// classes].
func OneHot(ids *T, classes int) *T { return ids.OneHot(classes) }

// one returns the one option that may be given.
func one[O any](opts []O) (o O) {
	if len(opts) > 0 {
		o = opts[0]
	}
	return o
}

// each returns l with a number for each of n axes; a wrong count is for the layer
// to refuse.
func each(l []int, n, absent int) []int {
	if len(l) > 1 {
		return l
	}
	all := make([]int, n)
	for i := range all {
		all[i] = absent
		if len(l) == 1 {
			all[i] = l[0]
		}
	}
	return all
}
