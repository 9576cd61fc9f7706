package models

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A ViT is a transformer over patches of an image (Dosovitskiy et al. 2020). It
// takes images of one size.
type ViT struct {
	ClassToken *tensor.Tensor // [1, 1, dim]
	ConvProj   *nn.Conv2d
	Encoder    *vitEncoder
	Heads      nn.NamedSequential

	size int
}

type vitEncoder struct {
	PosEmbedding *tensor.Tensor // [1, 1 + patches, dim]
	drop         *nn.Dropout
	Layers       nn.NamedSequential
	LN           *nn.LayerNorm
}

func (e *vitEncoder) SetTraining(on bool) { e.drop.SetTraining(on) }

func (e *vitEncoder) Forward(x *tensor.Tensor) *tensor.Tensor {
	return e.LN.Forward(e.Layers.Forward(e.drop.Forward(x.Add(e.PosEmbedding))))
}

type vitBlock struct {
	LN1           *nn.LayerNorm `nn:"ln_1"`
	SelfAttention *nn.MultiheadAttention
	Dropout       *nn.Dropout
	LN2           *nn.LayerNorm `nn:"ln_2"`
	MLP           nn.Sequential
}

func (v *vitBlock) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = x.Add(v.Dropout.Forward(v.SelfAttention.Forward(v.LN1.Forward(x))))
	return x.Add(v.MLP.Forward(v.LN2.Forward(x)))
}

// mlp widens and narrows again.
func mlp(b *nn.Maker, dim, hidden int, dropout float64) nn.Sequential {
	return nn.Sequential{b.Linear(dim, hidden), nn.GELU{}, b.Dropout(dropout), b.Linear(hidden, dim), b.Dropout(dropout)}
}

func vit(b *nn.Maker, opts []Config, patch, layers, heads, dim, hidden int) *ViT {
	c := filled(opts, 0, 0)
	if c.ImageSize%patch != 0 {
		panic(&tensor.Error{Op: "models.vit", Err: fmt.Errorf("images of %d pixels do not divide into patches of %d", c.ImageSize, patch), Site: tensor.CallSite()})
	}
	side := c.ImageSize / patch
	norm := nn.Eps(1e-6)
	net := &ViT{
		ClassToken: b.Parameter(1, 1, dim), ConvProj: b.Conv2d(3, dim, patch, nn.Stride(patch)),
		Encoder: &vitEncoder{PosEmbedding: b.Parameter(1, side*side+1, dim), drop: b.Dropout(c.Dropout)},
		size:    c.ImageSize,
	}
	for i := range layers {
		block := &vitBlock{
			LN1: b.LayerNorm(dim, norm), SelfAttention: b.MultiheadAttention(dim, heads, nn.AttentionConfig{BatchFirst: true}),
			Dropout: b.Dropout(c.Dropout), LN2: b.LayerNorm(dim, norm), MLP: mlp(b, dim, hidden, c.Dropout),
		}
		net.Encoder.Layers = append(net.Encoder.Layers, nn.Named{Name: fmt.Sprintf("encoder_layer_%d", i), Layer: block})
		if b.IsBlank() {
			continue
		}
		for _, i := range []int{0, 3} {
			l := block.MLP[i].(*nn.Linear)
			nn.XavierUniform(l.Weight, b.Generator(), 1)
			nn.Normal(l.Bias, b.Generator(), 0, 1e-6)
		}
	}
	net.Encoder.LN = b.LayerNorm(dim, norm)
	head := b.Linear(dim, c.Classes)
	net.Heads = nn.NamedSequential{{Name: "head", Layer: head}}
	if !b.IsBlank() {
		nn.Normal(net.Encoder.PosEmbedding, b.Generator(), 0, 0.02)
		truncNormal(b, 1/math.Sqrt(float64(3*patch*patch)))(net.ConvProj.Weight)
		nn.Zeros(net.ConvProj.Bias)
		nn.Zeros(head.Weight)
		nn.Zeros(head.Bias)
	}
	return net
}

// Forward returns logits of images.
func (v *ViT) Forward(x *tensor.Tensor) *tensor.Tensor {
	if x.Rank() != 4 || x.Dim(2) != v.size || x.Dim(3) != v.size {
		panic(&tensor.Error{Op: "models.vit", Err: fmt.Errorf("want images [n, 3, %d, %d]; see Config.ImageSize", v.size, v.size), Shapes: [][]int{x.Shape()}, DTypes: []dtype.DType{x.DType()}, Site: tensor.CallSite()})
	}
	dim := v.ClassToken.Dim(2)
	x = v.ConvProj.Forward(x).Flatten(2, 3).Transpose(1, 2)
	token := v.ClassToken.Expand(x.Dim(0), 1, dim)
	tensor.Inherit([]*tensor.Tensor{x}, []*tensor.Tensor{token})
	x = v.Encoder.Forward(tensor.Concat(1, token, x))
	return v.Heads.Forward(x.Select(1, 0))
}

// ViTB16 makes the base ViT with patches of 16x16 pixels.
func ViTB16(b *nn.Maker, c ...Config) *ViT { return vit(b, c, 16, 12, 12, 768, 3072) }

// ViTB32 makes the base ViT with patches of 32x32 pixels.
func ViTB32(b *nn.Maker, c ...Config) *ViT { return vit(b, c, 32, 12, 12, 768, 3072) }

// ViTL16 makes the large ViT with patches of 16x16 pixels.
func ViTL16(b *nn.Maker, c ...Config) *ViT { return vit(b, c, 16, 24, 16, 1024, 4096) }

// ViTL32 makes the large ViT with patches of 32x32 pixels.
func ViTL32(b *nn.Maker, c ...Config) *ViT { return vit(b, c, 32, 24, 16, 1024, 4096) }

// ViTH14 makes the huge ViT with patches of 14x14 pixels.
func ViTH14(b *nn.Maker, c ...Config) *ViT { return vit(b, c, 14, 32, 16, 1280, 5120) }
