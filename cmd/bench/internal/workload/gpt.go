package workload

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// Context is the longest sequence of the gpt model.
const Context = 128

// gpt is a small decoder: pre-norm blocks of causal attention, GELU.
type gpt struct {
	Tok    *nn.Embedding
	Pos    *tensor.Tensor // [Context, dim]
	Blocks *nn.TransformerEncoder
	Ln     *nn.LayerNorm
	Head   *nn.Linear
}

func newGPT(b *nn.Maker, vocabulary int) *gpt {
	const dim, heads, blocks = 256, 4, 4
	return &gpt{
		Tok: b.Embedding(vocabulary, dim), Pos: b.Parameter(Context, dim),
		Blocks: b.TransformerEncoder(blocks, dim, heads, nn.TransformerConfig{
			FeedForward: 4 * dim, Activation: nn.GELU{}, BatchFirst: true, NormFirst: true}),
		Ln: b.LayerNorm(dim), Head: b.Linear(dim, vocabulary),
	}
}

func (g *gpt) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = g.Tok.Forward(x).Add(g.Pos.Narrow(0, 0, x.Dim(1)))
	return g.Head.Forward(g.Ln.Forward(g.Blocks.Encode(x, nn.Attending{Causal: true})))
}
