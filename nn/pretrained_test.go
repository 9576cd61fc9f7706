package nn_test

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/vision"
)

// digitNet is the network of Burn's MNIST example, whose weights were trained
// with another framework.
type digitNet struct {
	Conv1, Conv2, Conv3 *nn.Conv2d
	Norm1               *nn.BatchNorm2d
	FC1                 *nn.Linear `nn:"fc1"`
	FC2                 *nn.Linear `nn:"fc2"`
	Norm2               *nn.BatchNorm1d
}

func (n *digitNet) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = n.Conv1.Forward(x).ReLU()
	x = n.Conv2.Forward(x).ReLU()
	x = n.Norm1.Forward(n.Conv3.Forward(x).ReLU())
	x = n.FC1.Forward(x.Flatten(1, -1)).ReLU()
	return n.Norm2.Forward(n.FC2.Forward(x)).LogSoftmax(1)
}

// Weights trained elsewhere, in two files that hold different ones (every tensor
// differs), each with what PyTorch 1.13 gets from it: its layers applied to these
// tensors in this order, in batches of 500.
func TestPretrainedDigits(t *testing.T) {
	images, err := vision.MNIST(recorded.Data(t, "mnist"), false)
	if err != nil {
		t.Fatal(err)
	}
	dev := tensor.CPU()
	b := nn.On(dev, dtype.Float32, 1)
	net := &digitNet{
		Conv1: b.Conv2d(1, 8, 3), Conv2: b.Conv2d(8, 16, 3), Conv3: b.Conv2d(16, 24, 3), Norm1: b.BatchNorm2d(24),
		FC1: b.Linear(24*22*22, 32), FC2: b.Linear(32, 10), Norm2: b.BatchNorm1d(10),
	}
	nn.Eval(net)
	for _, c := range []struct {
		file       string
		right, nll float64
	}{{"mnist.pt", 9915, 0.030435}, {"mnist.safetensors", 9917, 0.028088}} {
		state, err := checkpoint.Load(dev, recorded.Data(t, "models/burn-mnist/"+c.file))
		if err != nil {
			t.Fatal(err)
		}
		if err := nn.LoadStateDict(net, state, true); err != nil {
			t.Fatal(err)
		}
		right, nll := 0.0, 0.0
		const batch = 500
		for i := 0; i < images.Len(); i += batch {
			var indices []int
			for k := range batch {
				indices = append(indices, i+k)
			}
			data, err := images.Gather(dev, indices)
			if err != nil {
				t.Fatal(err)
			}
			tensor.Scope(func(s *tensor.Arena) {
				data = data.Own(s)
				logp := net.Forward(data.X.NoGrad())
				right += logp.ArgMax(1).Eq(data.Y).Sum().Item()
				nll += nn.NLL(logp, data.Y, nn.ClassLoss{Reduction: nn.Sum}).Item()
			})
		}
		nll /= float64(images.Len())
		// One digit may be a borderline case of float32; the likelihood was given to
		// six places, and summing in another order moves it by less.
		if math.Abs(right-c.right) > 1 || math.Abs(nll-c.nll) > 1e-5 {
			t.Errorf("%s: %v right with mean NLL %.6f, want %v and %v", c.file, right, nll, c.right, c.nll)
		}
		t.Logf("%s: %v of %d right, mean NLL %.6f", c.file, right, images.Len(), nll)
	}
}
