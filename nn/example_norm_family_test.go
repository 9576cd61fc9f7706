package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// The number in the name says which inputs are taken.
func ExampleBatchNorm_axes() {
	sizes(maker().BatchNorm2d(3), 4, 3, 8, 8)
	sizes(maker().BatchNorm3d(3), 4, 3, 2, 8, 8)
	err := tensor.Try(func() error {
		sizes(maker().BatchNorm3d(3), 4, 3, 8, 8)
		return nil
	})
	fmt.Println(err)
	// Output:
	// [4 3 8 8]
	// [4 3 2 8 8]
	// tensor: batchnorm of float32[4 3 8 8]: want [n, 3] and 3 spatial axes
}

// Weight and bias, and running statistics, are there if asked for.
func ExampleInstanceNorm_options() {
	fmt.Println(maker().InstanceNorm2d(3))
	for name, t := range nn.StateDict(maker().InstanceNorm3d(3, nn.Affine, nn.Track)) {
		fmt.Println(name, t.Shape())
	}
	// Output:
	// InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)
	// weight [3]
	// bias [3]
	// running_mean [3]
	// running_var [3]
	// num_batches_tracked []
}

// twins is a Reducer of two processes that see the same batches.
type twins struct{}

func (twins) AllReduceSum(t *tensor.Tensor) *tensor.Tensor { return t.MulScalar(2) }

// Two processes with a batch of 2 each track the variance of 4 elements.
func ExampleSyncBatchNorm() {
	var r nn.Reducer = twins{}
	one := maker().BatchNorm1d(1, nn.Momentum(1))
	two := nn.Synced(maker().BatchNorm1d(1, nn.Momentum(1)), r)
	x := tensor.From(tensor.CPU(), []float32{1, 3}, 2, 1)
	fmt.Println(one.Forward(x).Detach().Reshape(2), one.RunningVar)
	fmt.Println(two.Forward(x).Detach().Reshape(2), two.RunningVar)
	// Output:
	// tensor([-1.0000,  1.0000]) tensor([2.])
	// tensor([-1.0000,  1.0000]) tensor([1.3333])
}
