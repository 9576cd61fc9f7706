package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// trainConfig says what to train, on what.
type trainConfig struct {
	model   string
	device  string
	data    string // folder of MNIST files; empty: the embedded digits
	epochs  int
	batch   int
	rate    float64
	seed    uint64
	samples int // of the embedded digits, for training
}

// trainRecord is the JSON line that ends a training run.
type trainRecord struct {
	Model        string  `json:"model"`
	Device       string  `json:"device"`
	Data         string  `json:"data"`
	Epochs       int     `json:"epochs"`
	Seed         uint64  `json:"seed"`
	FinalLoss    float64 `json:"final_loss"` // mean of the last epoch
	LossDigest   string  `json:"loss_digest"`
	TestAccuracy float64 `json:"test_accuracy"`
	Rate         float64 `json:"images_per_second"` // training only
	Seconds      float64 `json:"seconds"`           // everything
}

// epochRecord is the JSON line of an epoch.
type epochRecord struct {
	Epoch int     `json:"epoch"`
	Loss  float64 `json:"loss"`
}

func train(ctx context.Context, args []string, out *output) error {
	c := trainConfig{samples: 8000}
	err := parse("train", args, out, func(f *flag.FlagSet) {
		f.StringVar(&c.model, "model", "cnn", "`model` to train: mlp, lenet, cnn or digits")
		f.StringVar(&c.device, "device", "", "`device` to train on (default: the preferred one)")
		f.StringVar(&c.data, "data", "", "`folder` with the MNIST files (default: digits drawn from fonts)")
		f.IntVar(&c.epochs, "epochs", 1, "passes over the training images")
		f.IntVar(&c.batch, "batch", 128, "images a step")
		f.Float64Var(&c.rate, "lr", 1e-3, "learning rate of Adam; it decays to 0 over the run")
		f.Uint64Var(&c.seed, "seed", 1, "seed of weights and order")
	})
	if err != nil {
		return err
	}
	if c.epochs < 1 || c.batch < 1 {
		return fmt.Errorf("%w: want at least one epoch and one image a batch, not %d and %d", errUsage, c.epochs, c.batch)
	}
	r, err := c.run(ctx, out)
	if err != nil {
		return err
	}
	if out.json {
		return out.record(r)
	}
	out.printf("\n")
	return out.table(trainHeader, [][]string{r.row()})
}

var trainHeader = []string{"device", "model", "accuracy", "images/s", "seconds"}

func (r trainRecord) row() []string {
	return []string{r.Device, r.Model, fmt.Sprintf("%.4f", r.TestAccuracy), fmt.Sprintf("%.0f", r.Rate), fmt.Sprintf("%.1f", r.Seconds)}
}

// run trains and tests.
func (c trainConfig) run(ctx context.Context, out *output) (trainRecord, error) {
	start := time.Now()
	m, err := modelNamed(c.model)
	if err != nil {
		return trainRecord{}, err
	}
	dev, err := open(c.device)
	if err != nil {
		return trainRecord{}, err
	}
	trainSet, testSet, name, err := c.images()
	if err != nil {
		return trainRecord{}, err
	}
	net := m.build(nn.On(dev, dtype.Float32, c.seed))
	opt := optim.Adam{LR: c.rate}.New(nn.Parameters(net))
	loader := &data.Loader[data.Sample]{Dataset: trainSet, Device: dev, BatchSize: c.batch, Shuffle: true, Seed: c.seed, DropLast: true}
	steps, err := loader.Batches()
	if err != nil {
		return trainRecord{}, err
	}
	steps *= c.epochs
	bar := out.progress(steps, "training "+c.model)
	r := trainRecord{Model: c.model, Device: dev.Info().Name, Data: name, Epochs: c.epochs, Seed: c.seed}
	digest, done, images := fnv.New64a(), 0, 0
	begin := time.Now()
	for epoch := range c.epochs {
		sum, n := 0.0, 0
		for b, err := range loader.All(ctx) {
			if err != nil {
				return r, err
			}
			opt.SetLR(c.rate * 0.5 * (1 + math.Cos(math.Pi*float64(done)/float64(steps)))) // cosine decay
			tensor.Scope(func(s *tensor.Arena) {
				b = b.Own(s)
				loss := step(net, opt, b.X, b.Y)
				binary.Write(digest, binary.LittleEndian, loss)
				sum += loss
			})
			n++
			done++
			images += b.Len
			bar.Add(1)
		}
		r.FinalLoss = sum / float64(n)
		if out.json {
			if err := out.record(epochRecord{epoch + 1, r.FinalLoss}); err != nil {
				return r, err
			}
		} else {
			bar.Clear()
			out.printf("%s %s: epoch %d of %d, loss %.4f\n", r.Device, c.model, epoch+1, c.epochs, r.FinalLoss)
		}
	}
	bar.Finish()
	r.Rate = float64(images) / time.Since(begin).Seconds()
	r.LossDigest = fmt.Sprintf("%016x", digest.Sum64())
	if r.TestAccuracy, err = accuracy(ctx, dev, net, testSet); err != nil {
		return r, err
	}
	r.Seconds = time.Since(start).Seconds()
	return r, nil
}

// accuracy returns the part of the set that net classifies as labelled.
func accuracy(ctx context.Context, dev backend.Device, net nn.Layer, set data.Dataset[data.Sample]) (float64, error) {
	nn.Eval(net)
	defer nn.Train(net)
	right, n := 0.0, 0
	loader := &data.Loader[data.Sample]{Dataset: set, Device: dev, BatchSize: 500}
	for b, err := range loader.All(ctx) {
		if err != nil {
			return 0, err
		}
		tensor.Scope(func(s *tensor.Arena) {
			b = b.Own(s)
			right += net.Forward(b.X.NoGrad()).ArgMax(1).Eq(b.Y).Sum().Item()
		})
		n += b.Len
	}
	return right / float64(n), nil
}
