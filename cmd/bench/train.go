package main

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"hash"
	"hash/fnv"
	"math"
	"runtime"
	"strings"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
	"github.com/hekla-ml/hekla/cmd/bench/internal/workload"
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
	data    string // folder of MNIST files, or a text; empty: what is embedded
	epochs  int
	batch   int
	rate    float64
	seed    uint64
	samples int // of the embedded digits, for training
	tests   int // and for tests
}

// trainRecord is the JSON line that ends a training run.
type trainRecord struct {
	Model        string   `json:"model"`
	Device       string   `json:"device"`
	Data         string   `json:"data"`
	Epochs       int      `json:"epochs"` // that were finished
	Seed         uint64   `json:"seed"`
	FinalLoss    *float64 `json:"final_loss,omitempty"` // mean of the last epoch
	LossDigest   string   `json:"loss_digest"`
	TestAccuracy *float64 `json:"test_accuracy,omitempty"` // of images, or of next characters
	Rate         float64  `json:"samples_per_second,omitempty"`
	Images       float64  `json:"images_per_second,omitempty"` // the same, of images
	Seconds      float64  `json:"seconds"`                     // everything
	Interrupted  bool     `json:"interrupted,omitempty"`
	Error        string   `json:"error,omitempty"`
	Machine      facts    `json:"machine"`
}

// epochRecord is the JSON line of an epoch.
type epochRecord struct {
	Epoch int     `json:"epoch"`
	Loss  float64 `json:"loss"`
}

func train(f *flag.FlagSet) action {
	c := trainConfig{tests: testImages}
	f.StringVar(&c.model, "model", "cnn", "`MODEL` to train: "+strings.Join(modelNames(), ", "))
	f.StringVar(&c.device, "device", "", "`DEVICE` to train on (default: the preferred one)")
	f.StringVar(&c.data, "data", "", "`FOLDER` with the MNIST files, or for gpt a text file (default: digits drawn from fonts; the documentation of ops)")
	f.IntVar(&c.epochs, "epochs", 1, "passes over the training samples")
	f.IntVar(&c.batch, "batch", 128, "samples a step")
	f.IntVar(&c.samples, "samples", 8000, "digits to draw for training")
	f.Float64Var(&c.rate, "lr", 1e-3, "highest learning rate of Adam; it rises for a tenth of the run and decays to 0")
	f.Uint64Var(&c.seed, "seed", 1, "seed of weights and order")
	return func(ctx context.Context, _ []string, out *output) error {
		if c.epochs < 1 || c.batch < 1 || c.samples < c.batch {
			return fmt.Errorf("%w: want at least one epoch, one sample a batch and a batch of samples, not %d, %d and %d", errUsage, c.epochs, c.batch, c.samples)
		}
		if _, ok := workload.ModelNamed(c.model); !ok {
			return fmt.Errorf("%w: unknown model %q, want one of: %s", errUsage, c.model, strings.Join(modelNames(), ", "))
		}
		r, err := c.run(ctx, out)
		if r.Device == "" {
			return err // nothing was done
		}
		t := &show.Table{Columns: trainColumns}
		t.Add(r.row()...)
		out.Printf("\n")
		return errors.Join(out.Record(r), out.Table(t), err)
	}
}

func modelNames() []string {
	var l []string
	for _, m := range workload.Models {
		l = append(l, m.Name)
	}
	return l
}

var trainColumns = []show.Column{{Name: "device"}, {Name: "model"}, {Name: "accuracy", Verb: "%.4f"}, {Name: "loss", Verb: "%.4f", Drop: 1},
	{Name: "samples/s", Verb: "%.0f"}, {Name: "seconds", Verb: "%.1f"}, {Name: "note"}}

func (r trainRecord) row() []any {
	note := ""
	switch {
	case r.Interrupted:
		note = fmt.Sprintf("interrupted after %d epochs", r.Epochs)
	case r.Error != "":
		note = "FAILED: " + r.Error
	}
	return []any{r.Device, r.Model, deref(r.TestAccuracy), deref(r.FinalLoss), orNone(r.Rate), r.Seconds, note}
}

func deref(x *float64) any {
	if x == nil {
		return nil
	}
	return *x
}

// A trainer is a run under way.
type trainer struct {
	trainConfig
	workload.Rig
	model       workload.Model
	net         nn.Layer
	opt         *optim.Optimizer
	loader      *data.Loader[data.Sample]
	test        data.Dataset[data.Sample]
	steps, done int // in all, so far
	seen        int // samples
	digest      hash.Hash64
}

// run trains and tests. If it fails or is interrupted the record has what was
// done by then.
func (c trainConfig) run(ctx context.Context, out *output) (r trainRecord, err error) {
	start := time.Now()
	dev, err := open(c.device)
	if err != nil {
		return r, err
	}
	t, name, err := c.prepare(dev)
	if err != nil {
		return r, err
	}
	r = trainRecord{Model: c.model, Device: dev.Info().Name, Data: name, Seed: c.seed, Machine: factsOf(dev.Info())}
	err = tensor.Try(func() error { return t.run(ctx, &r, out) })
	r.Seconds = time.Since(start).Seconds()
	r.LossDigest = fmt.Sprintf("%016x", t.digest.Sum64())
	switch {
	case ctx.Err() != nil:
		r.Interrupted = true
		err = ctx.Err()
	case err != nil:
		r.Error = err.Error()
		err = fmt.Errorf("%s on %s: %w", c.model, r.Device, err)
	}
	runtime.GC() // the model's memory goes back before the next one
	return r, err
}

func (c trainConfig) prepare(dev backend.Device) (*trainer, string, error) {
	t := &trainer{trainConfig: c, Rig: workload.Rig{Dev: dev, Seed: c.seed}, digest: fnv.New64a()}
	t.model, _ = workload.ModelNamed(c.model)
	var set data.Dataset[data.Sample]
	var name string
	var err error
	classes := 10
	if t.model.Text {
		var text corpus
		if text, name, err = readCorpus(c.data); err != nil {
			return nil, "", err
		}
		classes = text.letters
		set, t.test = text.split()
	} else if set, t.test, name, err = c.images(); err != nil {
		return nil, "", err
	}
	err = tensor.Try(func() error {
		t.net = t.model.Build(nn.On(dev, dtype.Float32, c.seed), classes)
		t.opt = optim.Adam{LR: c.rate}.New(nn.Parameters(t.net))
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("%s on %s: %w", c.model, dev.Info().Name, err)
	}
	t.loader = &data.Loader[data.Sample]{Dataset: set, Device: dev, BatchSize: c.batch, Shuffle: true, Seed: c.seed, DropLast: true}
	n, err := t.loader.Batches()
	if err == nil && n == 0 {
		err = fmt.Errorf("%s has %d samples: want at least one batch of %d", name, set.Len(), c.batch)
	}
	t.steps = n * c.epochs
	return t, name, err
}

func (t *trainer) run(ctx context.Context, r *trainRecord, out *output) error {
	bar := out.Progress(t.steps, "training "+t.trainConfig.model+" on "+r.Device)
	defer bar.Finish()
	begin := time.Now()
	for epoch := range t.epochs {
		loss, err := t.epoch(ctx, func() { bar.Add(1) })
		if err != nil {
			return err
		}
		r.Epochs, r.FinalLoss = epoch+1, &loss
		r.Rate = float64(t.seen) / time.Since(begin).Seconds()
		if !t.model.Text {
			r.Images = r.Rate
		}
		if err := out.Record(epochRecord{epoch + 1, loss}); err != nil {
			return err
		}
		bar.Clear()
		out.Printf("%s %s: epoch %d of %d, loss %.4f\n", r.Device, r.Model, epoch+1, t.epochs, loss)
	}
	bar.Clear()
	a, err := t.accuracy(ctx)
	if err == nil {
		r.TestAccuracy = &a
	}
	return err
}

// epoch returns the mean loss.
func (t *trainer) epoch(ctx context.Context, tick func()) (float64, error) {
	sum, n := 0.0, 0
	for b, err := range t.loader.All(ctx) {
		if err != nil {
			return 0, err
		}
		t.opt.SetLR(t.rate * schedule(float64(t.done)/float64(t.steps)))
		tensor.Scope(func(s *tensor.Arena) {
			b = b.Own(s)
			loss := t.Step(t.opt, func() *tensor.Tensor { return nn.CrossEntropy(t.scores(b.X), t.labels(b.Y)) }).Item()
			binary.Write(t.digest, binary.LittleEndian, loss)
			sum += loss
		})
		n++
		t.done++
		t.seen += b.Len
		tick()
	}
	return sum / float64(n), nil
}

// schedule is the learning rate at a part of the run: it rises for a tenth, and
// falls to 0 along a cosine.
func schedule(part float64) float64 {
	return min(0.5*(1+math.Cos(math.Pi*part)), part/0.1+0.01)
}

// scores and labels of texts are those of single letters.
func (t *trainer) scores(x *tensor.Tensor) *tensor.Tensor {
	y := t.net.Forward(x)
	if t.model.Text {
		y = y.Flatten(0, 1)
	}
	return y
}

func (t *trainer) labels(y *tensor.Tensor) *tensor.Tensor {
	if t.model.Text {
		y = y.Flatten(0, 1)
	}
	return y
}

// accuracy returns the part of the test set that the model gets right.
func (t *trainer) accuracy(ctx context.Context) (float64, error) {
	nn.Eval(t.net)
	defer nn.Train(t.net)
	right, n := 0.0, 0
	size := 500
	if t.model.Text {
		size = 8
	}
	loader := &data.Loader[data.Sample]{Dataset: t.test, Device: t.Dev, BatchSize: size}
	for b, err := range loader.All(ctx) {
		if err != nil {
			return 0, err
		}
		tensor.Scope(func(s *tensor.Arena) {
			b = b.Own(s)
			y := t.labels(b.Y)
			right += t.scores(b.X.NoGrad()).ArgMax(1).Eq(y).Sum().Item()
			n += y.Dim(0)
		})
	}
	return right / float64(n), nil
}
