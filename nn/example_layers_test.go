package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

func maker() *nn.Maker { return nn.On(tensor.CPU(), dtype.Float32, 1) }

// sizes prints the shape that a layer makes of x [sizes...].
func sizes(l nn.Layer, sizes ...int) {
	fmt.Println(l.Forward(tensor.Ones(tensor.CPU(), dtype.Float32, sizes...)).Shape())
}

func ExampleLayer() {
	var l nn.Layer = maker().Linear(3, 2)
	sizes(l, 5, 3)
	// Output: [5 2]
}

func ExampleMaker() {
	b := maker()
	fmt.Println(b.Linear(3, 2).Weight.Shape(), b.Parameter(4).RequiresGrad())
	// Output: [2 3] true
}

func ExampleOption() {
	square := []nn.Option{nn.Pad(2), nn.Stride(2), nn.NoBias}
	c := maker().Conv2d(1, 4, 5, square...)
	sizes(c, 1, 1, 28, 28)
	fmt.Println(c.Bias == nil)
	// Output:
	// [1 4 14 14]
	// true
}

// A hidden layer in one pass.
func ExampleLinear_ForwardThen() {
	l := maker().Linear(3, 4)
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3)
	fmt.Println(l.ForwardThen(x, nn.ReLU{}).Equal(l.Forward(x).ReLU()))
	// Output: true
}

func ExampleLinear() {
	sizes(maker().Linear(3, 7), 2, 5, 3)
	// Output: [2 5 7]
}

func ExampleConv() {
	sizes(maker().Conv1d(4, 8, 3, nn.Pad(1)), 2, 4, 100)
	sizes(maker().Conv2d(4, 8, 0, nn.Kernel(3, 5)), 2, 4, 10, 10)
	sizes(maker().Conv3d(4, 8, 3, nn.Groups(4)), 2, 4, 6, 6, 6)
	// Output:
	// [2 8 100]
	// [2 8 8 6]
	// [2 8 4 4 4]
}

func ExampleConvTranspose() {
	sizes(maker().ConvTranspose2d(4, 8, 2, nn.Stride(2)), 2, 4, 10, 10)
	// Output: [2 8 20 20]
}

func ExampleFlatten() {
	sizes(nn.Flatten{}, 2, 3, 4)
	// Output: [2 12]
}

func ExampleUnflatten() {
	sizes(nn.Unflatten{Axis: 1, Sizes: []int{3, 4}}, 2, 12)
	// Output: [2 3 4]
}

func ExampleMaxPool1d() {
	x := tensor.From(tensor.CPU(), []float32{1, 5, 2, 4}).Reshape(1, 1, 4)
	fmt.Println(nn.MaxPool1d{Kernel: 2}.Forward(x).Reshape(2))
	// Output: tensor([5., 4.])
}

func ExampleMaxPool3d() {
	sizes(nn.MaxPool3d{Kernel: 2}, 1, 3, 8, 8, 8)
	// Output: [1 3 4 4 4]
}

func ExampleAvgPool1d() {
	x := tensor.From(tensor.CPU(), []float32{1, 5, 2, 4}).Reshape(1, 1, 4)
	fmt.Println(nn.AvgPool1d{Kernel: 2}.Forward(x).Reshape(2))
	// Output: tensor([3., 3.])
}

func ExampleAvgPool2d() {
	sizes(nn.AvgPool2d{Kernel: 3, Stride: 2, Pad: 1}, 1, 3, 9, 9)
	// Output: [1 3 5 5]
}

func ExampleAvgPool3d() {
	sizes(nn.AvgPool3d{Kernel: 2}, 1, 3, 8, 8, 8)
	// Output: [1 3 4 4 4]
}

func ExampleAdaptiveAvgPool2d() {
	sizes(nn.AdaptiveAvgPool2d{Size: []int{7}}, 1, 3, 30, 20)
	sizes(nn.AdaptiveAvgPool2d{}, 1, 3, 30, 20)
	// Output:
	// [1 3 7 7]
	// [1 3 1 1]
}

func ExampleAdaptiveAvgPool1d() {
	sizes(nn.AdaptiveAvgPool1d{Size: []int{4}}, 1, 3, 30)
	// Output: [1 3 4]
}

func ExampleAdaptiveAvgPool3d() {
	sizes(nn.AdaptiveAvgPool3d{Size: []int{2, -1, 1}}, 1, 3, 8, 8, 8)
	// Output: [1 3 2 8 1]
}

func ExampleAdaptiveMaxPool1d() {
	sizes(nn.AdaptiveMaxPool1d{Size: []int{4}}, 1, 3, 30)
	// Output: [1 3 4]
}

func ExampleAdaptiveMaxPool2d() {
	sizes(nn.AdaptiveMaxPool2d{Size: []int{4, 2}}, 1, 3, 30, 30)
	// Output: [1 3 4 2]
}

func ExampleAdaptiveMaxPool3d() {
	sizes(nn.AdaptiveMaxPool3d{}, 1, 3, 8, 8, 8)
	// Output: [1 3 1 1 1]
}

func ExampleLPPool1d() {
	x := tensor.From(tensor.CPU(), []float32{3, 4}).Reshape(1, 1, 2)
	fmt.Println(nn.LPPool1d{P: 2, Kernel: 2}.Forward(x).Item())
	// Output: 5
}

func ExampleLPPool2d() {
	sizes(nn.LPPool2d{P: 2, Kernel: 2}, 1, 3, 8, 8)
	// Output: [1 3 4 4]
}

func ExampleConstantPad() {
	on(nn.ConstantPad{Pads: []int{1, 2}, Value: 9}, 1, 2)
	// Output: tensor([9., 1., 2., 9., 9.])
}

func ExampleReflectionPad() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 3}).Reshape(1, 1, 3)
	fmt.Println(nn.ReflectionPad{Pads: []int{2, 0}}.Forward(x).Reshape(5))
	// Output: tensor([3., 2., 1., 2., 3.])
}

func ExampleReplicationPad() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 3}).Reshape(1, 1, 3)
	fmt.Println(nn.ReplicationPad{Pads: []int{2, 0}}.Forward(x).Reshape(5))
	// Output: tensor([1., 1., 1., 2., 3.])
}

func ExampleCircularPad() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 3}).Reshape(1, 1, 3)
	fmt.Println(nn.CircularPad{Pads: []int{2, 0}}.Forward(x).Reshape(5))
	// Output: tensor([2., 3., 1., 2., 3.])
}

func ExamplePixelShuffle() {
	sizes(nn.PixelShuffle{Factor: 2}, 1, 12, 4, 4)
	// Output: [1 3 8 8]
}

func ExamplePixelUnshuffle() {
	sizes(nn.PixelUnshuffle{Factor: 2}, 1, 3, 8, 8)
	// Output: [1 12 4 4]
}

func ExampleDropout() {
	d := maker().Dropout(0.5)
	nn.Eval(d)
	on(d, 1, 2)
	// Output: tensor([1., 2.])
}

func ExamplePReLU() {
	on(maker().PReLU(1), -4, 4)
	// Output: tensor([-1.,  4.])
}

// Two ids to a bag; the default is their mean.
func ExampleEmbeddingBag() {
	e := maker().EmbeddingBag(10, 4, nn.BagSum)
	fmt.Println(e.Forward(tensor.From(tensor.CPU(), []int64{1, 2, 3, 4}).Reshape(2, 2)).Shape())
	// Output: [2 4]
}

func ExampleGenerators() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	net := nn.Sequential{b.Linear(4, 4), b.Dropout(0.5), b.Dropout(0.1)}
	streams := nn.Generators(net)
	fmt.Println(len(streams), streams[0] == b.Generator())
	// Output: 1 true
}

// Places of windows that are drawn: each of the four is 2 by 2, and they reach
// from edge to edge.
func ExampleFractionalMaxPool2d() {
	var f nn.Fractional = nn.Fractional{Kernel: []int{2}, Size: []int{2}}
	var p *nn.FractionalMaxPool2d = maker().FractionalMaxPool2d(f)
	x := tensor.Arange(tensor.CPU(), dtype.Float32, 0, 25, 1).Reshape(1, 5, 5)
	fmt.Println(p, p.Forward(x).Shape(), p.Forward(x).Max().Item())
	// Output: FractionalMaxPool2d(kernel_size=2, output_size=2) [1 2 2] 24
}

func ExampleFractionalMaxPool3d() {
	var p *nn.FractionalMaxPool3d = maker().FractionalMaxPool3d(nn.Fractional{Kernel: []int{2}, Ratio: []float64{0.5}})
	fmt.Println(p.Forward(tensor.Ones(tensor.CPU(), dtype.Float32, 1, 3, 8, 8, 8)).Shape())
	// Output: [1 3 4 4 4]
}

func ExampleFractional() {
	f := nn.Fractional{Kernel: []int{2}, Size: []int{2}}
	x := tensor.Arange(tensor.CPU(), dtype.Float32, 0, 16, 1).Reshape(1, 4, 4)
	y, at := f.Pool(x, tensor.Zeros(tensor.CPU(), dtype.Float32, 1, 2))
	fmt.Println(y.Reshape(-1), at.Reshape(-1))
	// Output: tensor([ 5.,  7., 13., 15.]) tensor([ 5,  7, 13, 15])
}

// A thousand classes, of which the first ten are most of the text.
func ExampleAdaptiveLogSoftmaxWithLoss() {
	var c nn.AdaptiveSoftmaxConfig // a quarter of the width for each further cluster
	var a *nn.AdaptiveLogSoftmaxWithLoss = maker().AdaptiveLogSoftmaxWithLoss(64, 1000, []int{10, 100}, c)
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 2, 64)
	logp, loss := a.Forward(x, tensor.From(tensor.CPU(), []int64{3, 500}))
	fmt.Println(logp.Shape(), loss.Shape(), a.LogProb(x).Shape(), nn.NumParameters(a))
	// Output: [2] [] [2 1000] 7088
}
