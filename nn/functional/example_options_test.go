package functional_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	F "github.com/hekla-ml/hekla/nn/functional"
	"github.com/hekla-ml/hekla/tensor"
)

// A depthwise convolution: a group for each channel. Kernels need not be square,
// nor do numbers of the two axes agree.
func ExampleConvolution() {
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 1, 4, 9, 9)
	w := tensor.Ones(tensor.CPU(), dtype.Float32, 4, 1, 3, 5)
	fmt.Println(F.Conv(x, w, nil, F.Convolution{Groups: 4, Pad: []int{1, 2}}).Shape())
	fmt.Println(F.Conv(x, w, nil, F.Convolution{Groups: 4, Same: true, Padding: nn.PadReflect}).Shape())
	fmt.Println(F.ConvTranspose(x, w, nil, F.Convolution{Groups: 4, Stride: []int{2}, OutPad: []int{1}}).Shape())
	// Output:
	// [1 4 9 9]
	// [1 4 9 9]
	// [1 4 20 22]
}

// What counts at the edges of 1 to 5, in windows of 2.
func ExamplePooling() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 3, 4, 5}, 1, 1, 5)
	fmt.Println(F.AvgPool1d(x, []int{2}).Float64s())
	fmt.Println(F.AvgPool1d(x, []int{2}, F.Pooling{Ceil: true}).Float64s())
	fmt.Println(F.AvgPool1d(x, []int{2}, F.Pooling{Pad: []int{1}}).Float64s())
	fmt.Println(F.AvgPool1d(x, []int{2}, F.Pooling{Pad: []int{1}, ExcludePad: true}).Float64s())
	fmt.Println(F.MaxPool1d(x, []int{2}, F.Pooling{Stride: []int{1}, Dilation: []int{3}}).Float64s())
	// Output:
	// [1.5 3.5]
	// [1.5 3.5 5]
	// [0.5 2.5 4.5]
	// [1 2.5 4.5]
	// [4 5]
}

func ExampleWindows() {
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 1, 3, 8, 8)
	fmt.Println(F.Unfold(x, []int{2}, F.Windows{Stride: []int{2}}).Shape())                  // patches, as a ViT takes them
	fmt.Println(F.Unfold(x, []int{3}, F.Windows{Pad: []int{1}, Dilation: []int{1}}).Shape()) // what a convolution sees
	// Output:
	// [1 12 16]
	// [1 27 64]
}

// In training the running statistics that are passed in follow.
func ExampleBatchNormStats() {
	x := tensor.From(tensor.CPU(), []float32{1, 3}, 2, 1)
	mean, variance := tensor.Zeros(tensor.CPU(), dtype.Float32, 1), tensor.Ones(tensor.CPU(), dtype.Float32, 1)
	y := F.BatchNorm(x, nil, nil, F.BatchNormStats{Mean: mean, Var: variance, Training: true})
	fmt.Printf("%.4f %v %v\n", y.Float64s(), mean, variance)
	y = F.BatchNorm(x, nil, nil, F.BatchNormStats{Mean: mean, Var: variance})
	fmt.Printf("%.4f\n", y.Float64s())
	// Output:
	// [-1.0000 1.0000] tensor([0.2000]) tensor([1.1000])
	// [0.7628 2.6697]
}
