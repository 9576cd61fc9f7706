package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/tensor"
)

// opRecord is the JSON line of one timed case; the names are those of the
// PyTorch side of the benchmark.
type opRecord struct {
	Case   string  `json:"case"`
	Device string  `json:"device"`
	Median float64 `json:"median_ms"`
	Min    float64 `json:"min_ms"`
	Spread float64 `json:"iqr_ms"` // interquartile range
	Runs   int     `json:"runs"`
}

func ops(ctx context.Context, args []string, out *output) error {
	var name, pattern string
	var limit time.Duration
	err := parse("op", args, out, func(f *flag.FlagSet) {
		f.StringVar(&name, "device", "", "`device` to run on (default: the preferred one)")
		f.StringVar(&pattern, "run", "", "time only cases whose name matches this `regexp`")
		f.DurationVar(&limit, "time", time.Second, "time to spend on each case")
	})
	if err != nil {
		return err
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return fmt.Errorf("%w: -run: %v", errUsage, err)
	}
	dev, err := open(name)
	if err != nil {
		return err
	}
	var selected []benchCase
	for _, c := range cases {
		if re.MatchString(c.name) {
			selected = append(selected, c)
		}
	}
	if len(selected) == 0 {
		return fmt.Errorf("%w: no case matches %q", errUsage, pattern)
	}
	bar := out.progress(len(selected), "timing")
	var rows [][]string
	var failed []error // a case that a device lacks must not cost the others
	for _, c := range selected {
		if ctx.Err() != nil {
			break // print what is done
		}
		var r opRecord
		err := tensor.Try(func() (err error) { r, err = measure(ctx, dev, c, limit); return })
		bar.Add(1)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", c.name, err))
			continue
		}
		if out.json {
			if err := out.record(r); err != nil {
				return err
			}
		}
		rows = append(rows, []string{r.Case, r.Device, fmt.Sprintf("%.4g", r.Median), fmt.Sprintf("%.4g", r.Min), fmt.Sprintf("%.2g", r.Spread), fmt.Sprint(r.Runs), c.rate(r.Median)})
	}
	bar.Finish()
	end := errors.Join(append(failed, ctx.Err())...)
	if out.json {
		return end
	}
	if err := out.table([]string{"case", "device", "median ms", "min ms", "iqr ms", "runs", "rate"}, rows); err != nil {
		return err
	}
	return end
}

// measure runs a case a few times to warm up, then for the given time but at
// least five times, waiting for the device after each.
func measure(ctx context.Context, dev backend.Device, c benchCase, limit time.Duration) (opRecord, error) {
	step := c.setup(dev)
	once := func() (time.Duration, error) {
		t := time.Now()
		step()
		err := dev.Sync()
		return time.Since(t), err
	}
	for range 3 {
		if _, err := once(); err != nil {
			return opRecord{}, err
		}
	}
	var ms []float64
	for end := time.Now().Add(limit); len(ms) < 5 || time.Now().Before(end) && len(ms) < 1000; {
		if ctx.Err() != nil && len(ms) > 0 {
			break
		}
		d, err := once()
		if err != nil {
			return opRecord{}, err
		}
		ms = append(ms, d.Seconds()*1e3)
	}
	slices.Sort(ms)
	return opRecord{c.name, dev.Info().Name, quantile(ms, 0.5), ms[0], quantile(ms, 0.75) - quantile(ms, 0.25), len(ms)}, nil
}

// quantile interpolates linearly between the sorted values.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(math.Floor(at))
	j := min(i+1, len(sorted)-1)
	return sorted[i] + (at-float64(i))*(sorted[j]-sorted[i])
}

// open opens a device by name; an empty name means the preferred one.
func open(name string) (backend.Device, error) {
	if name == "" {
		return backend.Default()
	}
	return backend.Open(name)
}
