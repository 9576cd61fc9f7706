package nn_test

import (
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// TestNothingLeaks trains for 2,000 steps and looks at the device's memory after
// each: once everything has been allocated it must not change at all, without
// help from the garbage collector.
func TestNothingLeaks(t *testing.T) {
	dev := tensor.CPU()
	stats, ok := backend.As[backend.MemoryStats](dev)
	if !ok {
		t.Skip("the device does not count its memory")
	}
	b := nn.On(dev, dtype.Float32, 1)
	m := nn.Sequential{
		b.Linear(8, 16), b.LayerNorm(16), nn.GELU{}, b.Dropout(0.1),
		nn.Unflatten{Axis: 1, Sizes: []int{1, 4, 4}}, b.Conv2d(1, 2, 3, nn.Pad(1)), b.BatchNorm2d(2), nn.ReLU{},
		nn.MaxPool2d{Kernel: 2}, nn.Flatten{}, b.Linear(8, 3),
	}
	params := nn.Parameters(m)
	opt := optim.AdamW{}.New(params)
	x, y := b.Generator().Normal(dev, dtype.Float32, 0, 1, 32, 8), b.Generator().Int(dev, dtype.Int64, 0, 3, 32)
	var first backend.Stats
	for i := range 2000 {
		tensor.Scope(func(s *tensor.Arena) {
			loss := nn.CrossEntropy(m.Forward(s.Own(x.Detach())), y)
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
			t.Fatalf("step %d: %d bytes in %d buffers in use, after step 2 %d in %d", i, now.InUse, now.Buffers, first.InUse, first.Buffers)
		}
	}
}
