package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

func numbers(x ...float32) *tensor.Tensor { return tensor.From(tensor.CPU(), x) }

func ExampleReduction() {
	x, y := numbers(1, 2), numbers(0, 0)
	fmt.Println(nn.MSE(x, y), nn.MSE(x, y, nn.Sum), nn.MSE(x, y, nn.None))
	// Output: tensor(2.5000) tensor(5.) tensor([1., 4.])
}

func ExampleL1() {
	fmt.Println(nn.L1(numbers(1, -3), numbers(0, 0)).Item())
	// Output: 2
}

func ExampleSmoothL1() {
	fmt.Println(nn.SmoothL1(numbers(1, 3), numbers(0, 0), nn.SmoothL1Loss{Beta: 2, Reduction: nn.None}))
	// Output: tensor([0.2500, 2.0000])
}

func ExampleHuber() {
	fmt.Println(nn.Huber(numbers(1, 3), numbers(0, 0), nn.HuberLoss{Delta: 2, Reduction: nn.None}))
	// Output: tensor([0.5000, 4.0000])
}

// A class that is ignored does not count in the mean either.
func ExampleClassLoss() {
	logits := numbers(0, 0, 5, 5).Reshape(2, 2)
	ignore := 1
	loss := nn.CrossEntropy(logits, tensor.From(tensor.CPU(), []int64{0, 1}), nn.ClassLoss{IgnoreIndex: &ignore})
	fmt.Printf("%.4f\n", loss.Item())
	// Output: 0.6931
}

func ExampleNLL() {
	logp := nn.LogSoftmax{Axis: 1}.Forward(numbers(0, 0).Reshape(1, 2))
	fmt.Printf("%.4f\n", nn.NLL(logp, tensor.From(tensor.CPU(), []int64{1})).Item())
	// Output: 0.6931
}

func ExampleBCE() {
	fmt.Printf("%.4f\n", nn.BCE(numbers(0.5), numbers(1)).Item())
	// Output: 0.6931
}

func ExampleBinaryLoss() {
	loss := nn.BCEWithLogits(numbers(0, 0), numbers(1, 0), nn.BinaryLoss{PosWeight: numbers(3), Reduction: nn.None})
	fmt.Println(loss)
	// Output: tensor([2.0794, 0.6931])
}

func ExampleKLDivLoss() {
	x, y := numbers(0.5, 0.5).Log(), numbers(1, 0)
	fmt.Printf("%.4f\n", nn.KLDiv(x, y, nn.KLDivLoss{Reduction: nn.Sum}).Item())
	// Output: 0.6931
}

func ExampleMarginLoss() {
	margin := 0.5
	fmt.Println(nn.MarginRanking(numbers(1, 1), numbers(0, 2), numbers(1, 1), nn.MarginLoss{Margin: &margin, Reduction: nn.None}))
	// Output: tensor([0.0000, 1.5000])
}

func ExampleHingeEmbedding() {
	fmt.Println(nn.HingeEmbedding(numbers(2, 0.25), numbers(1, -1), nn.MarginLoss{Reduction: nn.None}))
	// Output: tensor([2.0000, 0.7500])
}

func ExampleCosineEmbedding() {
	fmt.Println(nn.CosineEmbedding(numbers(1, 0), numbers(0, 2), numbers(1).Reshape()).Item())
	// Output: 1
}

func ExampleTripletMargin() {
	a, p, n := numbers(0, 0).Reshape(1, 2), numbers(3, 4).Reshape(1, 2), numbers(6, 8).Reshape(1, 2)
	fmt.Printf("%.4f %.4f\n", nn.TripletMargin(a, p, n).Item(), nn.TripletMargin(a, n, p).Item())
	// Output: 0.0000 6.0000
}

func ExampleMultiMarginLoss() {
	x := numbers(1, 0, 3).Reshape(1, 3)
	fmt.Println(nn.MultiMargin(x, tensor.From(tensor.CPU(), []int64{2}), nn.MultiMarginLoss{P: 2}).Item())
	// Output: 0
}

func ExampleMultiLabelMargin() {
	x := numbers(1, 0, 0).Reshape(1, 3)
	fmt.Printf("%.4f\n", nn.MultiLabelMargin(x, tensor.From(tensor.CPU(), []int64{0, -1, -1}).Reshape(1, 3)).Item())
	// Output: 0.0000
}

func ExampleMultiLabelSoftMarginLoss() {
	x, y := numbers(0, 0).Reshape(1, 2), numbers(1, 0).Reshape(1, 2)
	fmt.Println(nn.MultiLabelSoftMargin(x, y, nn.MultiLabelSoftMarginLoss{Reduction: nn.None}))
	// Output: tensor([0.6931])
}

func ExampleSoftMargin() {
	fmt.Printf("%.4f\n", nn.SoftMargin(numbers(0), numbers(-1)).Item())
	// Output: 0.6931
}

func ExamplePoissonNLLLoss() {
	fmt.Println(nn.PoissonNLL(numbers(0), numbers(2)).Item(), nn.PoissonNLL(numbers(1), numbers(2), nn.PoissonNLLLoss{Rate: true}).Item())
	// Output: 1 1
}

// The largest difference as distance.
func ExampleTripletLoss() {
	o := nn.TripletLoss{Distance: func(x, y *tensor.Tensor) *tensor.Tensor { return x.Sub(y).Abs().Max(-1) }}
	vec := func(x ...float32) *tensor.Tensor { return tensor.From(tensor.CPU(), x, 1, len(x)) }
	fmt.Println(nn.TripletMarginWithDistance(vec(0, 0), vec(1, 0), vec(0, 1.5), o))
	// Output: tensor(0.5000)
}
