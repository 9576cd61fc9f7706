package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
	"github.com/hekla-ml/hekla/conformance"
)

// A survey is what is found out about all devices together: by the tour, and in
// more detail by the report.
type survey struct {
	Devices     []deviceRecord  `json:"devices"`
	Skipped     []deviceRecord  `json:"skipped,omitempty"`
	Conformance []conformRecord `json:"conformance"`
	Benchmarks  []opRecord      `json:"benchmarks"`
	Training    []trainRecord   `json:"training"`
	Errors      []string        `json:"errors,omitempty"`
	Interrupted bool            `json:"interrupted,omitempty"`
	Seconds     float64         `json:"seconds"`

	matrix []*conformance.Report
	errs   []error
}

// conformRecord is a conformance report in short.
type conformRecord struct {
	Device      string                `json:"device"`
	Ops         int                   `json:"ops"`
	Cases       int                   `json:"cases"`
	Passed      int                   `json:"passed"`
	Failed      int                   `json:"failed"`
	Unsupported int                   `json:"unsupported"`
	Left        int                   `json:"left"` // not drawn, or no time for
	Seconds     float64               `json:"seconds"`
	Failures    []conformance.Failure `json:"failures,omitempty"`
}

// effort says how much a survey does on each device.
type effort struct {
	oneIn    int           // cases of the conformance suite
	checking time.Duration // at the most
	run      *regexp.Regexp
	timing   time.Duration // of each case
	train    trainConfig
	software struct { // where a driver for GPUs runs on the CPU, slowly
		run     *regexp.Regexp
		samples int
		epochs  int
		tests   int
	}
}

// tourEffort fits into two minutes on two cores with a CPU and a software
// driver.
func tourEffort() effort {
	e := effort{oneIn: 64, checking: 15 * time.Second, timing: 200 * time.Millisecond,
		run:   regexp.MustCompile(`^(matmul/f32/1024|add/f32/16M|gelu/f32/1M|conv2d/f32/.*|tiny-add/f32/10)$`),
		train: trainConfig{model: "digits", epochs: 2, batch: 16, rate: 4e-3, seed: 1, samples: 8000, tests: testImages}}
	e.software.run = regexp.MustCompile(`^(matmul/f32/256|add/f32/1M|tiny-add/f32/10)$`)
	e.software.samples, e.software.epochs, e.software.tests = 2048, 2, 1000
	return e
}

// look surveys all devices. What fails is noted, and the rest goes on.
func (s *survey) look(ctx context.Context, e effort, infos []backend.Info, out *output) {
	start := time.Now()
	for _, d := range infos {
		if ctx.Err() != nil {
			break
		}
		dev, err := open(d.Name)
		if err != nil {
			s.fail(d.Name, err)
			continue
		}
		if s.check(ctx, dev, e, out); ctx.Err() == nil {
			s.time(ctx, dev, e, out)
		}
		if ctx.Err() == nil {
			s.train(ctx, d, e, out)
		}
	}
	s.Interrupted = ctx.Err() != nil
	s.Seconds = time.Since(start).Seconds()
}

func (s *survey) fail(what string, err error) {
	s.Errors = append(s.Errors, fmt.Sprintf("%s: %v", what, err))
	s.errs = append(s.errs, fmt.Errorf("%s: %w", what, err))
}

func (s *survey) check(ctx context.Context, dev backend.Device, e effort, out *output) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var begin sync.Once // making the cases does not count
	r := conformanceOf(ctx, dev, conformance.Options{Seed: 1, OneIn: e.oneIn, Progress: func(int, int) {
		begin.Do(func() { time.AfterFunc(e.checking, cancel) })
	}}, out)
	s.matrix = append(s.matrix, r)
	s.Conformance = append(s.Conformance, conformRecord{r.Device, r.Ops, r.Cases, r.Passed, r.Failed, r.Unsupported, r.Left, r.Seconds, r.Failures})
	for _, f := range r.Failures {
		s.fail("conformance on "+r.Device, errors.New(f.String()))
	}
}

func (s *survey) time(ctx context.Context, dev backend.Device, e effort, out *output) {
	c := opConfig{dtypes: "f32", run: e.run, named: true, count: 1, limit: e.timing, slow: 1}
	if dev.Info().Kind == backend.Software {
		c.run = e.software.run
	}
	cases, err := c.cases()
	if err != nil {
		s.fail(dev.Info().Name, err)
		return
	}
	records, err := c.timeAll(ctx, []backend.Device{dev}, cases, out, func(opRecord) error { return nil })
	s.Benchmarks = append(s.Benchmarks, records...)
	if err != nil && ctx.Err() == nil {
		s.fail("timing", err)
	}
}

func (s *survey) train(ctx context.Context, d backend.Info, e effort, out *output) {
	c := e.train
	c.device = d.Name
	if d.Kind == backend.Software {
		c.samples, c.epochs, c.tests = e.software.samples, e.software.epochs, e.software.tests
	}
	quiet := *out // epochs are no records of their own here
	quiet.Format = "csv"
	r, err := c.run(ctx, &quiet)
	if r.Device != "" {
		s.Training = append(s.Training, r)
	}
	if err != nil && ctx.Err() == nil {
		s.fail("training", err)
	}
}

// table is the one to end with: a line for each device.
func (s *survey) table() *show.Table {
	t := &show.Table{Columns: []show.Column{{Name: "device"}, {Name: "checks"}, {Name: "matmul GFLOP/s", Verb: "%.4g"}, {Name: "add GB/s", Verb: "%.3g"},
		{Name: "us a call", Verb: "%.2g", Drop: 1}, {Name: "digits right", Verb: "%.4f"}, {Name: "images/s", Verb: "%.0f"}}}
	for _, d := range s.Devices {
		row := []any{d.Device, "", nil, nil, nil, nil, nil}
		for _, c := range s.Conformance {
			switch {
			case c.Device != d.Device:
			case c.Failed > 0:
				row[1] = fmt.Sprintf("FAILED: %d of %d", c.Failed, c.Cases)
			case c.Unsupported > 0:
				row[1] = fmt.Sprintf("%d ok, %d unsupported", c.Passed, c.Unsupported)
			default:
				row[1] = fmt.Sprintf("%d ok", c.Passed)
			}
		}
		for _, b := range s.Benchmarks {
			if b.Device != d.Device || b.Timing == nil {
				continue
			}
			switch b.Case {
			case "matmul/f32/1024", "matmul/f32/256":
				row[2] = b.GFLOPS
			case "add/f32/16M", "add/f32/1M":
				row[3] = b.GBs
			case "tiny-add/f32/10":
				row[4] = b.Median // ms for a thousand
			}
		}
		for _, r := range s.Training {
			if r.Device == d.Device {
				row[5], row[6] = deref(r.TestAccuracy), orNone(r.Rate)
			}
		}
		t.Add(row...)
	}
	return t
}
