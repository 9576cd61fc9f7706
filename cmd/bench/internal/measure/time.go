// Package measure times things honestly: after a warm-up, for long enough and
// often enough, with the spread beside the median.
package measure

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"
)

// Options say how long to measure.
type Options struct {
	Time    time.Duration // in all, of the timed runs
	MinRuns int           // even if Time is over; 0 means 5
	MaxRuns int           // even if Time is not over; 0 means 1000
}

// A Timing sums up the runs of one step. Times are in milliseconds.
type Timing struct {
	Median float64 `json:"median_ms"`
	Min    float64 `json:"min_ms"`
	Q1     float64 `json:"q1_ms"`
	Q3     float64 `json:"q3_ms"`
	IQR    float64 `json:"iqr_ms"` // Q3 - Q1
	Runs   int     `json:"runs"`
	Batch  int     `json:"batch"` // steps in a run: several, where one is too short for the clock
	// Outliers is the number of runs beyond Q3 + 3 IQR, the far ones of Tukey's
	// box plots.
	Outliers int `json:"outliers"`
}

// Noisy says why the median is to be taken with care, or nothing.
func (t Timing) Noisy() string {
	switch {
	case t.Outliers*20 > t.Runs:
		return fmt.Sprintf("%d of %d runs are outliers", t.Outliers, t.Runs)
	case t.IQR > 0.15*t.Median:
		return fmt.Sprintf("half of the runs spread over %.0f %% of the median", 100*t.IQR/t.Median)
	}
	return ""
}

// ErrClock is returned where the clock saw no time pass.
var ErrClock = errors.New("measure: the clock is too coarse for this step")

// shortest is the length of a run that a clock of some 50 ns measures well.
const shortest = 20 * time.Microsecond

// Time runs the steps in turn and times each run, sync included, which waits
// for the device. If ctx ends, what is measured by then counts, if anything.
func Time(ctx context.Context, steps []func(), sync func() error, o Options) (Timing, error) {
	if o.MinRuns == 0 {
		o.MinRuns = 5
	}
	if o.MaxRuns == 0 {
		o.MaxRuns = 1000
	}
	next := 0
	once := func(batch int) (time.Duration, error) {
		start := time.Now()
		for range batch {
			steps[next]()
			next = (next + 1) % len(steps)
		}
		err := sync()
		return time.Since(start), err
	}
	batch, err := warmUp(ctx, once, len(steps), o.Time/4)
	if err != nil {
		return Timing{}, err
	}
	runtime.GC() // the set-up's garbage is not the step's
	var ms []float64
	for end := time.Now().Add(o.Time); len(ms) < o.MinRuns || time.Now().Before(end) && len(ms) < o.MaxRuns; {
		if ctx.Err() != nil {
			break
		}
		d, err := once(batch)
		if err != nil {
			return Timing{}, err
		}
		ms = append(ms, d.Seconds()*1e3/float64(batch))
	}
	if len(ms) == 0 {
		return Timing{}, ctx.Err()
	}
	t := Summarize(ms)
	t.Batch = batch
	if t.Median <= 0 {
		return Timing{}, ErrClock
	}
	return t, nil
}

// warmUp runs each step at least once, three in all, and goes on for a while
// as long as runs get faster. It returns how many steps fill a run.
func warmUp(ctx context.Context, once func(batch int) (time.Duration, error), steps int, limit time.Duration) (batch int, err error) {
	best, since := time.Duration(math.MaxInt64), 0
	start := time.Now()
	for n := 0; n < max(steps, 3) || since < 3 && time.Since(start) < limit; n++ {
		if n > 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		d, err := once(1)
		if err != nil {
			return 0, err
		}
		since++
		if d < best-best/50 {
			best, since = d, 0
		}
	}
	return int(min(max(shortest/max(best, 1), 1), 10000)), nil
}

// Summarize returns the figures of runs that took the given times in ms. It
// sorts them. There must be at least one.
func Summarize(ms []float64) Timing {
	slices.Sort(ms)
	t := Timing{Median: Quantile(ms, 0.5), Min: ms[0], Q1: Quantile(ms, 0.25), Q3: Quantile(ms, 0.75), Runs: len(ms), Batch: 1}
	t.IQR = t.Q3 - t.Q1
	for _, x := range ms {
		if x > t.Q3+3*t.IQR {
			t.Outliers++
		}
	}
	return t
}

// Quantile interpolates linearly between sorted values.
func Quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(math.Floor(at))
	j := min(i+1, len(sorted)-1)
	return sorted[i] + (at-float64(i))*(sorted[j]-sorted[i])
}
