package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// In training the batch's own statistics count and the running ones follow.
func ExampleBatchNorm() {
	n := maker().BatchNorm1d(1)
	x := tensor.From(tensor.CPU(), []float32{1, 3}).Reshape(2, 1)
	fmt.Println(n.Forward(x).Detach().Reshape(2), n.RunningMean)
	nn.Eval(n)
	fmt.Println(n.Forward(x).Detach().Reshape(2))
	// Output:
	// tensor([-1.0000,  1.0000]) tensor([0.2000])
	// tensor([0.7628, 2.6697])
}

func ExampleLayerNorm() {
	on(maker().LayerNorm(2), 1, 3)
	// Output: tensor([-1.0000,  1.0000])
}

func ExampleRMSNorm() {
	on(maker().RMSNorm(2), 1, 7)
	// Output: tensor([0.2000, 1.4000])
}

func ExampleGroupNorm() {
	sizes(maker().GroupNorm(2, 6), 4, 6, 5, 5)
	// Output: [4 6 5 5]
}

func ExampleInstanceNorm() {
	n := maker().InstanceNorm1d(1)
	x := tensor.From(tensor.CPU(), []float32{1, 3}).Reshape(1, 1, 2)
	fmt.Println(n.Forward(x).Detach().Reshape(2), n.Weight == nil)
	// Output: tensor([-1.0000,  1.0000]) true
}

func ExampleLocalResponseNorm() {
	sizes(nn.LocalResponseNorm{Size: 5}, 1, 8, 4, 4)
	// Output: [1 8 4 4]
}

// moody is a module that behaves differently in training.
type moody struct{ nn.Mode }

func ExampleMode() {
	var m moody
	fmt.Println(m.Training())
	nn.Eval(&m)
	fmt.Println(m.Training())
	// Output:
	// true
	// false
}
