package models

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A Swin is a transformer with attention inside windows, every other time shifted
// by half a window (Liu et al. 2021). Inside, images are [n, h, w, c].
type Swin struct {
	Features nn.Sequential
	Norm     *nn.LayerNorm
	Head     *nn.Linear
}

// Forward returns logits of images.
func (s *Swin) Forward(x *tensor.Tensor) *tensor.Tensor {
	return s.Head.Forward(s.Norm.Forward(s.Features.Forward(x)).Mean(1, 2))
}

type swinBlock struct {
	Norm1 *nn.LayerNorm
	Attn  *windowAttention
	residual
	Norm2 *nn.LayerNorm
	MLP   nn.Sequential
}

func (s *swinBlock) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = s.add(x, s.Attn.Forward(s.Norm1.Forward(x)))
	return s.add(x, s.MLP.Forward(s.Norm2.Forward(x)))
}

// A patchMerging joins four pixels to one of twice the channels.
type patchMerging struct {
	Reduction *nn.Linear
	Norm      *nn.LayerNorm
}

func (p *patchMerging) Forward(x *tensor.Tensor) *tensor.Tensor {
	h, w := x.Dim(1), x.Dim(2)
	x = x.Pad([]int{0, 0, 0, 0}, []int{0, h % 2, w % 2, 0}, 0)
	pick := func(i, k int) *tensor.Tensor { return x.SliceStep(1, i, tensor.End, 2).SliceStep(2, k, tensor.End, 2) }
	x = tensor.Concat(3, pick(0, 0), pick(1, 0), pick(0, 1), pick(1, 1))
	return p.Reduction.Forward(p.Norm.Forward(x))
}

func swin(b *nn.Maker, opts []Config, depth float64, dim int, counts, heads []int) *Swin {
	const window = 7
	c := filled(opts, 0, depth)
	norm := func(n int) *nn.LayerNorm { return b.LayerNorm(n, nn.Eps(1e-5)) }
	net := &Swin{Features: nn.Sequential{nn.Sequential{b.Conv2d(3, dim, 4, nn.Stride(4)), permute{0, 2, 3, 1}, norm(dim)}}}
	all, done := 0, 0
	for _, n := range counts {
		all += n
	}
	for i, n := range counts {
		if i > 0 {
			net.Features = append(net.Features, &patchMerging{b.Linear(4*dim, 2*dim, nn.NoBias), norm(4 * dim)})
			dim *= 2
		}
		var blocks nn.Sequential
		for k := range n {
			p := c.StochasticDepth * float64(done) / float64(all-1)
			blocks = append(blocks, &swinBlock{
				Norm1: norm(dim), Attn: newWindowAttention(b, dim, heads[i], window, window/2*(k%2)), residual: newResidual(b, p),
				Norm2: norm(dim), MLP: mlp(b, dim, 4*dim, c.Dropout),
			})
			done++
		}
		net.Features = append(net.Features, blocks)
	}
	net.Norm, net.Head = norm(dim), b.Linear(dim, c.Classes)
	initialise(b, net, nil, truncNormal(b, 0.02))
	return net
}

// SwinT makes the tiny Swin.
func SwinT(b *nn.Maker, c ...Config) *Swin {
	return swin(b, c, 0.2, 96, []int{2, 2, 6, 2}, []int{3, 6, 12, 24})
}

// SwinS makes the small Swin.
func SwinS(b *nn.Maker, c ...Config) *Swin {
	return swin(b, c, 0.3, 96, []int{2, 2, 18, 2}, []int{3, 6, 12, 24})
}

// SwinB makes the base Swin.
func SwinB(b *nn.Maker, c ...Config) *Swin {
	return swin(b, c, 0.5, 128, []int{2, 2, 18, 2}, []int{4, 8, 16, 32})
}
