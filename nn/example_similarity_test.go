package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// Every pair of an element of x and one of y has a weight for each output.
func ExampleBilinear() {
	l := maker().Bilinear(2, 3, 5)
	fmt.Println(l, l.Weight.Shape())
	fmt.Println(l.Forward(sequence(7, 4, 2), sequence(7, 4, 3)).Shape())
	// Output:
	// Bilinear(in1_features=2, in2_features=3, out_features=5, bias=True) [5 2 3]
	// [7 4 5]
}

func ExampleCosineSimilarity() {
	x := numbers(1, 0, 1, 0, 3, 4).Reshape(3, 2)
	y := numbers(2, 0, 0, 5, 4, 3).Reshape(3, 2)
	fmt.Println(nn.CosineSimilarity{Axis: 1}.Forward(x, y))
	// Output: tensor([1.0000, 0.0000, 0.9600])
}

func ExamplePairwiseDistance() {
	x, y := numbers(3, 4, 0, 0).Reshape(2, 2), numbers(0, 0, 1, 1).Reshape(2, 2)
	fmt.Println(nn.PairwiseDistance{}.Forward(x, y))
	fmt.Println(nn.PairwiseDistance{P: 1, Keep: true}.Forward(x, y).Shape())
	// Output:
	// tensor([5.0000, 1.4142])
	// [2 1]
}

// The variance is predicted too: being sure of what is wrong costs more.
func ExampleGaussianNLL() {
	x, y := numbers(0, 0, 0), numbers(0, 2, 2)
	variance := numbers(1, 1, 4)
	fmt.Println(nn.GaussianNLL(x, y, variance, nn.GaussianNLLLoss{Reduction: nn.None}))
	fmt.Printf("%.4f\n", nn.GaussianNLL(x, y, variance, nn.GaussianNLLLoss{Full: true}).Item())
	// Output:
	// tensor([0.0000, 2.0000, 1.1931])
	// 1.9833
}

// The rows 1 and 2, then twice row 3, combined in three ways.
func ExampleBagMode() {
	ids := tensor.From(tensor.CPU(), []int64{1, 2, 3, 3}, 2, 2)
	for _, mode := range []nn.BagMode{nn.BagMean, nn.BagSum, nn.BagMax} {
		e := maker().EmbeddingBag(4, 1, mode)
		e.Weight.Detach().CopyInPlace(numbers(0, 1, 4, -3).Reshape(4, 1))
		fmt.Println(e.Forward(ids).Detach().Reshape(2))
	}
	// Output:
	// tensor([ 2.5000, -3.0000])
	// tensor([ 5., -6.])
	// tensor([ 4., -3.])
}
