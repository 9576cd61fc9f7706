package functional_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	F "github.com/hekla-ml/hekla/nn/functional"
	"github.com/hekla-ml/hekla/tensor"
)

func Example() {
	x := tensor.Arange(tensor.CPU(), dtype.Float32, 0, 16, 1).Reshape(1, 1, 4, 4)
	w := tensor.Ones(tensor.CPU(), dtype.Float32, 1, 1, 2, 2)
	fmt.Println(F.Conv(x, w, nil, F.Convolution{Stride: []int{2}}).Float64s())
	fmt.Println(F.MaxPool2d(x, []int{2}).Float64s())
	fmt.Println(F.Interpolate(x, nn.Upsample{Size: []int{2}}).Float64s())
	// Output:
	// [10 18 42 50]
	// [5 7 13 15]
	// [0 2 8 10]
}

func ExampleFold() {
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 1, 1, 3, 3)
	cols := F.Unfold(x, []int{2})
	fmt.Println(cols.Shape())
	fmt.Println(F.Fold(cols, []int{3}, []int{2}).Float64s()) // in how many windows each pixel is
	// Output:
	// [1 4 4]
	// [1 2 1 2 4 2 1 2 1]
}

// PyTorch 1.13 gives the same numbers for this theta.
func ExampleAffineGrid() {
	theta := tensor.From(tensor.CPU(), []float32{1, .5, .1, 0, 2, -.2}, 1, 2, 3)
	fmt.Printf("%.4f\n", F.AffineGrid(theta, []int{2, 3}, false).Float64s())
	// Output: [-0.8167 -1.2000 -0.1500 -1.2000 0.5167 -1.2000 -0.3167 0.8000 0.3500 0.8000 1.0167 0.8000]
}

func ExampleGumbelSoftmax() {
	logits := tensor.From(tensor.CPU(), []float32{0, 3, 0, 3, 0, 0}, 2, 3)
	y := F.GumbelSoftmax(logits, 1, true, -1, tensor.NewGenerator(1))
	fmt.Println(y.Sum(1).Float64s(), y.Max().Item())
	// Output: [1 1] 1
}
