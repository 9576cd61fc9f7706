package vision_test

import (
	"context"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/vision"
)

// A small convolutional net must learn the digits in a few epochs: it is what a
// newcomer tries first.
func TestConvNet(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for seconds")
	}
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	net := nn.Sequential{
		b.Conv2d(1, 8, 3, nn.Pad(1)), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
		b.Conv2d(8, 16, 3, nn.Pad(1)), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
		nn.Flatten{}, b.Linear(16*7*7, 64), nn.ReLU{}, b.Linear(64, 10),
	}
	const epochs = 4
	opt := optim.Adam{LR: 2e-3}.New(nn.Parameters(net))
	train := data.Loader[data.Sample]{Dataset: vision.Digits(8000, 1), BatchSize: 64, Shuffle: true}
	for epoch := range epochs {
		opt.SetLR(2e-3 * float64(epochs-epoch) / epochs)
		for batch, err := range train.All(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			tensor.Scope(func(s *tensor.Arena) {
				batch.Own(s)
				autograd.Backward(nn.CrossEntropy(net.Forward(batch.X), batch.Y))
				opt.Step()
				opt.ZeroGrad()
			})
		}
	}
	right, test := 0.0, vision.Digits(2000, 2)
	for batch, err := range (&data.Loader[data.Sample]{Dataset: test, BatchSize: 500}).All(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		tensor.Scope(func(s *tensor.Arena) {
			batch.Own(s)
			right += net.Forward(batch.X.NoGrad()).ArgMax(1).Eq(batch.Y).Sum().Item()
		})
	}
	acc := right / float64(test.Len())
	t.Logf("convolutional net: %.2f %%", 100*acc)
	if acc < 0.98 {
		t.Errorf("the net is right for %.2f %% of the digits, want 98", 100*acc)
	}
}
