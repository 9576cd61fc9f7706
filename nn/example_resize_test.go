package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

func ExampleUpsample() {
	sizes(nn.Upsample{Size: []int{5, 7}}, 1, 3, 2, 2)
	sizes(nn.Upsample{Scale: []float64{2, 1.5}, Mode: nn.ResizeLinear}, 1, 3, 4, 4)
	// Output:
	// [1 3 5 7]
	// [1 3 8 6]
}

// 0 and 4 made four elements. AlignCorners keeps both at the ends.
func ExampleResizeMode() {
	x := numbers(0, 4).Reshape(1, 1, 2)
	up := func(u nn.Upsample) {
		u.Size = []int{4}
		fmt.Printf("%.2f\n", u.Forward(x).Float64s())
	}
	up(nn.Upsample{Mode: nn.ResizeNearest})
	up(nn.Upsample{Mode: nn.ResizeLinear})
	up(nn.Upsample{Mode: nn.ResizeLinear, AlignCorners: true})
	// Output:
	// [0.00 0.00 4.00 4.00]
	// [0.00 1.00 3.00 4.00]
	// [0.00 1.33 2.67 4.00]
}

// The pooling says where its results come from; what was not largest is lost.
func ExampleMaxUnpool2d() {
	x := tensor.Arange(tensor.CPU(), dtype.Float32, 0, 16, 1).Reshape(1, 1, 4, 4)
	y, at := nn.MaxPool2d{Kernel: 2}.ForwardIndices(x)
	fmt.Println(nn.MaxUnpool2d{Kernel: 2}.Forward(y, at).Reshape(4, 4))
	// Output:
	// tensor([[ 0.,  0.,  0.,  0.],
	//         [ 0.,  5.,  0.,  7.],
	//         [ 0.,  0.,  0.,  0.],
	//         [ 0., 13.,  0., 15.]])
}

// Pooling makes two elements of four and of five: say which it was.
func ExampleMaxUnpool1d() {
	x := numbers(1, 5, 2, 4, 3).Reshape(1, 1, 5)
	y, at := nn.MaxPool1d{Kernel: 2}.ForwardIndices(x)
	fmt.Println(nn.MaxUnpool1d{Kernel: 2}.Forward(y, at).Shape())
	fmt.Println(nn.MaxUnpool1d{Kernel: 2}.Forward(y, at, 5).Reshape(5))
	// Output:
	// [1 1 4]
	// tensor([0., 5., 0., 4., 0.])
}

func ExampleMaxUnpool3d() {
	y, at := nn.MaxPool3d{Kernel: 2}.ForwardIndices(tensor.Ones(tensor.CPU(), dtype.Float32, 1, 3, 4, 6, 8))
	fmt.Println(y.Shape(), nn.MaxUnpool3d{Kernel: 2}.Forward(y, at).Shape())
	// Output: [1 3 2 3 4] [1 3 4 6 8]
}

// The 2-norm of eight ones is the root of 8.
func ExampleLPPool3d() {
	y := nn.LPPool3d{P: 2, Kernel: 2}.Forward(tensor.Ones(tensor.CPU(), dtype.Float32, 1, 1, 2, 2, 2))
	fmt.Printf("%.4f %v\n", y.Item(), y.Shape())
	// Output: 2.8284 [1 1 1 1 1]
}
