// Package lr changes the learning rates of an optimizer from step to step. A
// schedule is a value, such as Cosine{Steps: 1000}, that knows the rate of every
// step; New makes a Scheduler of it, which follows an optimizer:
//
//	sched := lr.New(opt, lr.Warmup{Steps: 100, Then: lr.Cosine{Steps: 900}})
//	...
//	opt.Step()
//	sched.Step()
//
// Whether a step is a batch or an epoch is up to who calls Step. Names, defaults
// and numbers are PyTorch's. Schedules combine: Chain multiplies them, Sequence
// takes one after the other.
package lr

import (
	"fmt"
	"iter"

	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// A Schedule is a learning rate over time.
type Schedule interface {
	// Rate returns the learning rate of a step, counted from 0, of a group whose
	// rate was base before there was a schedule.
	Rate(base float64, step int) float64
}

// A Cycler is a Schedule that changes the momentum too.
type Cycler interface {
	Schedule
	// Momentum returns the momentum of a step, and whether it changes at all.
	Momentum(step int) (m float64, changes bool)
}

// Trained is what has learning rates: an optimizer.
type Trained interface{ Groups() []*optim.Group }

// A Scheduler keeps the learning rates of an optimizer on schedules.
type Scheduler struct {
	groups    []*optim.Group
	schedules []Schedule // one for each group
	bases     []float64
	step      int
}

// New sets the learning rates of opt to those of step 0 and returns what changes
// them. Give one schedule for all groups or one for each. The rates that the
// groups have are the base.
func New(opt Trained, schedules ...Schedule) *Scheduler {
	s := &Scheduler{groups: opt.Groups()}
	for i, g := range s.groups {
		switch len(schedules) {
		case 1:
			s.schedules = append(s.schedules, schedules[0])
		case len(s.groups):
			s.schedules = append(s.schedules, schedules[i])
		default:
			panic(misuse("%d schedules for %d groups: want one, or one for each", len(schedules), len(s.groups)))
		}
		s.bases = append(s.bases, g.LR)
	}
	s.apply()
	return s
}

// Step goes on to the next step.
func (s *Scheduler) Step() { s.Seek(s.step + 1) }

// Steps returns how many times Step was called.
func (s *Scheduler) Steps() int { return s.step }

// Seek goes to a step, 0 being the first.
func (s *Scheduler) Seek(step int) {
	s.step = step
	s.apply()
}

func (s *Scheduler) apply() {
	for i, g := range s.groups {
		g.LR = s.schedules[i].Rate(s.bases[i], s.step)
		c, ok := s.schedules[i].(Cycler)
		if !ok {
			continue
		}
		if m, changes := c.Momentum(s.step); changes {
			a, ok := g.Algorithm.(optim.MomentumSetter)
			if !ok {
				panic(misuse("%T has no momentum to change; set KeepMomentum", g.Algorithm))
			}
			g.Algorithm = a.WithMomentum(m)
		}
	}
}

// StateDict yields what LoadStateDict needs to continue: "step", and for group g
// "base.g".
func (s *Scheduler) StateDict() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		if !yield("step", number(float64(s.step))) {
			return
		}
		for i, b := range s.bases {
			if !yield(fmt.Sprintf("base.%d", i), number(b)) {
				return
			}
		}
	}
}

// LoadStateDict continues from a state that StateDict yielded for the same
// schedules, and sets the learning rates. If something is missing it returns an
// error and changes nothing.
func (s *Scheduler) LoadStateDict(state map[string]*tensor.Tensor) error {
	names := []string{"step"}
	for i := range s.bases {
		names = append(names, fmt.Sprintf("base.%d", i))
	}
	v, err := numbers(state, names)
	if err != nil {
		return err
	}
	copy(s.bases, v[1:])
	s.Seek(int(v[0]))
	return nil
}

func number(x float64) *tensor.Tensor { return tensor.Scalar(tensor.CPU(), x) }

// numbers returns the scalars of a state with exactly the given names.
func numbers(state map[string]*tensor.Tensor, names []string) ([]float64, error) {
	l := make([]float64, len(names))
	for i, n := range names {
		t := state[n]
		if t == nil || t.Numel() != 1 {
			return nil, fmt.Errorf("lr: state has no number %s: it is of another scheduler", n)
		}
		l[i] = t.Item()
	}
	if len(state) != len(names) {
		return nil, fmt.Errorf("lr: state has %d entries, want %v: it is of another scheduler", len(state), names)
	}
	return l, nil
}

func misuse(format string, args ...any) *tensor.Error {
	return &tensor.Error{Op: "lr", Err: fmt.Errorf(format, args...), Site: tensor.CallSite()}
}

// orDefault returns the value that a field stands for.
func orDefault(x, def float64) float64 {
	switch x {
	case 0:
		return def
	case optim.None:
		return 0
	}
	return x
}
