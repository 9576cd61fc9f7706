package main

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A residual is two convolutions beside a shortcut.
type residual struct {
	Conv1, Conv2 *nn.Conv2d
	BN1, BN2     *nn.BatchNorm2d
	Shortcut     nn.Sequential // nil: the identity
}

func (r *residual) Forward(x *tensor.Tensor) *tensor.Tensor {
	y := r.BN1.Forward(r.Conv1.Forward(x)).ReLU()
	y = r.BN2.Forward(r.Conv2.Forward(y))
	if r.Shortcut != nil {
		x = r.Shortcut.Forward(x)
	}
	return y.Add(x).ReLU()
}

// resNet makes the ResNet for small images of He et al. 2015, section 4.2: three
// stages of n blocks, 6n+2 layers in all. The paper's has a width of 16.
func resNet(b *nn.Maker, channels, classes, n, width int) nn.Sequential {
	net := nn.Sequential{b.Conv2d(channels, width, 3, nn.Pad(1), nn.NoBias), b.BatchNorm2d(width), nn.ReLU{}}
	in := width
	for stage := range 3 {
		out, stride := width<<stage, 1
		if stage > 0 {
			stride = 2
		}
		for range n {
			r := &residual{
				Conv1: b.Conv2d(in, out, 3, nn.Pad(1), nn.Stride(stride), nn.NoBias), BN1: b.BatchNorm2d(out),
				Conv2: b.Conv2d(out, out, 3, nn.Pad(1), nn.NoBias), BN2: b.BatchNorm2d(out),
			}
			if in != out {
				r.Shortcut = nn.Sequential{b.Conv2d(in, out, 1, nn.Stride(stride), nn.NoBias), b.BatchNorm2d(out)}
			}
			net = append(net, r)
			in, stride = out, 1
		}
	}
	return append(net, nn.AdaptiveAvgPool2d{}, nn.Flatten{}, b.Linear(in, classes))
}
