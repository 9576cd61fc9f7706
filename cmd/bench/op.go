package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/measure"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
	"github.com/hekla-ml/hekla/cmd/bench/internal/workload"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// opRecord is the JSON line of one timed case; the names are those of the
// PyTorch side of the benchmark. If the case failed there is no timing.
type opRecord struct {
	Case    string `json:"case"`
	Device  string `json:"device"`
	Threads int    `json:"threads"`
	*measure.Timing
	GFLOPS  float64 `json:"gflops,omitempty"`
	GBs     float64 `json:"gb_per_s,omitempty"`
	Sets    int     `json:"operand_sets,omitempty"` // that took turns
	Round   int     `json:"round,omitempty"`        // of -count
	Replay  bool    `json:"replay,omitempty"`       // of recorded passes
	Warning string  `json:"warning,omitempty"`
	Error   string  `json:"error,omitempty"`
	Machine facts   `json:"machine"`
}

// opConfig says what to time, and how.
type opConfig struct {
	device, dtypes string
	run            *regexp.Regexp // nil: the named cases
	limit          time.Duration
	count          int
	hot, named     bool
	replay         bool
	slow           float64
}

func ops(f *flag.FlagSet) action {
	c := opConfig{limit: time.Second, count: 1, slow: 1}
	var list bool
	f.StringVar(&c.device, "device", "", "`DEVICES` to run on, with commas, or all (default: the preferred one)")
	f.StringVar(&c.dtypes, "dtype", "f32", "element `TYPES` of the operands, with commas: f32, f16, bf16, f64, i32, ...")
	f.Func("run", "time the cases whose name matches this `REGEXP`, of the named ones and of those made from the op table\n(default: the named ones)", func(s string) (err error) {
		c.run, err = regexp.Compile(s)
		return err
	})
	f.DurationVar(&c.limit, "time", c.limit, "`TIME` to spend on each case")
	f.IntVar(&c.count, "count", c.count, "repeat everything `N` times, in rounds, for bench compare")
	f.BoolVar(&c.named, "named", false, "of the named cases only, those that PyTorch's script has too")
	f.BoolVar(&c.hot, "hot", false, "use the same operands in every run, which caches then hold: as PyTorch's script does")
	f.BoolVar(&c.replay, "replay", false, "record the forward and backward pass of training steps and replay them: a graph, on devices that have those")
	f.Float64Var(&c.slow, "slow", c.slow, "make each step take `X` times as long, to see that compare notices")
	f.BoolVar(&list, "list", false, "print the names of the cases instead")
	return func(ctx context.Context, _ []string, out *output) error {
		if c.count < 1 || c.limit <= 0 || c.slow < 1 {
			return fmt.Errorf("%w: want -count and -slow of at least 1 and -time above 0, not %d, %g and %v", errUsage, c.count, c.slow, c.limit)
		}
		cases, err := c.cases()
		if err != nil {
			return err
		}
		if list {
			return listCases(cases, out)
		}
		devs, err := openAll(c.device)
		if err != nil {
			return err
		}
		records, err := c.timeAll(ctx, devs, cases, out, func(r opRecord) error { return out.Record(r) })
		return errors.Join(out.Table(opTable(records)), err)
	}
}

// cases returns what is selected.
func (c opConfig) cases() ([]workload.Case, error) {
	var l []workload.Case
	seen := map[string]bool{}
	for name := range strings.SplitSeq(c.dtypes, ",") {
		d, ok := workload.ParseDType(strings.TrimSpace(name))
		if !ok {
			var known []string
			for _, d := range dtype.All() {
				known = append(known, workload.Short(d))
			}
			return nil, fmt.Errorf("%w: unknown type %q, want some of: %s", errUsage, name, strings.Join(known, ", "))
		}
		var all []workload.Case
		if d.IsFloat() {
			all = workload.Named(d)
		}
		if c.run != nil && !c.named || !d.IsFloat() {
			all = append(all, workload.FromTable(d)...)
		}
		for _, w := range all {
			if !seen[w.Name] && (c.run == nil || c.run.MatchString(w.Name)) {
				seen[w.Name] = true
				l = append(l, w)
			}
		}
	}
	if len(l) == 0 {
		return nil, fmt.Errorf("%w: no case matches %q; bench op -list -run . names all", errUsage, c.run)
	}
	return l, nil
}

func listCases(cases []workload.Case, out *output) error {
	t := &show.Table{Columns: []show.Column{{Name: "case"}, {Name: "MFLOP", Verb: "%.4g"}, {Name: "MB", Verb: "%.4g"}}}
	for _, c := range cases {
		if err := out.Record(map[string]any{"case": c.Name, "flops": c.FLOPs, "bytes": c.Bytes}); err != nil {
			return err
		}
		t.Add(c.Name, orNone(c.FLOPs/1e6), orNone(c.Bytes/1e6))
	}
	return out.Table(t)
}

func orNone(x float64) any {
	if x == 0 {
		return nil
	}
	return x
}

// timeAll times all cases on all devices, as often as wanted: in rounds, so that
// a slow minute of the machine is not all one case's. What fails is recorded
// and the rest goes on, but on a device that is lost. The records until then
// come back with an error.
func (c opConfig) timeAll(ctx context.Context, devs []backend.Device, cases []workload.Case, out *output, each func(opRecord) error) ([]opRecord, error) {
	var all []opRecord
	var failed []error
	lost := map[backend.Device]bool{}
	bar := out.Progress(len(devs)*len(cases)*c.count, "timing")
	defer bar.Finish()
	for round := range c.count {
		for _, dev := range devs {
			for _, w := range cases {
				if ctx.Err() != nil {
					return all, errors.Join(append(failed, ctx.Err())...)
				}
				if lost[dev] {
					continue
				}
				r, err := c.time(ctx, dev, w)
				bar.Add(1)
				if ctx.Err() != nil && r.Timing == nil {
					continue
				}
				if err != nil {
					r.Error = err.Error()
					failed = append(failed, fmt.Errorf("%s on %s: %w", w.Name, r.Device, err))
					lost[dev] = errors.Is(err, backend.ErrDeviceLost)
				}
				if c.count > 1 {
					r.Round = round + 1
				}
				all = append(all, r)
				if err := each(r); err != nil {
					return all, err
				}
			}
		}
	}
	return all, errors.Join(append(failed, ctx.Err())...)
}

// time sets a case up and times it.
func (c opConfig) time(ctx context.Context, dev backend.Device, w workload.Case) (opRecord, error) {
	info := dev.Info()
	r := opRecord{Case: w.Name, Device: info.Name, Threads: runtime.GOMAXPROCS(0), Replay: c.replay, Machine: factsOf(info)}
	err := tensor.Try(func() error {
		steps := make([]func(), c.sets(w))
		for i := range steps {
			steps[i] = slowed(w.Setup(workload.Rig{Dev: dev, Seed: uint64(i), Replay: c.replay}), dev, c.slow)
		}
		t, err := measure.Time(ctx, steps, dev.Sync, measure.Options{Time: c.limit})
		if err != nil {
			return err
		}
		r.Timing, r.Warning = &t, t.Noisy()
		if w.Rotate {
			r.Sets = len(steps)
		}
		r.GFLOPS, r.GBs = w.FLOPs/t.Median/1e6, w.Bytes/t.Median/1e6
		return nil
	})
	runtime.GC() // operands go back to the device before the next are made
	return r, err
}

// sets returns how many sets of operands it takes to fill the caches twice, as
// far as memory for them is cheap.
func (c opConfig) sets(w workload.Case) int {
	if c.hot || !w.Rotate || w.Bytes == 0 {
		return 1
	}
	const most = 512 << 20
	n := min(2*cacheBytes(), most) / int64(w.Bytes)
	return int(min(max(n, 1), 32))
}

// slowed makes step take x times as long.
func slowed(step func(), dev backend.Device, x float64) func() {
	if x <= 1 {
		return step
	}
	return func() {
		start := time.Now()
		step()
		dev.Sync()
		for end := time.Duration(x * float64(time.Since(start))); time.Since(start) < end; {
		}
	}
}

func opTable(records []opRecord) *show.Table {
	t := &show.Table{Columns: []show.Column{{Name: "case"}, {Name: "device"}, {Name: "median ms", Verb: "%.4g"}, {Name: "min ms", Verb: "%.4g", Drop: 2},
		{Name: "iqr ms", Verb: "%.2g", Drop: 1}, {Name: "runs", Verb: "%d", Drop: 3}, {Name: "GFLOP/s", Verb: "%.4g"}, {Name: "GB/s", Verb: "%.3g"}, {Name: "note"}}}
	several := slices.ContainsFunc(records, func(r opRecord) bool { return r.Round > 1 })
	for _, r := range records {
		name := r.Case
		if several {
			name = fmt.Sprintf("%s #%d", name, r.Round)
		}
		if r.Timing == nil {
			t.Add(name, r.Device, nil, nil, nil, nil, nil, nil, "FAILED: "+r.Error)
			continue
		}
		t.Add(name, r.Device, r.Median, r.Min, r.IQR, r.Runs, orNone(r.GFLOPS), orNone(r.GBs), r.Warning)
	}
	return t
}
