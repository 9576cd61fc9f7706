package workload

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A Model is a network that bench trains. It maps images [n, 1, 28, 28] to
// scores [n, classes], or if it is of text, ids [n, t] to scores
// [n, t, classes].
type Model struct {
	Name, Doc string
	Text      bool
	Build     func(b *nn.Maker, classes int) nn.Layer
}

// Models are those of the PyTorch side of the benchmark, and digits, a small
// one for the quick tour.
var Models = []Model{
	{Name: "mlp", Doc: "784-512-512-10, ReLU", Build: mlp},
	{Name: "lenet", Doc: "LeNet-5 with ReLU and max pooling", Build: lenet},
	{Name: "cnn", Doc: "three convolutions with batch norm", Build: cnn},
	{Name: "digits", Doc: "a small CNN that learns fast, that of the quick tour", Build: digitsNet},
	{Name: "lstm", Doc: "reads an image row by row, hidden size 128", Build: rowsLSTM},
	{Name: "gpt", Doc: "4 pre-norm transformer blocks on characters", Text: true, Build: func(b *nn.Maker, n int) nn.Layer { return newGPT(b, n) }},
	{Name: "resnet18", Doc: "ResNet-18, the image in three channels", Build: func(b *nn.Maker, n int) nn.Layer {
		return nn.Sequential{nn.Func(threeChannels), resnet18(b, n)}
	}},
}

// ModelNamed finds a model.
func ModelNamed(name string) (Model, bool) {
	for _, m := range Models {
		if m.Name == name {
			return m, true
		}
	}
	return Model{}, false
}

func mlp(b *nn.Maker, classes int) nn.Layer {
	return nn.Sequential{nn.Flatten{}, b.Linear(784, 512), nn.ReLU{}, b.Linear(512, 512), nn.ReLU{}, b.Linear(512, classes)}
}

func lenet(b *nn.Maker, classes int) nn.Layer {
	return nn.Sequential{
		b.Conv2d(1, 6, 5, nn.Pad(2)), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
		b.Conv2d(6, 16, 5), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
		nn.Flatten{}, b.Linear(400, 120), nn.ReLU{}, b.Linear(120, 84), nn.ReLU{}, b.Linear(84, classes)}
}

func cnn(b *nn.Maker, classes int) nn.Layer {
	return nn.Sequential{
		b.Conv2d(1, 32, 3, nn.Pad(1)), b.BatchNorm2d(32), nn.ReLU{},
		b.Conv2d(32, 32, 3, nn.Pad(1)), b.BatchNorm2d(32), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
		b.Conv2d(32, 64, 3, nn.Pad(1)), b.BatchNorm2d(64), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
		nn.Flatten{}, b.Linear(64*49, classes)}
}

// digitsNet learns the drawn digits from few images, and takes little work on
// each: three convolutions, each of half the height and width.
func digitsNet(b *nn.Maker, classes int) nn.Layer {
	half := func(in, out, kernel int) nn.Layer {
		return nn.Sequential{b.Conv2d(in, out, kernel, nn.Stride(2), nn.Pad(kernel/2)), b.BatchNorm2d(out), nn.ReLU{}}
	}
	return nn.Sequential{half(1, 16, 5), half(16, 32, 3), half(32, 32, 3), nn.Flatten{}, b.Linear(32*16, classes)}
}

// lastOf is an LSTM of which only the last output is used.
type lastOf struct{ LSTM *nn.LSTM }

func (l lastOf) Forward(x *tensor.Tensor) *tensor.Tensor {
	y, _, _ := l.LSTM.Forward(x.Reshape(x.Dim(0), 28, 28), nil, nil)
	return y.Select(1, -1)
}

func rowsLSTM(b *nn.Maker, classes int) nn.Layer {
	return nn.Sequential{lastOf{b.LSTM(28, 128, nn.RecurrentConfig{BatchFirst: true})}, b.Linear(128, classes)}
}

func threeChannels(x *tensor.Tensor) *tensor.Tensor {
	return x.Expand(x.Dim(0), 3, x.Dim(2), x.Dim(3))
}
