package main

import (
	"math"
	"strings"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A Config is the size of a GPT.
type Config struct {
	Vocab   int
	Context int // characters it sees
	Layers  int
	Heads   int
	Dim     int
}

// A GPT predicts the next character from those before it (Radford et al. 2019).
type GPT struct {
	Tok, Pos *nn.Embedding
	Blocks   []*Block
	LN       *nn.LayerNorm
	Head     *nn.Linear
}

// A Block is attention to what was before, and a hidden layer.
type Block struct {
	LN1       *nn.LayerNorm
	QKV, Proj *nn.Linear
	LN2       *nn.LayerNorm
	Up, Down  *nn.Linear

	heads int
}

// NewGPT makes a model with parameters drawn as for GPT-2.
func NewGPT(b *nn.Maker, c Config) *GPT {
	g := &GPT{Tok: b.Embedding(c.Vocab, c.Dim), Pos: b.Embedding(c.Context, c.Dim), LN: b.LayerNorm(c.Dim), Head: b.Linear(c.Dim, c.Vocab, nn.NoBias)}
	for range c.Layers {
		g.Blocks = append(g.Blocks, &Block{
			LN1: b.LayerNorm(c.Dim), QKV: b.Linear(c.Dim, 3*c.Dim), Proj: b.Linear(c.Dim, c.Dim),
			LN2: b.LayerNorm(c.Dim), Up: b.Linear(c.Dim, 4*c.Dim), Down: b.Linear(4*c.Dim, c.Dim),
			heads: c.Heads,
		})
	}
	for name, p := range nn.NamedParameters(g) {
		std := 0.02
		switch {
		case strings.HasSuffix(name, "proj.weight") || strings.HasSuffix(name, "down.weight"):
			std /= math.Sqrt(2 * float64(c.Layers)) // what residual connections add up
		case strings.HasSuffix(name, "bias"):
			nn.Zeros(p)
			continue
		case p.Rank() == 1:
			continue
		}
		nn.Normal(p, b.Generator(), 0, std)
	}
	return g
}

// Forward returns logits [n, length, vocab] for the characters after each of
// ids [n, length].
func (g *GPT) Forward(ids *tensor.Tensor) *tensor.Tensor {
	places := tensor.Arange(ids.Device(), dtype.Int64, 0, float64(ids.Dim(1)), 1)
	tensor.Inherit([]*tensor.Tensor{ids}, []*tensor.Tensor{places})
	x := g.Tok.Forward(ids).Add(g.Pos.Forward(places))
	for _, b := range g.Blocks {
		x = b.Forward(x)
	}
	return g.Head.Forward(g.LN.Forward(x))
}

// Forward returns x [n, length, dim] after the block.
func (b *Block) Forward(x *tensor.Tensor) *tensor.Tensor {
	n, length, dim := x.Dim(0), x.Dim(1), x.Dim(2)
	qkv := b.QKV.Forward(b.LN1.Forward(x)).Unflatten(2, 3, b.heads, dim/b.heads).Permute(2, 0, 3, 1, 4)
	y := nn.ScaledDotProductAttention(qkv.Select(0, 0), qkv.Select(0, 1), qkv.Select(0, 2), nn.DotProduct{Causal: true})
	x = x.Add(b.Proj.Forward(y.Transpose(1, 2).Reshape(n, length, dim)))
	return x.Add(b.Down.Forward(b.Up.ForwardThen(b.LN2.Forward(x), nn.GELU{})))
}
