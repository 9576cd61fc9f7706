package models

import (
	"fmt"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A denseLayer makes a few channels of all that come before it.
type denseLayer struct {
	Norm1 *nn.BatchNorm2d
	Conv1 *nn.Conv2d
	Norm2 *nn.BatchNorm2d
	Conv2 *nn.Conv2d
}

func (l *denseLayer) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = l.Conv1.Forward(l.Norm1.Forward(x).ReLU())
	return l.Conv2.Forward(l.Norm2.Forward(x).ReLU())
}

// A denseBlock appends each layer's channels to those before.
type denseBlock struct{ nn.NamedSequential }

func (d denseBlock) Forward(x *tensor.Tensor) *tensor.Tensor {
	for _, l := range d.NamedSequential {
		x = tensor.Concat(1, x, l.Layer.Forward(x))
	}
	return x
}

// denseNet makes a DenseNet (Huang et al. 2016) that grows by so many channels a
// layer.
func denseNet(b *nn.Maker, opts []Config, first, growth int, blocks ...int) *Classifier {
	c := filled(opts, 0, 0)
	features := nn.NamedSequential{
		{Name: "conv0", Layer: b.Conv2d(3, first, 7, nn.Stride(2), nn.Pad(3), nn.NoBias)},
		{Name: "norm0", Layer: b.BatchNorm2d(first)}, {Name: "relu0", Layer: nn.ReLU{}},
		{Name: "pool0", Layer: nn.MaxPool2d{Kernel: 3, Stride: 2, Pad: 1}},
	}
	in := first
	for i, n := range blocks {
		var block denseBlock
		for k := range n {
			block.NamedSequential = append(block.NamedSequential, nn.Named{Name: fmt.Sprintf("denselayer%d", k+1), Layer: &denseLayer{
				b.BatchNorm2d(in), b.Conv2d(in, 4*growth, 1, nn.NoBias),
				b.BatchNorm2d(4 * growth), b.Conv2d(4*growth, growth, 3, nn.Pad(1), nn.NoBias),
			}})
			in += growth
		}
		features = append(features, nn.Named{Name: fmt.Sprintf("denseblock%d", i+1), Layer: block})
		if i == len(blocks)-1 {
			break
		}
		features = append(features, nn.Named{Name: fmt.Sprintf("transition%d", i+1), Layer: nn.NamedSequential{
			{Name: "norm", Layer: b.BatchNorm2d(in)}, {Name: "relu", Layer: nn.ReLU{}},
			{Name: "conv", Layer: b.Conv2d(in, in/2, 1, nn.NoBias)}, {Name: "pool", Layer: nn.AvgPool2d{Kernel: 2}},
		}})
		in /= 2
	}
	features = append(features, nn.Named{Name: "norm5", Layer: b.BatchNorm2d(in)}, nn.Named{Name: "relu5", Layer: nn.ReLU{}})
	head := b.Linear(in, c.Classes)
	net := &Classifier{features, head, 1}
	initialise(b, net, func(w *tensor.Tensor) { nn.KaimingNormal(w, b.Generator()) }, nil)
	if !b.IsBlank() {
		nn.Zeros(head.Bias)
	}
	return net
}

// DenseNet121 makes a DenseNet of 121 layers.
func DenseNet121(b *nn.Maker, c ...Config) *Classifier { return denseNet(b, c, 64, 32, 6, 12, 24, 16) }

// DenseNet161 makes a DenseNet of 161 layers, which grows faster.
func DenseNet161(b *nn.Maker, c ...Config) *Classifier { return denseNet(b, c, 96, 48, 6, 12, 36, 24) }

// DenseNet169 makes a DenseNet of 169 layers.
func DenseNet169(b *nn.Maker, c ...Config) *Classifier { return denseNet(b, c, 64, 32, 6, 12, 32, 32) }

// DenseNet201 makes a DenseNet of 201 layers.
func DenseNet201(b *nn.Maker, c ...Config) *Classifier { return denseNet(b, c, 64, 32, 6, 12, 48, 32) }
