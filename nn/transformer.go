package nn

import "github.com/hekla-ml/hekla/tensor"

// TransformerConfig are the options of the layers of transformers. Zeros are
// PyTorch's defaults, except that Dropout is 0, where PyTorch's is 0.1.
type TransformerConfig struct {
	FeedForward int // size of the hidden layer; 0 means 2048
	Dropout     float64
	Activation  Layer   // nil means ReLU{}
	Eps         float64 // of the layer norms; 0 means 1e-5
	BatchFirst  bool    // sequences are [n, length, dim] instead of [length, n, dim]
	NormFirst   bool    // normalise before each part instead of after it
}

func (c TransformerConfig) filled() TransformerConfig {
	if c.FeedForward == 0 {
		c.FeedForward = 2048
	}
	if c.Activation == nil {
		c.Activation = ReLU{}
	}
	c.Eps = orDefault(c.Eps, 1e-5)
	return c
}

func (c TransformerConfig) attention() AttentionConfig {
	return AttentionConfig{BatchFirst: c.BatchFirst, Dropout: c.Dropout}
}

// A TransformerEncoderLayer is self-attention and a hidden layer, each with a
// residual connection and a normalisation.
type TransformerEncoderLayer struct {
	SelfAttn *MultiheadAttention
	Linear1  *Linear
	Dropout  *Dropout
	Linear2  *Linear
	Norm1    *LayerNorm
	Norm2    *LayerNorm
	Dropout1 *Dropout
	Dropout2 *Dropout

	Activation Layer
	NormFirst  bool
}

// TransformerEncoderLayer makes a layer for sequences of size dim.
func (b *Maker) TransformerEncoderLayer(dim, heads int, opts ...TransformerConfig) *TransformerEncoderLayer {
	c := only("transformerencoderlayer", opts).filled()
	return &TransformerEncoderLayer{
		SelfAttn: b.MultiheadAttention(dim, heads, c.attention()),
		Linear1:  b.Linear(dim, c.FeedForward), Linear2: b.Linear(c.FeedForward, dim),
		Norm1: b.LayerNorm(dim, Eps(c.Eps)), Norm2: b.LayerNorm(dim, Eps(c.Eps)),
		Dropout: b.Dropout(c.Dropout), Dropout1: b.Dropout(c.Dropout), Dropout2: b.Dropout(c.Dropout),
		Activation: c.Activation, NormFirst: c.NormFirst,
	}
}

// Forward encodes x; see Encode.
func (t *TransformerEncoderLayer) Forward(x *tensor.Tensor) *tensor.Tensor { return t.Encode(x) }

// Encode returns x, shaped as for MultiheadAttention, after attention to itself.
func (t *TransformerEncoderLayer) Encode(x *tensor.Tensor, opts ...Attending) *tensor.Tensor {
	o := only("encode", opts)
	attend := func(x *tensor.Tensor) *tensor.Tensor {
		y, _ := t.SelfAttn.Attend(x, x, x, o)
		return t.Dropout1.Forward(y)
	}
	x = residual(x, t.Norm1, t.NormFirst, attend)
	return residual(x, t.Norm2, t.NormFirst, func(x *tensor.Tensor) *tensor.Tensor {
		return t.Dropout2.Forward(feedForward(x, t.Linear1, t.Activation, t.Dropout, t.Linear2))
	})
}

// residual adds f of x to x, with the normalisation before f or at the end.
func residual(x *tensor.Tensor, norm *LayerNorm, first bool, f func(x *tensor.Tensor) *tensor.Tensor) *tensor.Tensor {
	if first {
		return x.Add(f(norm.Forward(x)))
	}
	return norm.Forward(x.Add(f(x)))
}

func feedForward(x *tensor.Tensor, in *Linear, activation Layer, drop *Dropout, out *Linear) *tensor.Tensor {
	return out.Forward(drop.Forward(in.ForwardThen(x, activation)))
}

// A TransformerEncoder is a stack of layers, with a normalisation at the end
// unless Norm is nil.
type TransformerEncoder struct {
	Layers []*TransformerEncoderLayer
	Norm   *LayerNorm
}

// TransformerEncoder makes a stack of n layers without a last normalisation.
// Unlike PyTorch's, they do not begin with equal parameters.
func (b *Maker) TransformerEncoder(n, dim, heads int, opts ...TransformerConfig) *TransformerEncoder {
	t := &TransformerEncoder{}
	for range n {
		t.Layers = append(t.Layers, b.TransformerEncoderLayer(dim, heads, opts...))
	}
	return t
}

// Forward encodes x; see Encode.
func (t *TransformerEncoder) Forward(x *tensor.Tensor) *tensor.Tensor { return t.Encode(x) }

// Encode passes x through all layers.
func (t *TransformerEncoder) Encode(x *tensor.Tensor, opts ...Attending) *tensor.Tensor {
	for _, l := range t.Layers {
		x = l.Encode(x, opts...)
	}
	if t.Norm != nil {
		x = t.Norm.Forward(x)
	}
	return x
}

// A TransformerDecoderLayer is self-attention, attention to what an encoder
// made, and a hidden layer, each with a residual connection and a normalisation.
type TransformerDecoderLayer struct {
	SelfAttn      *MultiheadAttention
	MultiheadAttn *MultiheadAttention
	Linear1       *Linear
	Dropout       *Dropout
	Linear2       *Linear
	Norm1         *LayerNorm
	Norm2         *LayerNorm
	Norm3         *LayerNorm
	Dropout1      *Dropout
	Dropout2      *Dropout
	Dropout3      *Dropout

	Activation Layer
	NormFirst  bool
}

// TransformerDecoderLayer makes a layer for sequences of size dim.
func (b *Maker) TransformerDecoderLayer(dim, heads int, opts ...TransformerConfig) *TransformerDecoderLayer {
	c := only("transformerdecoderlayer", opts).filled()
	return &TransformerDecoderLayer{
		SelfAttn: b.MultiheadAttention(dim, heads, c.attention()), MultiheadAttn: b.MultiheadAttention(dim, heads, c.attention()),
		Linear1: b.Linear(dim, c.FeedForward), Linear2: b.Linear(c.FeedForward, dim),
		Norm1: b.LayerNorm(dim, Eps(c.Eps)), Norm2: b.LayerNorm(dim, Eps(c.Eps)), Norm3: b.LayerNorm(dim, Eps(c.Eps)),
		Dropout: b.Dropout(c.Dropout), Dropout1: b.Dropout(c.Dropout), Dropout2: b.Dropout(c.Dropout), Dropout3: b.Dropout(c.Dropout),
		Activation: c.Activation, NormFirst: c.NormFirst,
	}
}

// Decode returns x [l, n, dim] after attention to itself and to memory [s, n, dim],
// what an encoder made, in the same shape; with BatchFirst n comes first. The
// options are for the two attentions.
func (t *TransformerDecoderLayer) Decode(x, memory *tensor.Tensor, self, cross Attending) *tensor.Tensor {
	x = residual(x, t.Norm1, t.NormFirst, func(x *tensor.Tensor) *tensor.Tensor {
		y, _ := t.SelfAttn.Attend(x, x, x, self)
		return t.Dropout1.Forward(y)
	})
	x = residual(x, t.Norm2, t.NormFirst, func(x *tensor.Tensor) *tensor.Tensor {
		y, _ := t.MultiheadAttn.Attend(x, memory, memory, cross)
		return t.Dropout2.Forward(y)
	})
	return residual(x, t.Norm3, t.NormFirst, func(x *tensor.Tensor) *tensor.Tensor {
		return t.Dropout3.Forward(feedForward(x, t.Linear1, t.Activation, t.Dropout, t.Linear2))
	})
}

// A TransformerDecoder is a stack of layers, with a normalisation at the end
// unless Norm is nil.
type TransformerDecoder struct {
	Layers []*TransformerDecoderLayer
	Norm   *LayerNorm
}

// Decode passes x through all layers.
func (t *TransformerDecoder) Decode(x, memory *tensor.Tensor, self, cross Attending) *tensor.Tensor {
	for _, l := range t.Layers {
		x = l.Decode(x, memory, self, cross)
	}
	if t.Norm != nil {
		x = t.Norm.Forward(x)
	}
	return x
}

// A Transformer is an encoder and a decoder (Vaswani et al. 2017). Embeddings,
// positions and what makes logits of the result are the model's own.
type Transformer struct {
	Encoder *TransformerEncoder
	Decoder *TransformerDecoder
}

// Transformer makes an encoder and a decoder, with a normalisation at the end of
// each.
func (b *Maker) Transformer(dim, heads, encoders, decoders int, opts ...TransformerConfig) *Transformer {
	c := only("transformer", opts).filled()
	t := &Transformer{Encoder: b.TransformerEncoder(encoders, dim, heads, c), Decoder: &TransformerDecoder{}}
	t.Encoder.Norm = b.LayerNorm(dim, Eps(c.Eps))
	for range decoders {
		t.Decoder.Layers = append(t.Decoder.Layers, b.TransformerDecoderLayer(dim, heads, c))
	}
	t.Decoder.Norm = b.LayerNorm(dim, Eps(c.Eps))
	return t
}

// Transform encodes source [s, n, dim] and decodes target [l, n, dim] with it: [l,
// n, dim]; with BatchFirst n comes first. The options are for the attentions of the
// encoder, of the decoder to itself, and to the encoder.
func (t *Transformer) Transform(source, target *tensor.Tensor, encoder, self, cross Attending) *tensor.Tensor {
	return t.Decoder.Decode(target, t.Encoder.Encode(source, encoder), self, cross)
}
