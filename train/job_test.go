package train_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/metrics"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/optim/lr"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/train"
)

// newJob returns a small training run with everything that has a state: running
// statistics, dropout, momentum and means of squares, a schedule, shuffled data
// with random augmentation, metrics, early stopping. An epoch has 7 batches, the
// last of them short.
func newJob(dir string) *train.Loop { return newJobOn(tensor.CPU(), dir) }

func newJobOn(dev backend.Device, dir string) *train.Loop {
	b := nn.On(dev, dtype.Float32, 1)
	net := nn.Sequential{
		b.Conv2d(1, 3, 3), b.BatchNorm2d(3), nn.ReLU{}, nn.MaxPool2d{Kernel: 2}, nn.Flatten{}, b.Dropout(0.3), b.Linear(27, 3),
	}
	opt := optim.AdamW{LR: 0.01, AMSGrad: true}.New(nn.Parameters(net))
	set := data.MapRand(images(), func(s data.Sample, r *rand.Rand) (data.Sample, error) {
		x := make([]float32, 64)
		for i := range x {
			x[i] = float32(s.X.Data[4*i])/255 + 0.1*float32(r.NormFloat64())
		}
		return data.Sample{X: data.ArrayOf(x, 1, 8, 8), Y: s.Y}, nil
	})
	loader := &data.Loader[data.Sample]{Dataset: set, Device: dev, BatchSize: 8, Shuffle: true, Seed: 5, Workers: 2}
	accuracy := &metrics.Accuracy{}
	loop := &train.Loop{
		Model: net, Optimizer: opt, Data: loader, Epochs: 4, Clip: 1,
		Loss: func(b data.Batch) *tensor.Tensor {
			scores := net.Forward(b.X)
			accuracy.Update(scores, b.Y)
			return nn.CrossEntropy(scores, b.Y)
		},
		Scheduler: lr.New(opt, lr.Warmup{Steps: 5, Then: lr.Cosine{Steps: 23}}),
		Metrics:   map[string]metrics.Metric{"train/accuracy": accuracy},
		Stop:      &train.EarlyStop{Metric: "epoch/loss", Patience: 10},
	}
	if dir != "" {
		loop.Keeper = checkpoint.Keeper{Dir: dir}
	}
	return loop
}

// images are 53 of 8x8, stripes of three kinds; a byte is every fourth of X.
func images() data.Dataset[data.Sample] {
	var set data.Slice[data.Sample]
	for i := range 53 {
		x := make([]int32, 64)
		for k := range x {
			row, column := k/8, k%8
			x[k] = int32([]int{row % 2, column % 2, (row + column) % 2}[i%3]) * 255
		}
		set = append(set, data.Sample{X: data.ArrayOf(x, 64), Y: data.Label(i % 3)})
	}
	return set
}

// fingerprint tells two models apart that differ in one bit.
func fingerprint(m any) string {
	h := uint64(14695981039346656037)
	for name, t := range nn.StateDict(m) {
		for _, b := range append([]byte(name), t.Bytes()...) {
			h = (h ^ uint64(b)) * 1099511628211
		}
	}
	return fmt.Sprintf("%016x", h)
}
