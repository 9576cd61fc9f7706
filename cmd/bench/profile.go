package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
	"github.com/hekla-ml/hekla/cmd/bench/internal/workload"
	"github.com/hekla-ml/hekla/profile"
	"github.com/hekla-ml/hekla/tensor"
)

// profileConfig says what to profile.
type profileConfig struct {
	device, trace string
	run           *regexp.Regexp
	by            profile.Key
	byName        string
	steps         int
	wait          bool
}

func profiles(f *flag.FlagSet) action {
	c := profileConfig{run: regexp.MustCompile("^train/lenet5/"), steps: 5}
	f.StringVar(&c.device, "device", "", "`DEVICES` to run on, with commas, or all (default: the preferred one)")
	f.Func("run", "profile the named cases that match this `REGEXP` (default ^train/lenet5/)", func(s string) (err error) {
		c.run, err = regexp.Compile(s)
		return err
	})
	f.IntVar(&c.steps, "steps", c.steps, "steps to profile, after two to warm up")
	f.StringVar(&c.trace, "trace", "", "write a Chrome trace to this `FILE`, for Perfetto: one case on one device")
	f.BoolVar(&c.wait, "wait", false, "wait for each call, also where the device has a clock")
	f.Func("by", "a line for each `op`, for each shape or for each (call) site (default op)", c.setBy)
	return func(ctx context.Context, _ []string, out *output) error {
		if c.steps < 1 {
			return fmt.Errorf("%w: want at least one step, not %d", errUsage, c.steps)
		}
		cases, err := opConfig{dtypes: "f32", run: c.run, named: true}.cases()
		if err != nil {
			return err
		}
		devs, err := openAll(c.device)
		if err != nil {
			return err
		}
		if c.trace != "" && len(cases)*len(devs) > 1 {
			return fmt.Errorf("%w: -trace wants one case and one device, not %d and %d", errUsage, len(cases), len(devs))
		}
		var failed []error
		for _, dev := range devs {
			for _, w := range cases {
				if err := c.profile(ctx, dev, w, out); err != nil {
					failed = append(failed, fmt.Errorf("%s on %s: %w", w.Name, dev.Info().Name, err))
				}
				if ctx.Err() != nil {
					return ctx.Err()
				}
			}
		}
		return errors.Join(failed...)
	}
}

func (c *profileConfig) setBy(s string) error {
	keys := map[string]profile.Key{"op": profile.ByOp, "shape": profile.ByShape, "site": profile.BySite}
	k, ok := keys[s]
	if !ok {
		return fmt.Errorf("unknown key %q, want op, shape or site", s)
	}
	c.by, c.byName = k, s
	return nil
}

// profileRecord is the JSON line of a case. Times are of all steps together.
type profileRecord struct {
	Case        string        `json:"case"`
	Device      string        `json:"device"`
	Steps       int           `json:"steps"`
	Wall        float64       `json:"wall_ms"`
	Accounted   float64       `json:"accounted"` // part of the wall time of which something is known
	DeviceClock bool          `json:"device_clock"`
	Peak        int64         `json:"peak_bytes,omitempty"`
	Shares      []shareRecord `json:"shares"`
	Ops         []statRecord  `json:"ops"`
	Ranges      []statRecord  `json:"ranges"`
	Machine     facts         `json:"machine"`
}

type shareRecord struct {
	Name string  `json:"name"`
	Time float64 `json:"ms"`
	Part float64 `json:"part"` // of the wall time
}

type statRecord struct {
	Name   string  `json:"name"`
	Detail string  `json:"detail,omitempty"`
	Count  int     `json:"count"`
	Failed int     `json:"failed,omitempty"`
	Self   float64 `json:"self_ms"`
	Total  float64 `json:"total_ms"`
	Max    float64 `json:"max_ms"`
	Bytes  int64   `json:"bytes,omitempty"`
	Result int64   `json:"result_bytes,omitempty"`
}

func (c *profileConfig) profile(ctx context.Context, dev backend.Device, w workload.Case, out *output) error {
	r, p, err := c.record(ctx, dev, w)
	if err != nil {
		return err
	}
	if err := out.Record(r); err != nil {
		return err
	}
	if c.trace != "" {
		if err := writeTrace(c.trace, p); err != nil {
			return err
		}
	}
	return c.print(r, out)
}

// record runs the steps under a profiler.
func (c *profileConfig) record(ctx context.Context, dev backend.Device, w workload.Case) (profileRecord, *profile.Profile, error) {
	info := dev.Info()
	r := profileRecord{Case: w.Name, Device: info.Name, Machine: factsOf(info)}
	// Without a clock of the device's only waiting tells how long its work takes;
	// a CPU's is done when Run returns.
	_, clock := backend.As[backend.Stamper](dev)
	o := profile.Options{Wait: c.wait || !clock && info.Kind != backend.CPU, Shapes: true, Sites: c.by == profile.BySite || c.trace != ""}
	p := profile.New(dev, o)
	var taken *profile.Profile
	err := tensor.Try(func() error {
		step := w.Setup(workload.Rig{Dev: p, Range: p.Range})
		for range 2 {
			step()
		}
		runtime.GC() // of the set-up
		if _, err := p.Take(); err != nil {
			return err
		}
		for ; r.Steps < c.steps && ctx.Err() == nil; r.Steps++ {
			step()
		}
		var err error
		taken, err = p.Take()
		return err
	})
	if err != nil {
		return r, nil, err
	}
	r.fill(taken, c.by)
	return r, taken, nil
}

func (r *profileRecord) fill(p *profile.Profile, by profile.Key) {
	r.Wall, r.DeviceClock, r.Peak = ms(p.Wall), p.DeviceClock, p.Peak()
	r.Accounted = 1
	for _, s := range p.Account(0, p.Wall) {
		part := float64(s.Time) / float64(p.Wall)
		r.Shares = append(r.Shares, shareRecord{s.Name, ms(s.Time), part})
		if s.Name == profile.Elsewhere {
			r.Accounted -= part
		}
	}
	for _, s := range p.Sum(by) {
		rec := statRecord{s.Name, s.Detail, s.Count, s.Failed, ms(s.Self), ms(s.Total), ms(s.Max), s.Bytes, s.Result}
		if s.Kind == profile.Range {
			r.Ranges = append(r.Ranges, rec)
		} else {
			r.Ops = append(r.Ops, rec)
		}
	}
}

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }

func (c *profileConfig) print(r profileRecord, out *output) error {
	clock := "the host's clock"
	if r.DeviceClock {
		clock = "the device's clock"
	}
	out.Printf("%s on %s: %d steps of %.4g ms, ops timed by %s\n\n", r.Case, r.Device, r.Steps, r.Wall/float64(r.Steps), clock)
	n := float64(r.Steps)
	ops := &show.Table{Columns: []show.Column{{Name: "op"}, {Name: "calls", Verb: "%.4g"}, {Name: "ms", Verb: "%.4g"}, {Name: "%", Verb: "%.1f"}, {Name: "max ms", Verb: "%.3g", Drop: 2},
		{Name: "MB", Verb: "%.4g", Drop: 1}, {Name: "GB/s", Verb: "%.3g"}, {Name: "results MB", Verb: "%.3g", Drop: 3}, {Name: c.byName}}}
	if c.by == profile.ByOp {
		ops.Columns = ops.Columns[:len(ops.Columns)-1]
	}
	for _, s := range r.Ops {
		name := s.Name
		if s.Failed == s.Count {
			name += " (no kernel)"
		}
		var speed any
		if s.Bytes > 0 && s.Self > 0 && s.Name != "(alloc)" {
			speed = float64(s.Bytes) / s.Self / 1e6
		}
		row := []any{name, float64(s.Count) / n, s.Self / n, 100 * s.Self / r.Wall, s.Max, orNone(float64(s.Bytes) / n / 1e6), speed, orNone(float64(s.Result) / n / 1e6), s.Detail}
		ops.Add(row[:len(ops.Columns)]...)
	}
	if err := out.Table(ops); err != nil {
		return err
	}
	out.Printf("\n")
	ranges := &show.Table{Columns: []show.Column{{Name: "part of a step"}, {Name: "ms", Verb: "%.4g"}, {Name: "host alone ms", Verb: "%.3g"}, {Name: "max ms", Verb: "%.3g"}}}
	for _, s := range r.Ranges {
		ranges.Add(s.Name, s.Total/n, s.Self/n, s.Max)
	}
	if len(r.Ranges) > 0 {
		if err := out.Table(ranges); err != nil {
			return err
		}
		out.Printf("\n")
	}
	t := &show.Table{Columns: []show.Column{{Name: "where the time goes"}, {Name: "ms", Verb: "%.4g"}, {Name: "%", Verb: "%.1f"}}}
	for _, s := range r.Shares {
		t.Add(s.Name, s.Time/n, 100*s.Part)
	}
	if err := out.Table(t); err != nil {
		return err
	}
	out.Printf("\n%.1f %% of the wall time is accounted for; at most %.1f MB of device memory in use\n\n", 100*r.Accounted, float64(r.Peak)/1e6)
	return nil
}

// writeTrace writes a file for Perfetto.
func writeTrace(file string, p *profile.Profile) (err error) {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return p.WriteChrome(f)
}
