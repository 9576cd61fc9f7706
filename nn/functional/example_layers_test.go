package functional_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	F "github.com/hekla-ml/hekla/nn/functional"
	"github.com/hekla-ml/hekla/tensor"
)

func numbers(x ...float32) *tensor.Tensor { return tensor.From(tensor.CPU(), x) }

// Layers are functions of their weights: here of weights that are computed.
func ExampleLinear() {
	x, w := numbers(1, 2).Reshape(1, 2), numbers(1, 0, 0, 1, 1, 1).Reshape(3, 2)
	fmt.Println(F.Linear(x, w.MulScalar(10), numbers(1, 2, 3)))
	// Output: tensor([[11., 22., 33.]])
}

func ExampleLinearReLU() {
	x, w := numbers(1, 2).Reshape(1, 2), numbers(1, 1, 1, -1).Reshape(2, 2)
	fmt.Println(F.LinearReLU(x, w, nil))
	fmt.Printf("%.4f\n", F.LinearGELU(x, w, numbers(-3, 0)).Float64s())
	fmt.Printf("%.4f\n", F.LinearGELUTanh(x, w, numbers(-3, 0)).Float64s())
	// Output:
	// tensor([[3., 0.]])
	// [0.0000 -0.1587]
	// [0.0000 -0.1588]
}

func ExampleSoftmax() {
	fmt.Printf("%.4f\n", F.Softmax(numbers(1, 2, 3), 0).Float64s())
	fmt.Printf("%.4f\n", F.LogSoftmax(numbers(1, 2, 3), 0).Float64s())
	// Output:
	// [0.0900 0.2447 0.6652]
	// [-2.4076 -1.4076 -0.4076]
}

func ExampleGELU() {
	x := numbers(-1, 0, 1)
	fmt.Printf("%.4f\n", F.GELU(x).Float64s())
	fmt.Printf("%.4f\n", F.GELUTanh(x).Float64s())
	fmt.Printf("%.4f\n", F.LeakyReLU(x, 0.1).Float64s())
	// Output:
	// [-0.1587 0.0000 0.8413]
	// [-0.1588 0.0000 0.8412]
	// [-0.1000 0.0000 1.0000]
}

// Without weight and bias a normalisation only normalises.
func ExampleLayerNorm() {
	x := numbers(1, 3, 2, 6).Reshape(2, 2)
	fmt.Printf("%.4f\n", F.LayerNorm(x, []int{2}, nil, nil, 1e-5).Float64s())
	fmt.Printf("%.4f\n", F.RMSNorm(x, nil, 1e-5).Float64s())
	fmt.Printf("%.4f\n", F.Normalize(x, 2, 1, 1e-12).Float64s()) // rows of length 1
	// Output:
	// [-1.0000 1.0000 -1.0000 1.0000]
	// [0.4472 1.3416 0.4472 1.3416]
	// [0.3162 0.9487 0.3162 0.9487]
}

func ExampleEmbedding() {
	table := numbers(0, 0, 1, 10, 2, 20).Reshape(3, 2)
	ids := tensor.From(tensor.CPU(), []int64{2, 0, 1})
	fmt.Println(F.Embedding(ids, table))
	fmt.Println(F.EmbeddingBag(ids, table, tensor.From(tensor.CPU(), []int64{0, 2}), nil, nn.BagSum)) // {2, 0} and {1}
	// Output:
	// tensor([[ 2., 20.],
	//         [ 0.,  0.],
	//         [ 1., 10.]])
	// tensor([[ 2., 20.],
	//         [ 1., 10.]])
}

func ExampleOneHot() {
	fmt.Println(F.OneHot(tensor.From(tensor.CPU(), []int64{2, 0}), 3))
	// Output:
	// tensor([[0, 0, 1],
	//         [1, 0, 0]])
}

// Left and right of the last axis, then above and below.
func ExamplePad() {
	x := numbers(1, 2, 3, 4).Reshape(2, 2)
	fmt.Println(F.Pad(x, []int{1, 0, 0, 1}, nn.PadZeros, 9))
	// Output:
	// tensor([[9., 1., 2.],
	//         [9., 3., 4.],
	//         [9., 9., 9.]])
}

// Distances of all pairs of rows: 0 and 1, 0 and 2, 1 and 2.
func ExamplePDist() {
	x := numbers(0, 0, 3, 4, 0, 4).Reshape(3, 2)
	fmt.Println(F.PDist(x, 2))
	// Output: tensor([5., 4., 3.])
}

// An image turned by a quarter. PyTorch 1.13 gives the same.
func ExampleGridSample() {
	x := numbers(1, 2, 3, 4).Reshape(1, 1, 2, 2)
	grid := F.AffineGrid(numbers(0, 1, 0, -1, 0, 0).Reshape(1, 2, 3), []int{2, 2}, false)
	fmt.Println(F.GridSample(x, grid, tensor.Sampler{}).Reshape(2, 2))
	// Output:
	// tensor([[3., 1.],
	//         [4., 2.]])
}

func ExampleDropout() {
	x, g := tensor.Ones(tensor.CPU(), dtype.Float32, 1000), tensor.NewGenerator(1)
	fmt.Println(F.Dropout(x, 0.25, false, g).Mean().Item())
	y := F.Dropout(x, 0.25, true, g)
	fmt.Printf("%.4f %.1f\n", y.Max().Item(), y.Mean().Item()) // 1/0.75; the mean stays
	// Output:
	// 1
	// 1.3333 1.0
}

func ExampleScaledDotProductAttention() {
	q, k := tensor.Ones(tensor.CPU(), dtype.Float32, 1, 2, 4), tensor.Ones(tensor.CPU(), dtype.Float32, 1, 2, 4)
	v := numbers(1, 3).Reshape(1, 2, 1)
	fmt.Println(F.ScaledDotProductAttention(q, k, v, nn.DotProduct{Causal: true}).Reshape(2))
	// Output: tensor([1., 2.])
}
