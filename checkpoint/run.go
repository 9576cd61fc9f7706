package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A Stateful has a state of tensors by name: optimizers, schedulers of learning
// rates.
type Stateful interface {
	StateDict() iter.Seq2[string, *tensor.Tensor]
	// LoadStateDict continues from a state; if it does not fit it returns an
	// error and changes nothing.
	LoadStateDict(state map[string]*tensor.Tensor) error
}

// A Positioned knows where it stands in the data: a *data.Loader.
type Positioned interface {
	State() data.State
	SetState(s data.State)
}

// A Run is all that a training run needs to go on as if it had never stopped.
// Fields that are nil are left out. Make a Run of new parts, Load it, and go on:
//
//	run := &checkpoint.Run{Model: net, Optimizer: opt, Scheduler: sched, Loader: loader, Values: &progress}
type Run struct {
	Model     any // a module, with the generators that its modules draw from
	Optimizer Stateful
	Scheduler Stateful
	// More has further states by name, such as a second optimizer's.
	More map[string]Stateful
	// Generators are streams that the program draws from besides the model.
	Generators []*tensor.Generator
	Loader     Positioned
	// Values points to what else the program keeps, such as the number of steps:
	// anything that encoding/json can write and read.
	Values any
}

// runKey is the entry of the file's metadata with what is no tensor.
const runKey = "hekla.run"

// A rest is what a run has besides tensors.
type rest struct {
	Generators []stream        `json:"generators,omitempty"`
	Loader     *data.State     `json:"loader,omitempty"`
	Values     json.RawMessage `json:"values,omitempty"`
}

type stream struct{ Seed, Offset uint64 }

// A state is a Stateful with its name.
type state struct {
	name string
	of   Stateful
}

// states returns the states in the order in which they are loaded: schedulers
// set the rates of optimizers that are as they were.
func (r *Run) states() []state {
	var l []state
	if r.Optimizer != nil {
		l = append(l, state{"optimizer", r.Optimizer})
	}
	if r.Scheduler != nil {
		l = append(l, state{"scheduler", r.Scheduler})
	}
	for _, name := range slices.Sorted(maps.Keys(r.More)) {
		l = append(l, state{"more." + name, r.More[name]})
	}
	return l
}

func (r *Run) generators() []*tensor.Generator {
	var l []*tensor.Generator
	if r.Model != nil {
		l = nn.Generators(r.Model)
	}
	for _, g := range r.Generators {
		if !slices.Contains(l, g) {
			l = append(l, g)
		}
	}
	return l
}

// Save writes the run to a safetensors file at path, which is replaced at once
// when all is on the disk: whatever happens, path holds the old state or the
// new one. The tensors are called "model.fc.weight", "optimizer.0.exp_avg" and
// so on, so that Load and Sub get at the model alone.
func (r *Run) Save(path string) error {
	tensors := map[string]*tensor.Tensor{}
	add := func(prefix string, state iter.Seq2[string, *tensor.Tensor]) {
		for name, t := range state {
			tensors[prefix+"."+name] = t
		}
	}
	if r.Model != nil {
		add("model", nn.StateDict(r.Model))
	}
	for _, s := range r.states() {
		add(s.name, s.of.StateDict())
	}
	var more rest
	for _, g := range r.generators() {
		seed, offset := g.State()
		more.Generators = append(more.Generators, stream{seed, offset})
	}
	if r.Loader != nil {
		s := r.Loader.State()
		more.Loader = &s
	}
	if r.Values != nil {
		var err error
		if more.Values, err = json.Marshal(r.Values); err != nil {
			return within(path, "", -1, fmt.Errorf("the values of the run: %w", err))
		}
	}
	text, err := json.Marshal(more)
	if err != nil {
		return within(path, "", -1, err)
	}
	return Save(path, tensors, map[string]string{runKey: string(text)})
}

// Load makes the run what it was when Save wrote path. The parts must be as
// they were made then; if one does not fit, which the error says (for the model
// a *nn.StateError), parts loaded before it have changed.
func (r *Run) Load(path string) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := r.load(f); err != nil {
		return within(path, "", -1, err)
	}
	return nil
}

func (r *Run) load(f *File) error {
	var more rest
	text, ok := f.metadata[runKey]
	if !ok {
		return problem(ErrHeader, "not a training run's: its metadata has no %s", runKey)
	}
	if err := json.Unmarshal([]byte(text), &more); err != nil {
		return problem(ErrHeader, "metadata %s: %v", runKey, err)
	}
	generators := r.generators()
	switch {
	case len(more.Generators) != len(generators):
		return fmt.Errorf("the run has %d generators, the file %d", len(generators), len(more.Generators))
	case (r.Loader == nil) != (more.Loader == nil):
		return errors.New("the run has a loader and the file has none, or the other way round")
	case (r.Values == nil) != (more.Values == nil):
		return errors.New("the run has values and the file has none, or the other way round")
	}
	all, err := f.Tensors(tensor.CPU())
	if err != nil {
		return err
	}
	defer func() {
		for _, t := range all {
			t.Free() // what is kept was copied
		}
	}()
	if r.Model != nil {
		if err := nn.LoadStateDict(r.Model, Sub(all, "model"), true); err != nil {
			return err
		}
	}
	for _, s := range r.states() {
		if err := s.of.LoadStateDict(Sub(all, s.name)); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	for i, g := range generators {
		g.SetState(more.Generators[i].Seed, more.Generators[i].Offset)
	}
	if more.Loader != nil {
		r.Loader.SetState(*more.Loader)
	}
	if more.Values != nil {
		if err := json.Unmarshal(more.Values, r.Values); err != nil {
			return fmt.Errorf("the values of the run: %w", err)
		}
	}
	return nil
}
