package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// sequence returns n sequences of a length, of vectors of size dim.
func sequence(n, length, dim int) *tensor.Tensor {
	return tensor.Ones(tensor.CPU(), dtype.Float32, n, length, dim)
}

func ExampleRNN() {
	r := maker().RNN(3, 5, nn.RecurrentConfig{BatchFirst: true})
	y, last := r.Forward(sequence(2, 7, 3), nil)
	fmt.Println(y.Shape(), last.Shape())
	// Output: [2 7 5] [1 2 5]
}

func ExampleRecurrentConfig() {
	r := maker().GRU(3, 5, nn.RecurrentConfig{Layers: 2, Bidirectional: true, BatchFirst: true})
	y, last := r.Forward(sequence(2, 7, 3), nil)
	fmt.Println(y.Shape(), last.Shape())
	// Output: [2 7 10] [4 2 5]
}

func ExampleGRU() {
	r := maker().GRU(3, 5)
	y, last := r.Forward(sequence(7, 2, 3), nil) // [length, n, in]
	fmt.Println(y.Shape(), last.Shape())
	// Output: [7 2 5] [1 2 5]
}

func ExampleRNNCell() {
	fmt.Println(maker().RNNCell(3, 5).Forward(tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3), nil).Shape())
	// Output: [2 5]
}

func ExampleGRUCell() {
	fmt.Println(maker().GRUCell(3, 5).Forward(tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3), nil).Shape())
	// Output: [2 5]
}

func ExampleLSTMCell() {
	h, c := maker().LSTMCell(3, 5).Forward(tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3), nil, nil)
	fmt.Println(h.Shape(), c.Shape())
	// Output: [2 5] [2 5]
}

func ExampleAttentionConfig() {
	m := maker().MultiheadAttention(8, 2, nn.AttentionConfig{BatchFirst: true, NoBias: true})
	sizes(m, 2, 5, 8)
	// Output: [2 5 8]
}

func ExampleTransformerEncoderLayer() {
	l := maker().TransformerEncoderLayer(8, 2, nn.TransformerConfig{FeedForward: 16, BatchFirst: true})
	sizes(l, 2, 5, 8)
	// Output: [2 5 8]
}

func ExampleTransformerConfig() {
	c := nn.TransformerConfig{FeedForward: 16, Activation: nn.GELU{}, NormFirst: true, BatchFirst: true}
	sizes(maker().TransformerEncoder(2, 8, 2, c), 2, 5, 8)
	// Output: [2 5 8]
}
