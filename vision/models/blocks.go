package models

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A Classifier is a model in three parts: Features, the mean over what remains
// of the image, Classifier.
type Classifier struct {
	Features   nn.Layer
	Classifier nn.Layer

	size int // of the image after pooling; 0: pooling is the classifier's business
}

// Forward returns logits of images.
func (c *Classifier) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = c.Features.Forward(x)
	if c.size > 0 {
		x = nn.AdaptiveAvgPool2d{Size: []int{c.size}}.Forward(x).Flatten(1, -1)
	}
	return c.Classifier.Forward(x)
}

// convBlock is a convolution, a normalisation and an activation in a row. Zeros
// mean stride 1 and one group; the padding keeps sizes.
type convBlock struct {
	kernel, stride, groups int
	norm                   []nn.Option
	activation             nn.Layer // nil: none
}

func (c convBlock) make(b *nn.Maker, in, out int) nn.Sequential {
	opts := []nn.Option{nn.Pad((c.kernel - 1) / 2), nn.Stride(max(c.stride, 1)), nn.Groups(max(c.groups, 1)), nn.NoBias}
	s := nn.Sequential{b.Conv2d(in, out, c.kernel, opts...), b.BatchNorm2d(out, c.norm...)}
	if c.activation != nil {
		s = append(s, c.activation)
	}
	return s
}

// A squeeze scales channels by what the mean of all channels says (Hu et al.
// 2017).
type squeeze struct {
	FC1, FC2          *nn.Conv2d
	Activation, Scale nn.Layer
}

func newSqueeze(b *nn.Maker, channels, inner int, activation, scale nn.Layer) *squeeze {
	return &squeeze{b.Conv2d(channels, inner, 1), b.Conv2d(inner, channels, 1), activation, scale}
}

func (s *squeeze) Forward(x *tensor.Tensor) *tensor.Tensor {
	y := s.FC1.Forward(nn.AdaptiveAvgPool2d{}.Forward(x))
	return s.Scale.Forward(s.FC2.Forward(s.Activation.Forward(y))).Mul(x)
}

// residual adds a block's output to its input. In training, images lose the
// block with probability p (Huang et al. 2016).
type residual struct {
	drop *nn.Dropout
	nn.Mode
}

func newResidual(b *nn.Maker, p float64) residual { return residual{drop: b.Dropout(p)} }

func (r *residual) add(x, y *tensor.Tensor) *tensor.Tensor {
	if r.Training() && r.drop.P > 0 {
		s := make([]int, y.Rank())
		for i := range s {
			s[i] = 1
		}
		s[0] = y.Dim(0)
		ones := tensor.Ones(y.Device(), y.DType(), s...)
		tensor.Inherit([]*tensor.Tensor{y}, []*tensor.Tensor{ones})
		y = y.Mul(r.drop.Forward(ones))
	}
	return x.Add(y)
}

// permute reorders axes.
type permute []int

func (p permute) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Permute(p...) }
func (p permute) String() string                          { return fmt.Sprintf("Permute(%v)", []int(p)) }

// divisible rounds to a multiple of n, but not down by more than a tenth.
func divisible(x float64, n int) int {
	y := max(n, int(x+float64(n)/2)/n*n)
	if float64(y) < 0.9*x {
		y += n
	}
	return y
}

// initialise draws the weights of convolutions and linear layers and sets their
// biases to 0. A nil function leaves such layers as they are.
func initialise(b *nn.Maker, m any, conv, linear func(w *tensor.Tensor)) {
	if b.IsBlank() {
		return
	}
	for _, l := range nn.Modules(m) {
		switch l := l.(type) {
		case *nn.Conv2d:
			if conv != nil {
				conv(l.Weight)
				zero(l.Bias)
			}
		case *nn.Linear:
			if linear != nil {
				linear(l.Weight)
				zero(l.Bias)
			}
		}
	}
}

func zero(t *tensor.Tensor) {
	if t != nil {
		nn.Zeros(t)
	}
}

// kaimingOut is He's normal initialisation that keeps the scale of gradients.
func kaimingOut(b *nn.Maker) func(w *tensor.Tensor) {
	return func(w *tensor.Tensor) { nn.KaimingNormal(w, b.Generator(), nn.Kaiming{FanOut: true}) }
}

func normal(b *nn.Maker, std float64) func(w *tensor.Tensor) {
	return func(w *tensor.Tensor) { nn.Normal(w, b.Generator(), 0, std) }
}

// truncNormal is cut off at ±2, as torchvision has it: hardly ever.
func truncNormal(b *nn.Maker, std float64) func(w *tensor.Tensor) {
	return func(w *tensor.Tensor) { nn.TruncNormal(w, b.Generator(), 0, std, -2, 2) }
}

// evenly draws from ±1/sqrt(out) for a weight [out, in].
func evenly(b *nn.Maker) func(w *tensor.Tensor) {
	return func(w *tensor.Tensor) {
		bound := 1 / math.Sqrt(float64(w.Dim(0)))
		nn.Uniform(w, b.Generator(), -bound, bound)
	}
}
