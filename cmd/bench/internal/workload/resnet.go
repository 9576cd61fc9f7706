package workload

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// residualNet is ResNet-18 (He et al. 2015, table 1).
type residualNet struct {
	Stem   nn.Sequential
	Blocks []*residual
	Fc     *nn.Linear
}

// residual is two convolutions with a connection around them.
type residual struct {
	Conv1, Conv2 *nn.Conv2d
	Bn1, Bn2     *nn.BatchNorm2d
	Downsample   nn.Sequential // nil where the shapes agree
}

func resnet18(b *nn.Maker, classes int) nn.Layer {
	plain := func(in, out, kernel, stride int) *nn.Conv2d {
		return b.Conv2d(in, out, kernel, nn.Stride(stride), nn.Pad(kernel/2), nn.NoBias)
	}
	net := &residualNet{Stem: nn.Sequential{plain(3, 64, 7, 2), b.BatchNorm2d(64), nn.ReLU{}, nn.MaxPool2d{Kernel: 3, Stride: 2, Pad: 1}}}
	in := 64
	for i, out := range []int{64, 64, 128, 128, 256, 256, 512, 512} {
		stride := 1
		if i > 0 && in != out {
			stride = 2
		}
		r := &residual{Conv1: plain(in, out, 3, stride), Bn1: b.BatchNorm2d(out), Conv2: plain(out, out, 3, 1), Bn2: b.BatchNorm2d(out)}
		if in != out {
			r.Downsample = nn.Sequential{plain(in, out, 1, stride), b.BatchNorm2d(out)}
		}
		net.Blocks = append(net.Blocks, r)
		in = out
	}
	net.Fc = b.Linear(in, classes)
	return net
}

func (r *residual) Forward(x *tensor.Tensor) *tensor.Tensor {
	around := x
	if r.Downsample != nil {
		around = r.Downsample.Forward(x)
	}
	y := r.Bn1.Forward(r.Conv1.Forward(x)).ReLU()
	return r.Bn2.Forward(r.Conv2.Forward(y)).Add(around).ReLU()
}

func (n *residualNet) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = n.Stem.Forward(x)
	for _, r := range n.Blocks {
		x = r.Forward(x)
	}
	return n.Fc.Forward(x.Mean(2, 3))
}
