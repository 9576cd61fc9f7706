package workload

import (
	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// Step trains once: gradients to zero, forward with loss, backward, the
// optimizer's step. It returns the loss, which is there once the device is. With
// Replay, calls after the second compute what that one did, of the same tensors.
func (r Rig) Step(opt *optim.Optimizer, loss func() *tensor.Tensor) *tensor.Tensor {
	var l *tensor.Tensor
	if r.recording != nil {
		l = r.recording.step(r, opt, loss)
	} else {
		l = r.passes(opt, loss)
	}
	r.part("optimizer", opt.Step)
	return l
}

// passes is Step without the optimizer's.
func (r Rig) passes(opt *optim.Optimizer, loss func() *tensor.Tensor) *tensor.Tensor {
	var l *tensor.Tensor
	r.part("zero grad", opt.ZeroGrad)
	r.part("forward", func() { l = loss() })
	r.part("backward", func() { autograd.Backward(l) })
	return l
}

// steps times whole training steps of models, and one inference, with the sizes
// of the PyTorch side.
func steps() []Case {
	images := func(m maker) (x, y *tensor.Tensor) { return m.normal(128, 1, 28, 28), m.ids(10, 128) }
	classifies := func(build func(b *nn.Maker, classes int) nn.Layer) func(r Rig) func() {
		return trains(build, 10, optim.Adam{LR: 1e-3}, images, nn.CrossEntropy)
	}
	// FLOPs: of the products and convolutions, once forward and twice backward.
	return []Case{
		{Name: "train/mlp-784-512-512-10/b128", FLOPs: 3 * 128 * 2 * (784*512 + 512*512 + 512*10), Setup: classifies(mlp)},
		{Name: "train/lenet5/b128", FLOPs: 3 * 128 * 2 * (6*25*784 + 16*150*100 + 400*120 + 120*84 + 84*10), Setup: classifies(lenet)},
		{Name: "train/cnn-bn/b128", FLOPs: 3 * 128 * 2 * (32*9*784 + 32*32*9*784 + 64*32*9*196 + 64*49*10), Setup: classifies(cnn)},
		{Name: "train/lstm-h256-t64/b32", FLOPs: 3 * 32 * 64 * 2 * 1024 * (128 + 256), Setup: lstmStep},
		{Name: "train/gpt-d256-l4-t128/b8", FLOPs: 3 * 8 * 128 * 2 * (4*(12*256*256+2*128*256) + 256*65), Setup: gptStep},
		{Name: "infer/resnet18-224/b1", FLOPs: 2 * 1.814e9, Setup: resnetInference},
		// 64 by 64 pixels: 1/12.25 of the products of 224 by 224.
		{Name: "train/resnet18-64/b8", FLOPs: 3 * 8 * 2 * 1.814e9 / 12.25, Setup: trains(resnet18, 1000, optim.SGD{LR: 0.1, Momentum: 0.9},
			func(m maker) (x, y *tensor.Tensor) { return m.normal(8, 3, 64, 64), m.ids(1000, 8) }, nn.CrossEntropy)},
	}
}

// trains sets up training steps of a classifier on one batch.
func trains(build func(b *nn.Maker, classes int) nn.Layer, classes int, a optim.Algorithm, batch func(m maker) (x, y *tensor.Tensor),
	loss func(scores, y *tensor.Tensor, opts ...nn.ClassLoss) *tensor.Tensor) func(r Rig) func() {
	return func(r Rig) func() {
		r = r.Recorder()
		net := build(nn.On(r.Dev, dtype.Float32, r.Seed), classes)
		opt := optim.New(a, nn.Parameters(net))
		x, y := batch(r.maker(dtype.Float32))
		return func() {
			tensor.Scope(func(s *tensor.Arena) {
				x, y := s.Own(x.Detach()), s.Own(y.Detach())
				r.Step(opt, func() *tensor.Tensor { return loss(net.Forward(x), y) })
			})
		}
	}
}

func lstmStep(r Rig) func() {
	r = r.Recorder()
	net := nn.On(r.Dev, dtype.Float32, r.Seed).LSTM(128, 256, nn.RecurrentConfig{BatchFirst: true})
	opt := optim.New(optim.Adam{LR: 1e-3}, nn.Parameters(net))
	x := r.maker(dtype.Float32).normal(32, 64, 128)
	return func() {
		tensor.Scope(func(s *tensor.Arena) {
			x := s.Own(x.Detach())
			r.Step(opt, func() *tensor.Tensor {
				y, _, _ := net.Forward(x, nil, nil)
				return y.Square().Mean()
			})
		})
	}
}

func gptStep(r Rig) func() {
	r = r.Recorder()
	const vocabulary = 65
	net := newGPT(nn.On(r.Dev, dtype.Float32, r.Seed), vocabulary)
	opt := optim.New(optim.AdamW{LR: 3e-4}, nn.Parameters(net))
	m := r.maker(dtype.Float32)
	x, y := m.ids(vocabulary, 8, Context), m.ids(vocabulary, 8*Context)
	return func() {
		tensor.Scope(func(s *tensor.Arena) {
			x, y := s.Own(x.Detach()), s.Own(y.Detach())
			r.Step(opt, func() *tensor.Tensor { return nn.CrossEntropy(net.Forward(x).Flatten(0, 1), y) })
		})
	}
}

func resnetInference(r Rig) func() {
	net := resnet18(nn.On(r.Dev, dtype.Float32, r.Seed), 1000)
	nn.Eval(net)
	x := r.maker(dtype.Float32).normal(1, 3, 224, 224)
	return func() {
		tensor.Scope(func(s *tensor.Arena) { net.Forward(s.Own(x.NoGrad())) })
	}
}
