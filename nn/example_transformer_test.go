package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// Five source vectors are translated to three target ones, which see no later
// ones of their own.
func ExampleTransformer() {
	t := maker().Transformer(16, 4, 2, 1, nn.TransformerConfig{FeedForward: 32, BatchFirst: true})
	y := t.Transform(sequence(2, 5, 16), sequence(2, 3, 16), nn.Attending{}, nn.Attending{Causal: true}, nn.Attending{})
	fmt.Println(y.Shape(), len(t.Encoder.Layers), len(t.Decoder.Layers))
	// Output: [2 3 16] 2 1
}

// A decoder takes its memory from anywhere, and hides the padding in it.
func ExampleTransformerDecoder() {
	b := maker()
	c := nn.TransformerConfig{FeedForward: 32, BatchFirst: true, NormFirst: true}
	d := nn.TransformerDecoder{Layers: []*nn.TransformerDecoderLayer{b.TransformerDecoderLayer(16, 4, c), b.TransformerDecoderLayer(16, 4, c)}}
	memory := sequence(1, 2, 16)
	padded := tensor.Concat(1, memory, sequence(1, 1, 16).MulScalar(99))
	hidden := tensor.From(tensor.CPU(), []bool{false, false, true}, 1, 3)
	x := sequence(1, 4, 16)
	y := d.Decode(x, padded, nn.Attending{Causal: true}, nn.Attending{KeyPadding: hidden})
	fmt.Println(y.Shape())
	fmt.Println(y.AllClose(d.Decode(x, memory, nn.Attending{Causal: true}, nn.Attending{}), 1e-5, 1e-6))
	// Output:
	// [1 4 16]
	// true
}

// With equal keys a query draws on all values alike, a causal one on those up to
// its own.
func ExampleScaledDotProductAttention() {
	q, k := sequence(1, 3, 4), sequence(1, 3, 4)
	v := numbers(3, 6, 9).Reshape(1, 3, 1)
	fmt.Println(nn.ScaledDotProductAttention(q, k, v).Reshape(3))
	fmt.Println(nn.ScaledDotProductAttention(q, k, v, nn.DotProduct{Causal: true}).Reshape(3))
	mask := tensor.From(tensor.CPU(), []bool{false, true, true}) // true lets a key be seen
	fmt.Println(nn.ScaledDotProductAttention(q, k, v, nn.DotProduct{Mask: mask}).Reshape(3))
	// Output:
	// tensor([6., 6., 6.])
	// tensor([3.0000, 4.5000, 6.0000])
	// tensor([7.5000, 7.5000, 7.5000])
}
