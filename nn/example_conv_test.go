package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// OutPad chooses among the sizes that a strided convolution makes the same of.
func ExampleConvTranspose_outPad() {
	sizes(maker().ConvTranspose1d(4, 8, 3, nn.Stride(2), nn.Pad(1)), 2, 4, 10)
	sizes(maker().ConvTranspose1d(4, 8, 3, nn.Stride(2), nn.Pad(1), nn.OutPad(1)), 2, 4, 10)
	sizes(maker().ConvTranspose3d(4, 8, 2, nn.Stride(2)), 2, 4, 5, 6, 7)
	// Output:
	// [2 8 19]
	// [2 8 20]
	// [2 8 10 12 14]
}

// What a convolution of ones sees at the edges of 1, 2, 3.
func ExamplePadMode() {
	for _, mode := range []nn.PadMode{nn.PadZeros, nn.PadReflect, nn.PadReplicate, nn.PadCircular} {
		c := maker().Conv1d(1, 1, 3, nn.Same, nn.Padding(mode), nn.NoBias)
		nn.Ones(c.Weight)
		fmt.Println(c.Forward(numbers(1, 2, 3).Reshape(1, 1, 3)).Detach().Reshape(3))
	}
	// Output:
	// tensor([3., 6., 5.])
	// tensor([5., 6., 7.])
	// tensor([4., 6., 8.])
	// tensor([6., 6., 6.])
}

func ExampleChannelShuffle() {
	x := numbers(1, 2, 3, 10, 20, 30).Reshape(1, 6, 1, 1)
	fmt.Println(nn.ChannelShuffle{Groups: 2}.Forward(x).Reshape(6))
	// Output: tensor([ 1., 10.,  2., 20.,  3., 30.])
}

// A convolution is a product of matrices with the windows as columns.
func ExampleUnfold() {
	x := tensor.Arange(tensor.CPU(), dtype.Float32, 0, 9, 1).Reshape(1, 1, 3, 3)
	columns := nn.Unfold{Kernel: []int{2}}.Forward(x)
	fmt.Println(columns.Squeeze(0))
	fmt.Println(numbers(1, 0, 0, 1).MatMul(columns.Squeeze(0))) // the kernel [[1 0] [0 1]]
	// Output:
	// tensor([[0., 1., 3., 4.],
	//         [1., 2., 4., 5.],
	//         [3., 4., 6., 7.],
	//         [4., 5., 7., 8.]])
	// tensor([ 4.,  6., 10., 12.])
}

// Fold of Unfold counts each pixel as often as there are windows it is in.
func ExampleFold() {
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 1, 1, 3, 3)
	columns := nn.Unfold{Kernel: []int{2}}.Forward(x)
	fmt.Println(nn.Fold{Size: []int{3}, Kernel: []int{2}}.Forward(columns).Reshape(3, 3))
	// Output:
	// tensor([[1., 2., 1.],
	//         [2., 4., 2.],
	//         [1., 2., 1.]])
}
