package nn_test

import (
	"os"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// names returns batches of 32 names as 16 character numbers each, and the
// numbers of the characters that follow.
func names(t testing.TB, _ dtype.DType) func(step int) (x, y *tensor.Tensor) {
	b, err := os.ReadFile(recorded.Data(t, "text/names.txt"))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(b))
	return func(step int) (x, y *tensor.Tensor) {
		ids := make([]int64, 32*17)
		for r, w := range words[step*32 : step*32+32] {
			for q, c := range w[:min(len(w), 16)] {
				ids[r*17+q+1] = int64(c - 'a' + 1)
			}
		}
		all := tensor.From(tensor.CPU(), ids, 32, 17)
		return all.Slice(1, 0, 16), all.Slice(1, 1, 17).Reshape(-1)
	}
}

type gpt struct {
	Tok, Pos *nn.Embedding
	Enc      *nn.TransformerEncoder
	LN       *nn.LayerNorm
	Head     *nn.Linear
}

func newGPT(b *nn.Maker) nn.Layer {
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

func newRNN(b *nn.Maker) nn.Layer {
	r := b.RNN(24, 32, two)
	return newNamer(b, r, func(x *tensor.Tensor) *tensor.Tensor { y, _ := r.Forward(x, nil); return y })
}

func newLSTM(b *nn.Maker) nn.Layer {
	r := b.LSTM(24, 32, two)
	return newNamer(b, r, func(x *tensor.Tensor) *tensor.Tensor { y, _, _ := r.Forward(x, nil, nil); return y })
}

func newGRU(b *nn.Maker) nn.Layer {
	r := b.GRU(24, 32, two)
	return newNamer(b, r, func(x *tensor.Tensor) *tensor.Tensor { y, _ := r.Forward(x, nil); return y })
}

func (n *namer) Forward(x *tensor.Tensor) *tensor.Tensor {
	return n.Head.Forward(n.run(n.Tok.Forward(x))).Reshape(-1, 27)
}
