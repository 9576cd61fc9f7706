package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/measure"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
	"github.com/hekla-ml/hekla/cmd/bench/internal/workload"
	"github.com/hekla-ml/hekla/tensor"
)

// roofRecord is the JSON line of a device: what it can do at the most, by
// measurement.
type roofRecord struct {
	Device    string  `json:"device"`
	Bandwidth float64 `json:"copy_gb_per_s"` // read and written
	Peak      float64 `json:"peak_gflops"`   // in float32
	PeakBy    string  `json:"peak_by"`       // what reached it
	FMA       float64 `json:"fma_gflops,omitempty"`
	Half      float64 `json:"half_gflops,omitempty"` // by products of float16 matrices: tensor cores
	Machine   facts   `json:"machine"`
}

// placeRecord is the JSON line of a case under the roof.
type placeRecord struct {
	opRecord
	Intensity float64 `json:"flops_per_byte"`
	Bound     string  `json:"bound_by"` // memory or compute
	Roof      float64 `json:"roof_ms"`  // the shortest time that the roof allows
	Reached   float64 `json:"reached"`  // roof / median
}

func roofline(f *flag.FlagSet) action {
	c := opConfig{count: 1, limit: 300 * time.Millisecond, slow: 1, dtypes: "f32", named: true, run: regexp.MustCompile("/f32/")}
	f.StringVar(&c.device, "device", "", "`DEVICES`, with commas, or all (default: the preferred one)")
	f.Func("run", "place the named cases that match this `REGEXP` (default: all operations)", func(s string) (err error) {
		c.run, err = regexp.Compile(s)
		return err
	})
	f.DurationVar(&c.limit, "time", c.limit, "`TIME` to spend on each case")
	return func(ctx context.Context, _ []string, out *output) error {
		cases, err := c.cases()
		if err != nil {
			return err
		}
		devs, err := openAll(c.device)
		if err != nil {
			return err
		}
		var failed []error
		for _, dev := range devs {
			if ctx.Err() != nil {
				break
			}
			roof, err := c.measureRoof(ctx, dev)
			if err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", dev.Info().Name, err))
				continue
			}
			if err := out.Record(roof); err != nil {
				return err
			}
			out.Printf("%s: copies %.4g GB/s; %.4g GFLOP/s by %s\n\n", roof.Device, roof.Bandwidth, roof.Peak, roof.PeakBy)
			var places []placeRecord
			_, err = c.timeAll(ctx, []backend.Device{dev}, cases, out, func(r opRecord) error {
				p := roof.place(r, cases)
				places = append(places, p)
				return out.Record(p)
			})
			failed = append(failed, err)
			if err := out.Table(placeTable(places)); err != nil {
				return err
			}
			out.Printf("\n")
		}
		return errors.Join(append(failed, ctx.Err())...)
	}
}

// place says how near a case came to the roof.
func (r roofRecord) place(op opRecord, cases []workload.Case) placeRecord {
	p := placeRecord{opRecord: op}
	for _, w := range cases {
		if w.Name != op.Case || op.Timing == nil || w.Bytes == 0 {
			continue
		}
		byMemory, byCompute := w.Bytes/r.Bandwidth/1e6, w.FLOPs/r.Peak/1e6
		p.Intensity, p.Bound, p.Roof = w.FLOPs/w.Bytes, "memory", byMemory
		if byCompute > byMemory {
			p.Bound, p.Roof = "compute", byCompute
		}
		p.Reached = p.Roof / op.Median
	}
	return p
}

func placeTable(places []placeRecord) *show.Table {
	t := &show.Table{Columns: []show.Column{{Name: "case"}, {Name: "FLOP/B", Verb: "%.3g", Drop: 1}, {Name: "bound by"}, {Name: "GFLOP/s", Verb: "%.4g"}, {Name: "GB/s", Verb: "%.3g"},
		{Name: "median ms", Verb: "%.4g"}, {Name: "roof ms", Verb: "%.4g"}, {Name: "% of roof", Verb: "%.0f"}}}
	for _, p := range places {
		if p.Timing == nil {
			t.Add(p.Case, nil, "FAILED: "+p.Error, nil, nil, nil, nil, nil)
			continue
		}
		t.Add(p.Case, orNone(p.Intensity), p.Bound, orNone(p.GFLOPS), orNone(p.GBs), p.Median, orNone(p.Roof), orNone(100*p.Reached))
	}
	return t
}

// measureRoof takes the best of several ways to keep a device busy.
func (c opConfig) measureRoof(ctx context.Context, dev backend.Device) (roofRecord, error) {
	r := roofRecord{Device: dev.Info().Name, Machine: factsOf(dev.Info())}
	for _, p := range workload.Peaks(dev.Info().Kind == backend.Software) {
		rate, err := c.fastest(ctx, dev, p)
		if errors.Is(err, backend.ErrUnsupported) || errors.Is(err, backend.ErrOutOfMemory) {
			continue // another way will do
		}
		if err != nil {
			return r, fmt.Errorf("%s: %w", p.Name, err)
		}
		switch p.Of {
		case workload.Copy:
			r.Bandwidth = max(r.Bandwidth, rate)
		case workload.Half:
			r.Half = max(r.Half, rate)
		default:
			if p.Of == workload.FMA {
				r.FMA = max(r.FMA, rate)
			}
			if rate > r.Peak {
				r.Peak, r.PeakBy = rate, p.Name
			}
		}
	}
	if r.Bandwidth == 0 || r.Peak == 0 {
		return r, fmt.Errorf("no roof could be measured: copies %.3g GB/s, compute %.3g GFLOP/s", r.Bandwidth, r.Peak)
	}
	return r, nil
}

// fastest returns the rate of the fastest run, in 1e9 a second: a roof is what
// can be reached at all.
func (c opConfig) fastest(ctx context.Context, dev backend.Device, p workload.Peak) (rate float64, err error) {
	err = tensor.Try(func() error {
		step := p.Setup(workload.Rig{Dev: dev})
		t, err := measure.Time(ctx, []func(){step}, dev.Sync, measure.Options{Time: c.limit})
		if err != nil {
			return err
		}
		rate = max(p.FLOPs, p.Bytes) / t.Min / 1e6
		return nil
	})
	return rate, err
}
