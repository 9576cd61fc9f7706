package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/metrics"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/train"
	"github.com/hekla-ml/hekla/train/tensorboard"
)

// trained runs a job with its log in a folder and returns the log.
func trained(t *testing.T, ctx context.Context, dir string, change func(l *train.Loop)) (log string, l *train.Loop, err error) {
	t.Helper()
	l = newJob(filepath.Join(dir, "run"))
	file, logErr := train.JSONLog(filepath.Join(dir, "log.jsonl"))
	if logErr != nil {
		t.Fatal(logErr)
	}
	defer file.Close()
	l.Logs = []train.Logger{file}
	if change != nil {
		change(l)
	}
	err = l.Run(ctx)
	return string(read(t, filepath.Join(dir, "log.jsonl"))), l, err
}

func read(t *testing.T, path string) []byte {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A run that is interrupted at any step, and then at the next, leaves the log
// and the model of one that was not, whether it saves each step or not.
func TestInterruptions(t *testing.T) {
	want, whole, err := trained(t, context.Background(), t.TempDir(), nil)
	if err != nil || strings.Count(want, "\n") != 4*7+4 {
		t.Fatalf("log %v, %v", want, err)
	}
	for _, at := range []int{1, 2, 6, 7, 8, 14, 20, 27, 28} { // around the ends of epochs, most of them
		dir := t.TempDir()
		for _, stop := range []int{at, at + 1} {
			ctx, cancel := context.WithCancel(context.Background())
			_, l, err := trained(t, ctx, dir, func(l *train.Loop) {
				l.SaveEvery = at % 3
				l.OnStep = func(s train.Status) error {
					if s.Step == stop {
						cancel()
					}
					return nil
				}
			})
			cancel()
			if stop >= 28 {
				if err != nil {
					t.Errorf("interrupted at the end: %v", err)
				}
			} else if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "saved to "+l.Keeper.Dir) {
				t.Errorf("interrupted at step %d: error %v", stop, err)
			}
		}
		got, l, err := trained(t, context.Background(), dir, nil)
		if err != nil || got != want || fingerprint(l.Model) != fingerprint(whole.Model) {
			t.Errorf("interrupted at step %d: %v, log\n%s\nwant\n%s", at, err, got, want)
		}
	}
}

func TestEpochs(t *testing.T) {
	var out bytes.Buffer
	dir := t.TempDir()
	l := newJob("")
	table, err := train.CSVLog(filepath.Join(dir, "log.csv"), "lr", "train/accuracy", "val")
	if err != nil {
		t.Fatal(err)
	}
	board, err := tensorboard.New(filepath.Join(dir, "board"))
	if err != nil {
		t.Fatal(err)
	}
	l.Out, l.Logs, l.LogEvery = &out, []train.Logger{table, board}, 10
	l.Validate = func(ctx context.Context) (train.Values, error) {
		var acc metrics.Accuracy
		all := &data.Loader[data.Sample]{Dataset: l.Data.(*data.Loader[data.Sample]).Dataset, BatchSize: 20}
		err := train.Evaluate(ctx, l.Model, all, func(b data.Batch) {
			scores := l.Model.(nn.Layer).Forward(b.X)
			if scores.RequiresGrad() {
				t.Error("Evaluate records")
			}
			acc.Update(scores, b.Y)
		})
		return train.Values{"val": acc.Value()}, err
	}
	var epochs []int
	var last float64
	l.OnEpoch = func(s train.Status) error {
		epochs = append(epochs, s.Epoch)
		last = s.Values["val"]
		return nil
	}
	if err := l.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(epochs) != "[0 1 2 3]" || last < 0.6 { // guessing makes 0.33
		t.Errorf("epochs %v, accuracy %v", epochs, last)
	}
	if lines := strings.Split(out.String(), "\n"); len(lines) != 5 || !strings.HasPrefix(lines[3], "epoch 4/4: loss 0.") || !strings.Contains(lines[3], "train/accuracy 0.") {
		t.Errorf("output %q", out.String())
	}
	if err := errors.Join(table.Close(), board.Close()); err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(string(read(t, filepath.Join(dir, "log.csv"))), "\n")
	if len(rows) != 1+2+4+1 || rows[0] != "step,lr,train/accuracy,val" || !strings.HasPrefix(rows[1], "7,,0.") || !strings.HasPrefix(rows[2], "10,0.00") {
		t.Errorf("table %q", rows)
	}
	if nn.Generators(l.Model)[0] == nil || !l.Model.(nn.Sequential)[5].(*nn.Dropout).Training() {
		t.Error("Evaluate leaves the model in evaluation")
	}
}

func TestEarlyStop(t *testing.T) {
	for _, c := range []struct {
		name   string
		stop   train.EarlyStop
		values []float64
		epochs int
		best   float64
	}{
		{"patience 0", train.EarlyStop{}, []float64{3, 2, 2, 1}, 3, 2},
		{"patience 1", train.EarlyStop{Patience: 1}, []float64{3, 4, 2, 2, 3, 0}, 5, 2},
		{"too small a gain", train.EarlyStop{MinDelta: 0.5}, []float64{3, 2.6, 1}, 2, 3},
		{"larger is better", train.EarlyStop{Max: true}, []float64{-3, -2, -1, -1, 0}, 4, -1},
		{"NaN", train.EarlyStop{Patience: 1}, []float64{math.NaN(), 5, math.Inf(-1), math.NaN(), 1}, 4, 5},
	} {
		l := newJob(t.TempDir())
		stop := c.stop
		stop.Metric = "v"
		l.Stop, l.Epochs = &stop, len(c.values)
		n := 0
		l.Validate = func(context.Context) (train.Values, error) {
			n++
			return train.Values{"v": c.values[n-1]}, nil
		}
		if err := l.Run(context.Background()); err != nil || n != c.epochs || stop.Best != c.best {
			t.Errorf("%s: %d epochs, best %v, %v; want %d, %v", c.name, n, stop.Best, err, c.epochs, c.best)
		}
		if _, err := os.Stat(filepath.Join(l.Keeper.Dir, "best.safetensors")); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	l := newJob("")
	l.Stop = &train.EarlyStop{Metric: "nothing"}
	if err := l.Run(context.Background()); err == nil || !strings.Contains(err.Error(), `wants "nothing", the epoch has ["epoch" "epoch/loss" "train/accuracy"]`) {
		t.Errorf("a metric that is not there: %v", err)
	}
}

func TestErrors(t *testing.T) {
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		change func(l *train.Loop)
		want   string
	}{
		"no model":     {func(l *train.Loop) { l.Model = nil }, "Loop has no Model"},
		"no loss":      {func(l *train.Loop) { l.Loss = nil }, "Loop has no Loss"},
		"no data":      {func(l *train.Loop) { l.Data = nil }, "Loop has no Data"},
		"no optimizer": {func(l *train.Loop) { l.Optimizer = nil }, "Loop has no Optimizer"},
		"no batches":   {func(l *train.Loop) { l.Data.(*data.Loader[data.Sample]).Dataset = data.Slice[data.Sample]{} }, "no batches"},
		"a shape":      {func(l *train.Loop) { l.Loss = func(b data.Batch) *tensor.Tensor { return b.X.Reshape(3) } }, "epoch 1, step 1: tensor: reshape"},
		"OnStep":       {func(l *train.Loop) { l.OnStep = func(train.Status) error { return boom } }, "boom"},
		"OnEpoch":      {func(l *train.Loop) { l.OnEpoch = func(train.Status) error { return boom } }, "boom"},
		"Validate":     {func(l *train.Loop) { l.Validate = func(context.Context) (train.Values, error) { return nil, boom } }, "boom"},
		"OnEpoch stop": {func(l *train.Loop) { l.OnEpoch = func(train.Status) error { return train.ErrStop } }, ""},
		"OnStep stop": {func(l *train.Loop) {
			l.OnStep = func(s train.Status) error {
				if s.Step == 9 {
					return train.ErrStop
				}
				return nil
			}
		}, ""},
	} {
		l := newJob("")
		c.change(l)
		err := l.Run(context.Background())
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// A loss that is NaN neither ends training nor makes it impossible to save.
func TestNaN(t *testing.T) {
	l := newJob(t.TempDir())
	l.Epochs = 1
	l.Step = func(b data.Batch) *tensor.Tensor { return tensor.Full(tensor.CPU(), b.X.DType(), math.NaN()) }
	if err := l.Run(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestLogFiles(t *testing.T) {
	dir := t.TempDir()
	for name, open := range map[string]func(path string) (*train.LogFile, error){
		"json": train.JSONLog,
		"csv":  func(path string) (*train.LogFile, error) { return train.CSVLog(path, "a", "b,c") },
	} {
		path := filepath.Join(dir, name)
		write := func(steps ...int) {
			l, err := open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			for _, s := range steps {
				if s < 0 {
					err = l.Rewind(-s)
				} else {
					err = l.Log(s, train.Values{"a": float64(s) / 3, "b,c": math.Inf(1)})
				}
				if err != nil {
					t.Error(err)
				}
			}
		}
		write(1, 2, 3)
		want := read(t, path)
		write(4, 5)
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(f, `{"step`)
		f.Close()
		write(-1, 2, 3)
		if got := read(t, path); !bytes.Equal(got, want) {
			t.Errorf("%s: after a crash, and going on after step 1:\n%s\nwant\n%s", name, got, want)
		}
	}
}
