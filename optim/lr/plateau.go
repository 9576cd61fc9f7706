package lr

import (
	"iter"
	"math"

	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// Plateau are the options of a scheduler that multiplies the learning rates by
// Factor when a measure, such as the validation loss, stops getting better.
type Plateau struct {
	Factor    float64 // 0 means 0.1
	Patience  int     // steps without progress that are tolerated; 0 means 10, -1 none
	Threshold float64 // progress that counts; 0 means 1e-4
	Absolute  bool    // Threshold is a difference, not a part of the best value
	Larger    bool    // larger values of the measure are better
	Cooldown  int     // steps after a change that do not count
	Min       float64 // rates do not go below it
	Eps       float64 // smaller changes of a rate are not made; 0 means 1e-8
}

// A PlateauScheduler follows a measure; see Plateau.
type PlateauScheduler struct {
	Plateau
	groups []*optim.Group
	best   float64
	bad    int // steps without progress
	cool   int // steps of cooldown left
}

// New returns a scheduler for an optimizer.
func (p Plateau) New(opt Trained) *PlateauScheduler {
	s := &PlateauScheduler{Plateau: p, groups: opt.Groups(), best: math.Inf(1)}
	if p.Larger {
		s.best = math.Inf(-1)
	}
	return s
}

// Step takes the latest value of the measure and changes the learning rates if
// it is time. NaN is no progress.
func (s *PlateauScheduler) Step(measure float64) {
	if s.better(measure) {
		s.best, s.bad = measure, 0
	} else {
		s.bad++
	}
	if s.cool > 0 {
		s.cool--
		s.bad = 0
	}
	patience := max(count(s.Patience, 10), 0)
	if s.bad <= patience {
		return
	}
	for _, g := range s.groups {
		next := max(g.LR*orDefault(s.Factor, 0.1), s.Min)
		if g.LR-next > orDefault(s.Eps, 1e-8) {
			g.LR = next
		}
	}
	s.cool, s.bad = s.Cooldown, 0
}

// Best returns the best value of the measure so far.
func (s *PlateauScheduler) Best() float64 { return s.best }

func (s *PlateauScheduler) better(x float64) bool {
	margin := orDefault(s.Threshold, 1e-4)
	if !s.Absolute && !math.IsInf(s.best, 0) {
		margin *= s.best // signed, as in PyTorch
	}
	if s.Larger {
		return x > s.best+margin
	}
	return x < s.best-margin
}

var plateauState = []string{"best", "bad", "cooldown"}

// StateDict yields what LoadStateDict needs to continue. The learning rates are
// in the optimizer's state.
func (s *PlateauScheduler) StateDict() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for i, x := range []float64{s.best, float64(s.bad), float64(s.cool)} {
			if !yield(plateauState[i], number(x)) {
				return
			}
		}
	}
}

// LoadStateDict continues from a state that StateDict yielded. If something is
// missing it returns an error and changes nothing.
func (s *PlateauScheduler) LoadStateDict(state map[string]*tensor.Tensor) error {
	v, err := numbers(state, plateauState)
	if err != nil {
		return err
	}
	s.best, s.bad, s.cool = v[0], int(v[1]), int(v[2])
	return nil
}
