package golden

import (
	"testing"

	"github.com/hekla-ml/hekla/amp"
	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// Mixed trains a small net on a device in mixed precision, in both low types, and
// sees that the losses fall as they do in float32.
func Mixed(t *testing.T, dev backend.Device) {
	whole := mixed(dev, dtype.Invalid)
	for _, low := range []dtype.DType{dtype.BFloat16, dtype.Float16} {
		losses := mixed(dev, low)
		t.Logf("%v: %.3f, in float32 %.3f", low, losses, whole)
		for i, l := range losses {
			// bfloat16 has 8 bits: 0.4 % of activations, some steps long.
			if d := l - whole[i]; !(d < 0.05 && d > -0.05) {
				t.Errorf("%v: loss %d is %v, in float32 %v", low, i, l, whole[i])
			}
		}
		if last := losses[len(losses)-1]; !(last < losses[0]/2) {
			t.Errorf("%v: loss %v after %d steps, %v before", low, last, len(losses), losses[0])
		}
	}
}

func mixed(dev backend.Device, low dtype.DType) (losses []float64) {
	b := nn.On(dev, dtype.Float32, 1)
	net := nn.Sequential{
		b.Conv2d(1, 4, 3, nn.Pad(1)), b.BatchNorm2d(4), nn.ReLU{}, nn.Flatten{},
		b.Linear(4*16, 16), nn.GELU{}, b.LayerNorm(16), b.Linear(16, 3),
	}
	opt, scaler := optim.Adam{LR: 0.02}.New(nn.Parameters(net)), amp.Scaler{Scale: 1024}.New()
	x := b.Generator().Normal(dev, dtype.Float32, 0, 1, 12, 1, 4, 4)
	y := tensor.From(dev, []int64{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2})
	for range 8 {
		tensor.Scope(func(s *tensor.Arena) {
			loss := nn.CrossEntropy(net.Forward(s.Own(x.Detach()).Autocast(low)), y)
			opt.ZeroGrad()
			autograd.Backward(scaler.Scale(loss))
			scaler.Step(opt)
			losses = append(losses, loss.Item())
		})
	}
	return losses
}
