package checkpoint

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/optim/lr"
	"github.com/hekla-ml/hekla/tensor"
)

// A job is a small training run with everything that has a state.
type job struct {
	Run
	net    nn.Sequential
	opt    *optim.Optimizer
	sched  *lr.Scheduler
	loader *data.Loader[data.Sample]
	losses []float64
	values struct{ Step int }
}

func newJob(hidden int) *job {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	j := &job{net: nn.Sequential{b.Linear(4, hidden), b.BatchNorm1d(hidden), b.Dropout(0.3), b.Linear(hidden, 2)}}
	j.opt = optim.NAdam{LR: 0.01}.New(nn.Parameters(j.net))
	j.sched = lr.New(j.opt, lr.Cosine{Steps: 20})
	var set data.Slice[data.Sample]
	g := tensor.NewGenerator(2)
	for i := range 22 {
		x := tensor.Data[float32](g.Normal(tensor.CPU(), dtype.Float32, float64(i%2), 1, 4))
		set = append(set, data.Sample{X: data.ArrayOf(x, 4), Y: data.Label(i % 2)})
	}
	j.loader = &data.Loader[data.Sample]{Dataset: set, BatchSize: 4, Shuffle: true, Seed: 3}
	j.Run = Run{Model: j.net, Optimizer: j.opt, Scheduler: j.sched, Loader: j.loader, Values: &j.values}
	return j
}

// train goes on to a number of steps, through as many epochs as that takes.
func (j *job) train(t *testing.T, until int) {
	for j.values.Step < until {
		for b, err := range j.loader.All(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			tensor.Scope(func(s *tensor.Arena) {
				b = b.Own(s)
				j.opt.ZeroGrad()
				loss := nn.CrossEntropy(j.net.Forward(b.X), b.Y)
				autograd.Backward(loss)
				j.opt.Step()
				j.sched.Step()
				j.losses = append(j.losses, loss.Item())
			})
			if j.values.Step++; j.values.Step == until {
				break
			}
		}
	}
}

// A run that is saved and loaded at any step goes on bit by bit as if it had
// not been.
func TestRunGoesOn(t *testing.T) {
	const steps = 16 // 6 batches an epoch, the last of them short
	whole := newJob(5)
	whole.train(t, steps)
	for at := range steps {
		path := filepath.Join(t.TempDir(), "run")
		first := newJob(5)
		first.train(t, at)
		if err := first.Save(path); err != nil {
			t.Fatal(err)
		}
		second := newJob(5)
		if err := second.Load(path); err != nil {
			t.Fatal(err)
		}
		second.train(t, steps)
		if got := append(first.losses, second.losses...); !slices.Equal(got, whole.losses) {
			t.Errorf("saved after step %d: losses %v, want %v", at, got, whole.losses)
		}
		want := maps.Collect(nn.StateDict(whole.net))
		for name, x := range nn.StateDict(second.net) {
			if !slices.Equal(x.Bytes(), want[name].Bytes()) {
				t.Errorf("saved after step %d: %s differs at the end", at, name)
			}
		}
	}
}

func TestRunThatDoesNotFit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	saved := newJob(5)
	saved.train(t, 1)
	if err := saved.Save(path); err != nil {
		t.Fatal(err)
	}
	var state *nn.StateError
	err := newJob(6).Load(path)
	if !errors.As(err, &state) || len(state.Mismatched) != 7 || !strings.Contains(err.Error(), path) {
		t.Errorf("another width: %v", err)
	}
	for name, c := range map[string]struct {
		change func(j *job)
		want   string
	}{
		"optimizer": {func(j *job) { j.Optimizer = optim.SGD{Momentum: 0.9}.New(nn.Parameters(j.net)) }, "optimizer: optim: state has no 0.momentum_buffer"},
		"loader":    {func(j *job) { j.Loader = nil }, "a loader"},
		"values":    {func(j *job) { j.Values = nil }, "values"},
		"generator": {func(j *job) { j.Generators = append(j.Generators, tensor.NewGenerator(1)) }, "2 generators, the file 1"},
		"more":      {func(j *job) { j.More = map[string]Stateful{"other": optim.SGD{}.New(nil)} }, "more.other: optim: state has no group.0.lr"},
	} {
		j := newJob(5)
		c.change(j)
		if err := j.Load(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if err := Save(path, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := newJob(5).Load(path); !errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), "not a training run's") {
		t.Errorf("a file of another kind: %v", err)
	}
}

func TestKeeper(t *testing.T) {
	k := Keeper{Dir: filepath.Join(t.TempDir(), "a[b]*", "run"), Keep: 2}
	if _, err := k.Load(newJob(3).run()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	j := newJob(3)
	for step := range 5 {
		j.values.Step = step
		if step == 3 { // what a kill leaves
			if err := os.WriteFile(filepath.Join(k.Dir, ".step-000000002.safetensors.0123456789abcdef.tmp"), []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.Save(step, j.run()); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := os.ReadDir(k.Dir)
	if steps, err := k.Steps(); err != nil || !slices.Equal(steps, []int{3, 4}) || len(files) != 2 {
		t.Errorf("steps %v, %v, files %v; want 3 and 4", steps, err, files)
	}
	again := newJob(3)
	if step, err := k.Load(again.run()); err != nil || step != 4 || again.values.Step != 4 {
		t.Errorf("loaded step %d with %+v, %v", step, again.values, err)
	}
	// Of files that are not whole the one before is taken.
	b := read(t, k.path(4))
	for _, cut := range [][]byte{nil, b[:5], b[:100], b[:len(b)-1], append([]byte("garbage!"), b[8:]...)} {
		if err := os.WriteFile(k.path(4), cut, 0o600); err != nil {
			t.Fatal(err)
		}
		again = newJob(3)
		if step, err := k.Load(again.run()); err != nil || step != 3 || again.values.Step != 3 {
			t.Errorf("%d bytes: loaded step %d with %+v, %v", len(cut), step, again.values, err)
		}
	}
	if err := os.WriteFile(k.path(3), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Load(newJob(3).run()); !errors.Is(err, ErrTruncated) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("all broken: %v", err)
	}
}

func (j *job) run() *Run { return &j.Run }
