package lr

import "math"

// A Shape is how the height of a Cyclic schedule develops.
type Shape uint8

// The shapes.
const (
	Triangular  Shape = iota // all cycles are equally high
	Triangular2              // each cycle is half as high as the one before
	ExpRange                 // the height is multiplied by Gamma at each step
)

// Cyclic goes up and down between two rates in straight lines, the momentum in
// the opposite sense (Smith 2015). The base of the group does not count.
type Cyclic struct {
	Min, Max float64 // rates
	Up       int     // steps up; 0 means 2000
	Down     int     // steps down; 0 means Up
	Shape    Shape
	Gamma    float64 // of ExpRange; 0 means 1

	KeepMomentum             bool
	MinMomentum, MaxMomentum float64 // 0 mean 0.8 and 0.9
}

// Rate returns the learning rate of a step.
func (c Cyclic) Rate(_ float64, step int) float64 {
	return c.Min + (c.Max-c.Min)*c.height(step)
}

// Momentum returns the momentum of a step.
func (c Cyclic) Momentum(step int) (m float64, changes bool) {
	lo, hi := orDefault(c.MinMomentum, 0.8), orDefault(c.MaxMomentum, 0.9)
	return hi - (hi-lo)*c.height(step), !c.KeepMomentum
}

// height returns where a step is between the lower rate, 0, and the upper, 1.
func (c Cyclic) height(step int) float64 {
	up := count(c.Up, 2000)
	all := up + count(c.Down, up)
	cycle, at := step/all, float64(step%all)
	h := at / float64(up)
	if h > 1 {
		h = (float64(all) - at) / float64(all-up)
	}
	switch c.Shape {
	case Triangular2:
		h *= math.Exp2(-float64(cycle))
	case ExpRange:
		h *= math.Pow(orDefault(c.Gamma, 1), float64(step))
	}
	return h
}

// OneCycle goes up to a large rate and then far below the first one, the
// momentum in the opposite sense (Smith and Topin 2017). The base of the group
// does not count. After Steps the last rate stays. It panics if Steps is less than
// 2 or Rise is not a part of 1.
type OneCycle struct {
	Max      float64 // the largest rate
	Steps    int     // in all
	Rise     float64 // part of the steps that goes up; 0 means 0.3
	Linear   bool    // straight lines instead of cosines
	Div      float64 // the first rate is Max/Div; 0 means 25
	FinalDiv float64 // the last rate is Max/Div/FinalDiv; 0 means 1e4
	// ThreePhase comes down to the first rate as fast as it went up, and then goes
	// on to the last.
	ThreePhase bool

	KeepMomentum             bool
	MinMomentum, MaxMomentum float64 // 0 mean 0.85 and 0.95
}

// Rate returns the learning rate of a step.
func (c OneCycle) Rate(_ float64, step int) float64 {
	first := c.Max / orDefault(c.Div, 25)
	last := first / orDefault(c.FinalDiv, 1e4)
	if c.ThreePhase {
		return c.at(step, first, c.Max, first, last)
	}
	return c.at(step, first, c.Max, last)
}

// Momentum returns the momentum of a step.
func (c OneCycle) Momentum(step int) (m float64, changes bool) {
	lo, hi := orDefault(c.MinMomentum, 0.85), orDefault(c.MaxMomentum, 0.95)
	if c.ThreePhase {
		return c.at(step, hi, lo, hi, hi), !c.KeepMomentum
	}
	return c.at(step, hi, lo, hi), !c.KeepMomentum
}

// at goes through values, one phase from each to the next.
func (c OneCycle) at(step int, values ...float64) float64 {
	if c.Steps < 2 {
		panic(misuse("OneCycle{Steps: %d}: want 2 or more", c.Steps))
	}
	if !(c.Rise >= 0 && c.Rise <= 1) {
		panic(misuse("OneCycle{Rise: %v}: want a part of the steps, 0 to 1", c.Rise))
	}
	rise := orDefault(c.Rise, 0.3) * float64(c.Steps)
	ends := []float64{rise - 1, float64(c.Steps - 1)} // the last steps of phases
	if c.ThreePhase {
		ends = []float64{rise - 1, 2*rise - 2, float64(c.Steps - 1)}
	}
	begin, now := 0.0, min(float64(step), float64(c.Steps-1))
	for i, end := range ends {
		if now > end && i < len(ends)-1 {
			begin = end
			continue
		}
		from, to := values[i], values[i+1]
		part := 1.0
		if end > begin { // else one step is all of the phase
			part = (now - begin) / (end - begin)
		}
		if c.Linear {
			return from + (to-from)*part
		}
		return anneal(from, to, part)
	}
	return values[len(values)-1]
}
