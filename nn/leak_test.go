package nn_test

import (
	"runtime/debug"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/golden"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// TestNothingLeaks trains and looks at the device's memory after each step: once
// everything has been allocated it must not change at all, without help from the
// garbage collector.
func TestNothingLeaks(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	dev := tensor.CPU()
	stats, ok := backend.As[backend.MemoryStats](dev)
	if !ok {
		t.Skip("the device does not count its memory")
	}
	if c, ok := backend.As[backend.Counter](dev); ok {
		c.CountSmall(true)
		defer c.CountSmall(false)
	}
	b := nn.On(dev, dtype.Float32, 1)
	images := b.Generator().Normal(dev, dtype.Float32, 0, 1, 32, 8)
	classes := b.Generator().Int(dev, dtype.Int64, 0, 3, 32)
	words := b.Generator().Int(dev, dtype.Int64, 0, 27, 2, 16)
	next := b.Generator().Int(dev, dtype.Int64, 0, 27, 32)
	small := nn.Sequential{
		b.Linear(8, 16), b.LayerNorm(16), nn.GELU{}, b.Dropout(0.1),
		nn.Unflatten{Axis: 1, Sizes: []int{1, 4, 4}}, b.Conv2d(1, 2, 3, nn.Pad(1)), b.BatchNorm2d(2), nn.ReLU{},
		nn.MaxPool2d{Kernel: 2}, nn.Flatten{}, b.Linear(8, 3),
	}
	for _, c := range []struct {
		name  string
		m     nn.Layer
		x, y  *tensor.Tensor
		steps int
	}{
		{"small", small, images, classes, 2000},
		{"transformer", golden.GPT(b), words, next, 20},
		{"lstm", golden.LSTM(b), words, next, 20},
		{"gru", golden.GRU(b), words, next, 20},
	} {
		params := nn.Parameters(c.m)
		opt := optim.AdamW{}.New(params)
		var first backend.Stats
		for i := range c.steps {
			tensor.Scope(func(s *tensor.Arena) {
				loss := nn.CrossEntropy(c.m.Forward(s.Own(c.x.Detach())), c.y)
				autograd.Backward(loss)
				nn.ClipGradNorm(params, 1)
				opt.Step()
				opt.ZeroGrad()
			})
			now := stats.Stats()
			if i == 2 {
				first = now
			}
			if i > 2 && (now.InUse > first.InUse || now.Buffers > first.Buffers) {
				t.Errorf("%s, step %d: %d bytes in %d buffers in use, after step 2 %d in %d", c.name, i, now.InUse, now.Buffers, first.InUse, first.Buffers)
				break
			}
		}
	}
}
