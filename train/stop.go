package train

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// EarlyStop ends training when a value has not improved for some epochs.
type EarlyStop struct {
	Metric   string  `json:"-"` // a name among an epoch's values, such as "val/loss"
	Patience int     `json:"-"` // epochs without improvement that are borne; 0: none
	MinDelta float64 `json:"-"` // an improvement is more than this
	Max      bool    `json:"-"` // larger is better

	Best   float64 // the state: the best value,
	Waited int     // epochs since,
	Seen   bool    // and whether there was any
}

// observe takes an epoch's values and reports whether they are the best so far.
func (s *EarlyStop) observe(values Values) (best bool, err error) {
	if s == nil {
		return false, nil
	}
	x, ok := values[s.Metric]
	if !ok {
		return false, fmt.Errorf("train: EarlyStop wants %q, the epoch has %q", s.Metric, slices.Sorted(maps.Keys(values)))
	}
	gain := s.Best - x
	if s.Max {
		gain = x - s.Best
	}
	// What is not finite is never the best.
	if !math.IsNaN(x) && !math.IsInf(x, 0) && (!s.Seen || gain > s.MinDelta) {
		s.Best, s.Seen, s.Waited = x, true, 0
		return true, nil
	}
	s.Waited++
	return false, nil
}

func (s *EarlyStop) over() bool { return s != nil && s.Waited > s.Patience }
