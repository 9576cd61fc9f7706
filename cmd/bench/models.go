package main

import (
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// A model classifies images [n, 1, 28, 28] into ten classes.
type model struct {
	name  string
	build func(b *nn.Maker) nn.Layer
}

// models are those of the PyTorch side of the benchmark, and digits, a small
// one for the quick tour.
var models = []model{
	{"mlp", func(b *nn.Maker) nn.Layer {
		return nn.Sequential{nn.Flatten{}, b.Linear(784, 512), nn.ReLU{}, b.Linear(512, 512), nn.ReLU{}, b.Linear(512, 10)}
	}},
	{"lenet", func(b *nn.Maker) nn.Layer {
		return nn.Sequential{
			b.Conv2d(1, 6, 5, nn.Pad(2)), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
			b.Conv2d(6, 16, 5), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
			nn.Flatten{}, b.Linear(400, 120), nn.ReLU{}, b.Linear(120, 84), nn.ReLU{}, b.Linear(84, 10)}
	}},
	{"cnn", func(b *nn.Maker) nn.Layer {
		return nn.Sequential{
			b.Conv2d(1, 32, 3, nn.Pad(1)), b.BatchNorm2d(32), nn.ReLU{},
			b.Conv2d(32, 32, 3, nn.Pad(1)), b.BatchNorm2d(32), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
			b.Conv2d(32, 64, 3, nn.Pad(1)), b.BatchNorm2d(64), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
			nn.Flatten{}, b.Linear(64*49, 10)}
	}},
	{"digits", func(b *nn.Maker) nn.Layer {
		return nn.Sequential{
			b.Conv2d(1, 8, 3, nn.Pad(1)), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
			b.Conv2d(8, 16, 3, nn.Pad(1)), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
			nn.Flatten{}, b.Linear(16*49, 64), nn.ReLU{}, b.Linear(64, 10)}
	}},
}

func modelNamed(name string) (model, error) {
	var known []string
	for _, m := range models {
		if m.name == name {
			return m, nil
		}
		known = append(known, m.name)
	}
	return model{}, fmt.Errorf("%w: unknown model %q, want one of: %s", errUsage, name, strings.Join(known, ", "))
}

// step trains on one batch and returns the loss.
func step(net nn.Layer, opt *optim.Optimizer, x, y *tensor.Tensor) float64 {
	opt.ZeroGrad()
	loss := nn.CrossEntropy(net.Forward(x), y)
	autograd.Backward(loss)
	opt.Step()
	return loss.Item()
}

// trainCases times whole training steps at batch 128: gradients to zero,
// forward, loss, backward, Adam.
func trainCases() []benchCase {
	var l []benchCase
	for _, c := range []struct{ name, model string }{
		{"train/mlp-784-512-512-10/b128", "mlp"}, {"train/lenet5/b128", "lenet"}, {"train/cnn-bn/b128", "cnn"},
	} {
		l = append(l, benchCase{name: c.name, setup: func(dev backend.Device) func() {
			m, _ := modelNamed(c.model)
			net := m.build(nn.On(dev, dtype.Float32, 0))
			opt := optim.Adam{LR: 1e-3}.New(nn.Parameters(net))
			k := maker{dev, tensor.NewGenerator(1)}
			x, y := k.normal(128, 1, 28, 28), k.gen.Int(dev, dtype.Int64, 0, 10, 128)
			return func() {
				tensor.Scope(func(s *tensor.Arena) { step(net, opt, s.Own(x.Detach()), s.Own(y.Detach())) })
			}
		}})
	}
	return l
}
