package lr

import (
	"math"
	"slices"
)

// Step multiplies the rate by Gamma every so many steps: base·Gamma**floor(step /
// Every). It panics if Every is not positive.
type Step struct {
	Every int
	Gamma float64 // 0 means 0.1
}

// Rate returns the learning rate of a step.
func (s Step) Rate(base float64, step int) float64 {
	if s.Every < 1 {
		panic(misuse("Step{Every: %d}: want 1 or more", s.Every))
	}
	return base * math.Pow(orDefault(s.Gamma, 0.1), float64(step/s.Every))
}

// MultiStep multiplies the rate by Gamma at each of the steps At.
type MultiStep struct {
	At    []int
	Gamma float64 // 0 means 0.1
}

// Rate returns the learning rate of a step.
func (s MultiStep) Rate(base float64, step int) float64 {
	past := 0
	for _, at := range s.At {
		if step >= at {
			past++
		}
	}
	return base * math.Pow(orDefault(s.Gamma, 0.1), float64(past))
}

// Constant multiplies the rate by Factor for the first steps.
type Constant struct {
	Factor float64 // 0 means 1/3
	Steps  int     // 0 means 5
}

// Rate returns the learning rate of a step.
func (s Constant) Rate(base float64, step int) float64 {
	if step >= count(s.Steps, 5) {
		return base
	}
	return base * orDefault(s.Factor, 1./3)
}

// Linear multiplies the rate by a factor that goes in a straight line from Start
// to End, where it stays.
type Linear struct {
	Start float64 // 0 means 1/3
	End   float64 // 0 means 1; optim.None is 0
	Steps int     // 0 means 5
}

// Rate returns the learning rate of a step.
func (s Linear) Rate(base float64, step int) float64 {
	start, end := orDefault(s.Start, 1./3), orDefault(s.End, 1)
	n := count(s.Steps, 5)
	return base * (start + (end-start)*float64(min(step, n))/float64(n))
}

// Exponential multiplies the rate by Gamma at each step: base·Gamma**step.
type Exponential struct{ Gamma float64 }

// Rate returns the learning rate of a step.
func (s Exponential) Rate(base float64, step int) float64 {
	return base * math.Pow(s.Gamma, float64(step))
}

// Cosine takes the rate down to Min along half a cosine (Loshchilov and Hutter
// 2016): Min + (base-Min)·(1 + cos(π·step/Steps))/2. After Steps it comes up again,
// as in PyTorch. It panics if Steps is not positive.
type Cosine struct {
	Steps int
	Min   float64
}

// Rate returns the learning rate of a step.
func (s Cosine) Rate(base float64, step int) float64 {
	if s.Steps < 1 {
		panic(misuse("Cosine{Steps: %d}: want 1 or more", s.Steps))
	}
	return anneal(base, s.Min, float64(step)/float64(s.Steps))
}

// CosineRestarts is Cosine that begins anew after Steps, then after Factor times
// as many and so on (Loshchilov and Hutter 2016). It panics if Steps is not
// positive.
type CosineRestarts struct {
	Steps  int
	Factor int // 0 means 1
	Min    float64
}

// Rate returns the learning rate of a step.
func (s CosineRestarts) Rate(base float64, step int) float64 {
	n := s.Steps
	if n < 1 {
		panic(misuse("CosineRestarts{Steps: %d}: want 1 or more", s.Steps))
	}
	for step >= n {
		step -= n
		n *= max(s.Factor, 1)
	}
	return anneal(base, s.Min, float64(step)/float64(n))
}

// anneal goes from one value to another along half a cosine as part goes from 0
// to 1.
func anneal(from, to, part float64) float64 { return to + (from-to)*(1+math.Cos(math.Pi*part))/2 }

// Polynomial takes the rate down to 0 within Steps: base*(1 - step/Steps)**Power.
type Polynomial struct {
	Steps int     // 0 means 5
	Power float64 // 0 means 1
}

// Rate returns the learning rate of a step.
func (s Polynomial) Rate(base float64, step int) float64 {
	n := count(s.Steps, 5)
	return base * math.Pow(1-float64(min(step, n))/float64(n), orDefault(s.Power, 1))
}

// Func is a schedule of one's own: the base is multiplied by what it returns for
// a step (PyTorch's LambdaLR).
type Func func(step int) float64

// Rate returns the learning rate of a step.
func (f Func) Rate(base float64, step int) float64 { return base * f(step) }

// Multiplicative multiplies the rate at each step from 1 on by what it returns
// for it.
type Multiplicative func(step int) float64

// Rate returns the learning rate of a step.
func (f Multiplicative) Rate(base float64, step int) float64 {
	for i := range step {
		base *= f(i + 1)
	}
	return base
}

// Warmup raises the rate from 0 in a straight line within Steps and goes on
// with Then, whose step 0 comes next; the rate stays if it is nil. The first
// step has 1/Steps of the rate.
type Warmup struct {
	Steps int
	Then  Schedule
}

// Rate returns the learning rate of a step.
func (s Warmup) Rate(base float64, step int) float64 {
	after := max(step-s.Steps, 0)
	if s.Then != nil {
		base = s.Then.Rate(base, after)
	}
	if step < s.Steps {
		return base * float64(step+1) / float64(s.Steps)
	}
	return base
}

// Chain applies schedules at once: what one makes of the rate is the base of the
// next.
type Chain []Schedule

// Rate returns the learning rate of a step.
func (c Chain) Rate(base float64, step int) float64 {
	for _, s := range c {
		base = s.Rate(base, step)
	}
	return base
}

// A Sequence goes from one schedule to the next at the steps At, which are one
// fewer and in order: else it panics. Each begins with its own step 0.
type Sequence struct {
	Of []Schedule
	At []int
}

// Rate returns the learning rate of a step.
func (s Sequence) Rate(base float64, step int) float64 {
	if len(s.At) != len(s.Of)-1 || !slices.IsSorted(s.At) {
		panic(misuse("a Sequence of %d schedules At %v: want %d steps in order", len(s.Of), s.At, len(s.Of)-1))
	}
	i, found := slices.BinarySearch(s.At, step)
	if found {
		i++
	}
	for i < len(s.At) && s.At[i] == step {
		i++ // equal steps: the last counts
	}
	if i > 0 {
		step -= s.At[i-1]
	}
	return s.Of[i].Rate(base, step)
}

func count(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}
