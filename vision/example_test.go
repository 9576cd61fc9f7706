package vision_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/vision"
)

func ExampleDigits() {
	digits := vision.Digits(1000, 1)
	loader := data.Loader[data.Sample]{Dataset: digits, BatchSize: 64, Shuffle: true}
	for b, err := range loader.All(context.Background()) {
		fmt.Println(b.X.DType(), b.X.Shape(), b.Y.DType(), b.Y.Shape(), err)
		break
	}
	// Output: float32 [64 1 28 28] int64 [64] <nil>
}

func ExampleMNIST() {
	_, err := vision.MNIST("nowhere", true)
	fmt.Println(err != nil)
	// Output: true
}

func ExampleImages() {
	m := &vision.Images{Pixels: []byte{0, 51, 102, 255}, Labels: []uint8{3}, Height: 2, Width: 2, Mean: 0.5, Std: 0.5}
	x, y, err := m.Tensors(tensor.CPU())
	fmt.Printf("%v %.1f %v %v\n", x.Shape(), x.Float64s(), y.Float64s(), err)
	// Output: [1 1 2 2] [-1.0 -0.6 -0.2 1.0] [3] <nil>
}

func ExampleReadIDX() {
	file := []byte{0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9}
	x, err := vision.ReadIDX(bytes.NewReader(file))
	fmt.Println(x.DType, x.Shape, x.Data, err)
	// Output: uint8 [3] [7 8 9] <nil>
}

func ExampleFashionMNIST() {
	_, err := vision.FashionMNIST("nowhere", false)
	fmt.Println(err != nil)
	// Output: true
}
