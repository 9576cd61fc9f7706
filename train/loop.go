// Package train is a training loop for those who want none of their own. It
// counts epochs, logs, validates, stops early, saves, and goes on where a
// crash, or Ctrl-C, ended it:
//
//	loop := &train.Loop{
//		Model: net, Optimizer: opt, Data: loader, Epochs: 10,
//		Loss: func(b data.Batch) *tensor.Tensor { return nn.CrossEntropy(net.Forward(b.X), b.Y) },
//		Keeper: checkpoint.Keeper{Dir: "run"}, Out: os.Stderr,
//	}
//	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
//	defer stop()
//	err := loop.Run(ctx)
//
// Nothing needs it: a loop of ten lines, as in the README, does the same.
package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/metrics"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A Scheduler is one of package optim/lr.
type Scheduler interface {
	checkpoint.Stateful
	Step()
}

// Data is what a *data.Loader is: batches of one epoch after the other, and
// where it stands.
type Data interface {
	checkpoint.Positioned
	All(ctx context.Context) iter.Seq2[data.Batch, error]
	Batches() (int, error)
}

// A Loop trains a model. Model, Optimizer, Data, Epochs and Loss are needed, the
// rest is as wanted. A Loop runs once.
type Loop struct {
	Model     any                 // a module
	Optimizer checkpoint.Stateful // one of package optim
	Data      Data
	Epochs    int
	// Loss returns the loss of a batch, a scalar. What it computes is freed after
	// the step.
	Loss func(b data.Batch) *tensor.Tensor
	// Step is all that is done with a batch, where the usual (no gradients, Loss,
	// backward, optimizer) is not enough; Loss is then not used. It returns the
	// loss.
	Step func(b data.Batch) *tensor.Tensor
	// Recorder is the device of Model and Data, if the passes of the first batch are to
	// be recorded and replayed for all of its shapes (the last of an epoch may have
	// others): as one CUDA graph, say. What Loss does besides calls of the device, such as
	// to update Metrics or to look at a value, it does once. Afterwards nothing is recorded.
	Recorder *backend.Recorder
	// Clip bounds the norm of all gradients together; 0: no bound.
	Clip float64

	// Scheduler is stepped after each batch, or with PerEpoch after each epoch.
	Scheduler Scheduler
	PerEpoch  bool

	// Metrics are what Loss updates, by the names they are logged under at the
	// end of each epoch; then they are reset.
	Metrics map[string]metrics.Metric
	// Validate measures the model after each epoch; see Evaluate.
	Validate func(ctx context.Context) (Values, error)
	Stop     *EarlyStop

	// Keeper keeps checkpoints if its Dir is set. Run goes on from the last; it
	// saves after each epoch and also, if SaveEvery is not 0, after so many steps,
	// and when the context ends. The best model by Stop is "best.safetensors".
	Keeper    checkpoint.Keeper
	SaveEvery int
	// More and Generators are further states to save: see checkpoint.Run.
	More       map[string]checkpoint.Stateful
	Generators []*tensor.Generator

	Logs     []Logger
	LogEvery int       // steps between logs of loss and lr, beside epochs'; 0: 1, below 0: none
	Out      io.Writer // a line for each epoch, and on a terminal a progress bar; nil: nothing

	// OnStep and OnEpoch are called after each step, and after each epoch before
	// it is saved. An error ends the run; ErrStop as if it were complete.
	OnStep, OnEpoch func(s Status) error

	recording *recording

	progress progress
	steps    int     // of an epoch
	rate     float64 // learning rate of the last step
	bar      *bar
}

// Values are measurements by name.
type Values = map[string]float64

// ErrStop from a function of the Loop's ends training without an error.
var ErrStop = errors.New("train: stopped")

// Status is how far training is.
type Status struct {
	Epoch  int     // that is running or just ran, from 0
	Step   int     // steps so far, in all epochs
	Loss   float64 // of the last batch; after an epoch, the mean over its samples
	Values Values  // after an epoch: what is logged
}

// progress is what a checkpoint keeps of the loop itself.
type progress struct {
	Epoch   int // that is running
	Step    int
	Done    bool // all batches of the epoch are, but not what comes after them
	Stopped bool
	Loss    metrics.Mean
	Metrics states
	Stop    *EarlyStop
}

// states are metrics whose JSON is that of what they point to.
type states map[string]metrics.Metric

// UnmarshalJSON sets the metrics that are there.
func (s states) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	for name, m := range s {
		if raw[name] == nil {
			return fmt.Errorf("no metric %q", name)
		}
		if err := json.Unmarshal(raw[name], m); err != nil {
			return fmt.Errorf("metric %q: %w", name, err)
		}
	}
	return nil
}

// Run trains until all epochs are done, or a Stop or ErrStop ends them. If ctx
// ends it saves a checkpoint, if there is a Keeper, and returns an error that Is
// ctx.Err(); the next Run of a Loop made the same way goes on.
func (l *Loop) Run(ctx context.Context) error {
	if err := l.check(); err != nil {
		return err
	}
	l.progress = progress{Metrics: l.Metrics, Stop: l.Stop}
	if err := l.resume(); err != nil {
		return err
	}
	defer l.bar.close()
	if l.Recorder != nil {
		defer func() {
			l.Recorder.Reset()
			l.Recorder.Stop()
		}()
	}
	err := l.epochs(ctx)
	if errors.Is(err, ErrStop) {
		l.progress.Stopped = true
		err = l.save()
	}
	if e := l.flush(); err == nil {
		err = e
	}
	return err
}

// A stepper is an optimizer that needs no more than gradients.
type stepper interface {
	ZeroGrad()
	Step()
}

func (l *Loop) check() error {
	missing := ""
	switch {
	case l.Model == nil:
		missing = "Model"
	case l.Optimizer == nil:
		missing = "Optimizer"
	case l.Data == nil:
		missing = "Data"
	case l.Loss == nil && l.Step == nil:
		missing = "Loss"
	}
	if _, ok := l.Optimizer.(stepper); !ok && l.Step == nil && missing == "" {
		return fmt.Errorf("train: Loop has no Step, which %T wants", l.Optimizer)
	}
	if missing != "" {
		return fmt.Errorf("train: Loop has no %s", missing)
	}
	if l.Recorder != nil && (l.Step != nil || len(l.Metrics) > 0) {
		return errors.New("train: Loop has a Recorder, want no Step and no Metrics, which a replay would leave out")
	}
	var err error
	if l.steps, err = l.Data.Batches(); err == nil && l.steps == 0 && l.Epochs > 0 {
		err = errors.New("train: an epoch has no batches")
	}
	return err
}

func (l *Loop) epochs(ctx context.Context) error {
	p := &l.progress
	for p.Epoch < l.Epochs && !p.Stopped {
		start := time.Now()
		nn.Train(l.Model)
		if !p.Done {
			if err := l.batches(ctx); err != nil {
				return err
			}
		}
		if err := l.endEpoch(ctx, start); err != nil {
			return err
		}
	}
	return nil
}

// batches trains on the rest of an epoch.
func (l *Loop) batches(ctx context.Context) error {
	p := &l.progress
	state := l.Data.State()
	l.Data.SetState(state) // from here, even if the loader was left within an epoch
	l.bar = newBar(l.Out, l.steps, p.Step%l.steps, fmt.Sprintf("epoch %d/%d", p.Epoch+1, l.Epochs))
	for b, err := range l.Data.All(ctx) {
		if err != nil {
			return l.interrupted(ctx, err)
		}
		loss, err := l.step(b)
		if err != nil {
			return err
		}
		p.Loss.Add(loss, float64(b.Len))
		p.Step++
		p.Done = l.Data.State().Epoch != state.Epoch
		if err := l.afterStep(loss); err != nil {
			return err
		}
	}
	p.Done = true
	return nil
}

// step trains on a batch, whose tensors it frees.
func (l *Loop) step(b data.Batch) (loss float64, err error) {
	err = tensor.Try(func() (err error) {
		tensor.Scope(func(s *tensor.Arena) {
			b = b.Own(s)
			if l.Step != nil {
				loss = l.Step(b).Item()
				return
			}
			var t *tensor.Tensor
			if t, err = l.passes(b); err != nil {
				return
			}
			if l.Clip > 0 {
				nn.ClipGradNorm(nn.Parameters(l.Model), l.Clip)
			}
			l.Optimizer.(stepper).Step()
			loss = t.Item()
		})
		if err != nil {
			return err
		}
		if o, ok := l.Optimizer.(interface{ LR() float64 }); ok {
			l.rate = o.LR()
		}
		if l.Scheduler != nil && !l.PerEpoch {
			l.Scheduler.Step()
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("train: epoch %d, step %d: %w", l.progress.Epoch+1, l.progress.Step+1, err)
	}
	return loss, err
}

func (l *Loop) afterStep(loss float64) error {
	p := &l.progress
	l.bar.step(loss)
	every := max(l.LogEvery, 1)
	if l.LogEvery >= 0 && p.Step%every == 0 {
		if err := l.log(Values{"loss": loss, "lr": l.rate}); err != nil {
			return err
		}
	}
	if l.OnStep != nil {
		if err := l.OnStep(Status{Epoch: p.Epoch, Step: p.Step, Loss: loss}); err != nil {
			return err
		}
	}
	if l.SaveEvery > 0 && p.Step%l.SaveEvery == 0 && !p.Done { // done: soon, after the epoch
		return l.save()
	}
	return nil
}
