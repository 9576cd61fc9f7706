package models

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// channelNorm normalises the channels of each pixel of x [n, c, h, w].
type channelNorm struct{ *nn.LayerNorm }

func (c channelNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	return c.LayerNorm.Forward(x.Permute(0, 2, 3, 1)).Permute(0, 3, 1, 2)
}

type convNeXtBlock struct {
	LayerScale *tensor.Tensor // [c, 1, 1]
	Block      nn.Sequential
	residual
}

func (c *convNeXtBlock) Forward(x *tensor.Tensor) *tensor.Tensor {
	return c.add(x, c.LayerScale.Mul(c.Block.Forward(x)))
}

// A convNeXtHead normalises means over images before it classifies them.
type convNeXtHead struct {
	Norm channelNorm `nn:"0"`
	FC   *nn.Linear  `nn:"2"`
}

func (c *convNeXtHead) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = c.Norm.Forward(nn.AdaptiveAvgPool2d{}.Forward(x))
	return c.FC.Forward(x.Flatten(1, -1))
}

// convNeXt makes a ConvNeXt (Liu et al. 2022).
func convNeXt(b *nn.Maker, opts []Config, depth float64, widths, counts []int) *Classifier {
	c := filled(opts, 0, depth)
	norm := func(n int) *nn.LayerNorm { return b.LayerNorm(n, nn.Eps(1e-6)) }
	features := nn.Sequential{nn.Sequential{b.Conv2d(3, widths[0], 4, nn.Stride(4)), channelNorm{norm(widths[0])}}}
	all, done := 0, 0
	for _, n := range counts {
		all += n
	}
	for i, n := range counts {
		w := widths[i]
		if i > 0 {
			before := widths[i-1]
			features = append(features, nn.Sequential{channelNorm{norm(before)}, b.Conv2d(before, w, 2, nn.Stride(2))})
		}
		var blocks nn.Sequential
		for range n {
			block := &convNeXtBlock{b.Parameter(w, 1, 1), nn.Sequential{
				b.Conv2d(w, w, 7, nn.Pad(3), nn.Groups(w)), permute{0, 2, 3, 1}, norm(w),
				b.Linear(w, 4*w), nn.GELU{}, b.Linear(4*w, w), permute{0, 3, 1, 2},
			}, newResidual(b, c.StochasticDepth*float64(done)/float64(all-1))}
			if !b.IsBlank() {
				nn.Constant(block.LayerScale, 1e-6)
			}
			blocks = append(blocks, block)
			done++
		}
		features = append(features, blocks)
	}
	last := widths[len(widths)-1]
	net := &Classifier{features, &convNeXtHead{channelNorm{norm(last)}, b.Linear(last, c.Classes)}, 0}
	initialise(b, net, truncNormal(b, 0.02), truncNormal(b, 0.02))
	return net
}

// ConvNeXtTiny makes a ConvNeXt about as large as a ResNet50.
func ConvNeXtTiny(b *nn.Maker, c ...Config) *Classifier {
	return convNeXt(b, c, 0.1, []int{96, 192, 384, 768}, []int{3, 3, 9, 3})
}

// ConvNeXtSmall makes a deeper ConvNeXt.
func ConvNeXtSmall(b *nn.Maker, c ...Config) *Classifier {
	return convNeXt(b, c, 0.4, []int{96, 192, 384, 768}, []int{3, 3, 27, 3})
}

// ConvNeXtBase makes a deeper and wider ConvNeXt.
func ConvNeXtBase(b *nn.Maker, c ...Config) *Classifier {
	return convNeXt(b, c, 0.5, []int{128, 256, 512, 1024}, []int{3, 3, 27, 3})
}

// ConvNeXtLarge makes the largest ConvNeXt.
func ConvNeXtLarge(b *nn.Maker, c ...Config) *Classifier {
	return convNeXt(b, c, 0.5, []int{192, 384, 768, 1536}, []int{3, 3, 27, 3})
}
