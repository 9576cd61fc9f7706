package measure

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// A Verdict is what a comparison comes to.
type Verdict string

// The verdicts. Unclear says that there are too few repetitions to tell.
const (
	Same    Verdict = "same"
	Slower  Verdict = "slower"
	Faster  Verdict = "faster"
	Unclear Verdict = "unclear"
)

// A Series is the repetitions of one case: the median of each, and its fastest
// run.
type Series struct{ Medians, Fastest []float64 }

// Add appends a repetition.
func (s *Series) Add(median, fastest float64) {
	s.Medians = append(s.Medians, median)
	s.Fastest = append(s.Fastest, fastest)
}

// A Change compares the times of one case, old and new.
type Change struct {
	Old, New     float64 // medians of the medians, ms
	OldSpread    float64 // half of the interquartile range, by the median
	NewSpread    float64
	NOld, NNew   int
	Delta        float64 // of the medians, new/old - 1; where runs were paired the median of their ratios - 1
	Fastest      float64 // of the fastest runs, new/old - 1; paired: the median of their ratios - 1
	Lo, Hi       float64 // paired: a confidence interval of Fastest
	P            float64 // unpaired: how often chance alone would do as much
	Paired       bool
	Verdict      Verdict
	Observations string // why not, where Delta is large
}

// fewest repetitions for a verdict: below, no order of the times is rare.
const fewest = 5

// tooNoisy is the spread above which series measured at different times are
// those of different machines.
const tooNoisy = 0.3

// Compare judges two series measured one after the other. cases is the number of
// comparisons made at once, which share a risk of 5 % to be wrong.
//
// Noise on a shared machine only adds time, and comes in stretches that may be
// longer than a repetition. What it adds least to is the fastest run. So a
// change counts if the fastest runs of the repetitions moved in a way that the
// Mann-Whitney test does not put down to chance, if the very fastest moved by
// threshold at least, and the medians in the same direction by half of that.
func Compare(old, new Series, threshold float64, cases int) Change {
	c := change(old, new)
	c.Delta = c.New/c.Old - 1
	c.Fastest = slices.Min(new.Fastest)/slices.Min(old.Fastest) - 1
	if min(c.NOld, c.NNew) < fewest {
		return c
	}
	if max(c.OldSpread, c.NewSpread) > tooNoisy {
		c.Observations = "too noisy: compare two programs, which run in alternation"
		return c
	}
	c.P = benchmath.AssumeNothing.Compare(sample(old.Fastest), sample(new.Fastest)).P
	c.Verdict = Same
	large := math.Abs(c.Delta) >= threshold
	switch {
	case c.P >= 0.05/float64(cases):
		if large {
			c.Observations = "may be chance"
		}
	case math.Abs(c.Fastest) < threshold:
		if large {
			c.Observations = "not the fastest runs: noise"
		}
	case c.Delta*sign(c.Fastest) < threshold/2:
		c.Observations = "only the fastest runs changed"
	default:
		c.Verdict = direction(c.Fastest)
	}
	return c
}

func sign(x float64) float64 { return math.Copysign(1, x) }

// ComparePaired judges series measured in alternation, each repetition beside
// the other's, so that what the machine did is in both. A change counts if the
// confidence interval of the ratio of the fastest runs, at a risk of 5 % shared
// by all cases, lies beyond 1, if that ratio is beyond the threshold, and the
// medians went the same way by half of that.
func ComparePaired(old, new Series, threshold float64, cases int) Change {
	n := min(len(old.Medians), len(new.Medians))
	c := change(old, new)
	c.Paired = true
	if n == 0 {
		return c
	}
	medians, fastest := make([]float64, n), make([]float64, n)
	for i := range n {
		medians[i] = new.Medians[i] / old.Medians[i]
		fastest[i] = new.Fastest[i] / old.Fastest[i]
	}
	c.Delta, c.Fastest = Summarize(medians).Median-1, Summarize(slices.Clone(fastest)).Median-1
	if n < fewest {
		return c
	}
	s := benchmath.AssumeNothing.Summary(sample(fastest), 1-0.05/float64(cases))
	c.Lo, c.Hi = s.Lo-1, s.Hi-1
	c.Verdict = Same
	if (c.Lo > 0 || c.Hi < 0) && math.Abs(c.Fastest) >= threshold && c.Delta*sign(c.Fastest) >= threshold/2 {
		c.Verdict = direction(c.Fastest)
	}
	return c
}

func direction(delta float64) Verdict {
	if delta > 0 {
		return Slower
	}
	return Faster
}

func sample(x []float64) *benchmath.Sample {
	return benchmath.NewSample(slices.Clone(x), &benchmath.DefaultThresholds)
}

func change(old, new Series) Change {
	a, b := Summarize(slices.Clone(old.Medians)), Summarize(slices.Clone(new.Medians))
	return Change{Old: a.Median, New: b.Median, OldSpread: a.IQR / 2 / a.Median, NewSpread: b.IQR / 2 / b.Median,
		NOld: a.Runs, NNew: b.Runs, Verdict: Unclear}
}
