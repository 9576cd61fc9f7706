package golden

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

func mlp(b *nn.Maker) nn.Layer {
	return nn.Sequential{nn.Flatten{}, b.Linear(784, 128), nn.ReLU{}, b.Linear(128, 10)}
}

// CNN is the convolutional network of the recorded trainings: of images [n, 1, 28, 28].
func CNN(b *nn.Maker) nn.Layer {
	return nn.Sequential{
		b.Conv2d(1, 8, 3, nn.Pad(1)), b.BatchNorm2d(8), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
		b.Conv2d(8, 16, 3), nn.ReLU{}, nn.AvgPool2d{Kernel: 2}, nn.Flatten{}, b.Linear(576, 10),
	}
}

type gpt struct {
	Tok, Pos *nn.Embedding
	Enc      *nn.TransformerEncoder
	LN       *nn.LayerNorm
	Head     *nn.Linear
}

// GPT is their transformer: of characters [n, 16], numbers below 27.
func GPT(b *nn.Maker) nn.Layer {
	c := nn.TransformerConfig{FeedForward: 64, Activation: nn.GELU{}, BatchFirst: true, NormFirst: true}
	return &gpt{b.Embedding(27, 32), b.Embedding(16, 32), b.TransformerEncoder(2, 32, 4, c), b.LayerNorm(32), b.Linear(32, 27)}
}

func (g *gpt) Forward(x *tensor.Tensor) *tensor.Tensor {
	places := tensor.Arange(x.Device(), dtype.Int64, 0, 16, 1)
	tensor.Inherit([]*tensor.Tensor{x}, []*tensor.Tensor{places})
	h := g.Tok.Forward(x).Add(g.Pos.Forward(places))
	h = g.Enc.Encode(h, nn.Attending{Causal: true})
	return g.Head.Forward(g.LN.Forward(h)).Reshape(-1, 27)
}

type namer struct {
	Tok  *nn.Embedding
	RNN  any
	Head *nn.Linear
	run  func(x *tensor.Tensor) *tensor.Tensor
}

func newNamer(b *nn.Maker, rnn any, run func(x *tensor.Tensor) *tensor.Tensor) nn.Layer {
	return &namer{b.Embedding(27, 24), rnn, b.Linear(32, 27), run}
}

var two = nn.RecurrentConfig{Layers: 2, BatchFirst: true}

// RNN is their recurrent network, of the same characters.
func RNN(b *nn.Maker) nn.Layer {
	r := b.RNN(24, 32, two)
	return newNamer(b, r, func(x *tensor.Tensor) *tensor.Tensor { y, _ := r.Forward(x, nil); return y })
}

// LSTM is RNN of LSTM cells.
func LSTM(b *nn.Maker) nn.Layer {
	r := b.LSTM(24, 32, two)
	return newNamer(b, r, func(x *tensor.Tensor) *tensor.Tensor { y, _, _ := r.Forward(x, nil, nil); return y })
}

// GRU is RNN of gated recurrent units.
func GRU(b *nn.Maker) nn.Layer {
	r := b.GRU(24, 32, two)
	return newNamer(b, r, func(x *tensor.Tensor) *tensor.Tensor { y, _ := r.Forward(x, nil); return y })
}

func (n *namer) Forward(x *tensor.Tensor) *tensor.Tensor {
	return n.Head.Forward(n.run(n.Tok.Forward(x))).Reshape(-1, 27)
}
