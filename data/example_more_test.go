package data_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/tensor"
)

func ExampleArrayOf() {
	a := data.ArrayOf([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	fmt.Println(a.DType, a.Shape, len(a.Data), "bytes")
	// Output: float32 [2 3] 24 bytes
}

func ExampleLabel() {
	a := data.Label(7)
	fmt.Println(a.DType, a.Shape, data.Elements[int64](a))
	// Output: int64 [] [7]
}

// A sample of two inputs and a class.
func ExampleSample() {
	s := data.Sample{X: data.ArrayOf([]float32{0.5, 1}), Y: data.Label(3)}
	b, err := data.Stack(tensor.CPU(), []data.Sample{s, s})
	fmt.Println(b.X.Shape(), b.Y.Float64s(), err)
	// Output: [2 2] [3 3] <nil>
}

func ExampleSlice() {
	var words data.Dataset[string] = data.Slice[string]{"tensor", "graph"}
	w, err := words.At(1)
	fmt.Println(words.Len(), w, err)
	// Output: 2 graph <nil>
}

func ExampleTensors() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 3, 4, 5, 6}, 3, 2)
	y := tensor.From(tensor.CPU(), []int64{0, 1, 0})
	loader := &data.Loader[data.Sample]{Dataset: data.Tensors(x, y), BatchSize: 2}
	for b, err := range loader.All(context.Background()) {
		fmt.Println(b.X.Float64s(), b.Y.Float64s(), b.Len, err)
	}
	// Output:
	// [1 2 3 4] [0 1] 2 <nil>
	// [5 6] [0] 1 <nil>
}

// Batches give their memory back at the end of a scope.
func ExampleBatch() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 3}, 3, 1)
	loader := &data.Loader[data.Sample]{Dataset: data.Tensors(x), BatchSize: 2, Shuffle: true}
	for b, err := range loader.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		tensor.Scope(func(s *tensor.Arena) {
			b = b.Own(s)
			fmt.Println(b.First, len(b.Indices), b.Y == nil)
		})
	}
	// Output:
	// 0 2 true
	// 2 1 true
}

func ExampleShuffled() {
	order, err := data.Shuffled{}.Order(5, rand.New(rand.NewPCG(1, 0)))
	fmt.Println(len(order), err)
	// Output: 5 <nil>
}

func ExampleSequential() {
	order, err := data.Sequential{}.Order(4, nil)
	fmt.Println(order, err)
	// Output: [0 1 2 3] <nil>
}

func ExampleReplacement() {
	order, err := data.Replacement{N: 10}.Order(3, rand.New(rand.NewPCG(1, 0)))
	fmt.Println(len(order), err) // some of 3 samples come more than once
	// Output: 10 <nil>
}

func ExampleIndices() {
	order, err := data.Indices{List: []int{4, 2}, InOrder: true}.Order(5, nil)
	fmt.Println(order, err)
	// Output: [4 2] <nil>
}
