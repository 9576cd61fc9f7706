package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/metrics"
)

// endEpoch does what follows the batches of an epoch.
func (l *Loop) endEpoch(ctx context.Context, start time.Time) error {
	p := &l.progress
	l.bar.close()
	values := Values{"epoch": float64(p.Epoch + 1), "epoch/loss": p.Loss.Value()}
	for name, m := range l.Metrics {
		values[name] = m.Value()
	}
	if l.Validate != nil {
		more, err := l.Validate(ctx)
		if err != nil {
			return l.interrupted(ctx, err)
		}
		for name, x := range more {
			values[name] = x
		}
	}
	if l.Scheduler != nil && l.PerEpoch {
		l.Scheduler.Step()
	}
	best, err := l.Stop.observe(values)
	if err != nil {
		return err
	}
	if err := l.log(values); err != nil {
		return err
	}
	if l.Out != nil {
		fmt.Fprintf(l.Out, "epoch %d/%d: %s (%v)\n", p.Epoch+1, l.Epochs, line(values), time.Since(start).Round(10*time.Millisecond))
	}
	status := Status{Epoch: p.Epoch, Step: p.Step, Loss: p.Loss.Value(), Values: values}
	p.Epoch, p.Done, p.Loss = p.Epoch+1, false, metrics.Mean{}
	for _, m := range l.Metrics {
		m.Reset()
	}
	p.Stopped = l.Stop.over()
	if l.OnEpoch != nil {
		if err := l.OnEpoch(status); err != nil {
			return err
		}
	}
	if err := l.flush(); err != nil {
		return err
	}
	if best && l.Keeper.Dir != "" {
		if err := os.MkdirAll(l.Keeper.Dir, 0o777); err != nil {
			return fmt.Errorf("train: %w", err)
		}
		if err := l.run().Save(filepath.Join(l.Keeper.Dir, "best.safetensors")); err != nil {
			return err
		}
	}
	return l.save()
}

// run is all that a checkpoint has.
func (l *Loop) run() *checkpoint.Run {
	r := &checkpoint.Run{
		Model: l.Model, Optimizer: l.Optimizer, Loader: l.Data, Values: &l.progress, More: l.More, Generators: l.Generators,
	}
	if l.Scheduler != nil {
		r.Scheduler = l.Scheduler
	}
	return r
}

func (l *Loop) save() error {
	if l.Keeper.Dir == "" {
		return nil
	}
	return l.Keeper.Save(l.progress.Step, l.run())
}

// resume goes on from the last checkpoint, if there is one.
func (l *Loop) resume() error {
	if l.Keeper.Dir == "" {
		return nil
	}
	step, err := l.Keeper.Load(l.run())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if step > 0 && l.Out != nil {
		where := "all epochs are done"
		if l.progress.Epoch < l.Epochs && !l.progress.Stopped {
			where = fmt.Sprintf("in epoch %d of %d", l.progress.Epoch+1, l.Epochs)
		}
		fmt.Fprintf(l.Out, "going on after step %d: %s\n", step, where)
	}
	for _, log := range l.Logs {
		if r, ok := log.(Rewinder); ok {
			if err := r.Rewind(step); err != nil {
				return err
			}
		}
	}
	return nil
}

// interrupted saves if the context is what ended the epoch.
func (l *Loop) interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
		return err
	}
	where := fmt.Sprintf("train: interrupted in epoch %d after step %d", l.progress.Epoch+1, l.progress.Step)
	if l.Keeper.Dir == "" {
		return fmt.Errorf("%s: %w", where, err)
	}
	if e := l.save(); e != nil {
		return errors.Join(fmt.Errorf("%s, and not saved: %w", where, err), e)
	}
	return fmt.Errorf("%s, saved to %s: %w", where, l.Keeper.Dir, err)
}
