package vision_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/vision"
)

// trains skips tests that train where they would take long.
func trains(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("trains for seconds; left out by -short")
	}
	if race {
		t.Skip("trains for minutes with the race detector")
	}
}

// Pixels alone must not do: the dataset is to tell models apart.
func TestDigitsLinear(t *testing.T) {
	trains(t)
	acc := linear(vision.Digits(8000, 1), vision.Digits(2000, 2), 5)
	t.Logf("softmax regression: %.2f %%", 100*acc)
	if acc < 0.85 || acc > 0.93 {
		t.Errorf("softmax regression is right for %.2f %% of the digits, want 85 to 93", 100*acc)
	}
}

// A small convolutional net must learn the digits in a few epochs: it is what a
// newcomer tries first.
func TestConvNet(t *testing.T) {
	trains(t)
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

// linear returns the accuracy of softmax regression.
func linear(train, test *vision.Images, epochs int) float64 {
	n := train.Height * train.Width
	w := make([][10]float32, n+1)
	x := make([]float32, n+1)
	predict := func(m *vision.Images, i int) (s [10]float32) {
		for k, p := range m.Pixels[i*n : (i+1)*n] {
			x[k] = (float32(p)/255 - m.Mean) / m.Std
		}
		x[n] = 1 // the bias
		for k, v := range x {
			for c := range s {
				s[c] += w[k][c] * v
			}
		}
		return s
	}
	for e := range epochs {
		rate := 0.002 / float32(1+e)
		for i := range train.Len() {
			s := predict(train, i)
			top, sum := slices.Max(s[:]), float32(0)
			for c := range s {
				s[c] = float32(math.Exp(float64(s[c] - top)))
				sum += s[c]
			}
			for c := range s {
				s[c] /= sum
			}
			s[train.Labels[i]]--
			for k, v := range x {
				for c := range s {
					w[k][c] -= rate * s[c] * v
				}
			}
		}
	}
	right := 0
	for i := range test.Len() {
		s := predict(test, i)
		if slices.Index(s[:], slices.Max(s[:])) == int(test.Labels[i]) {
			right++
		}
	}
	return float64(right) / float64(test.Len())
}
