package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/hekla-ml/hekla/cmd/bench/internal/measure"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
)

// compareConfig says how to compare.
type compareConfig struct {
	threshold   float64
	only        *regexp.Regexp
	fail        bool
	run, device string
	limit       time.Duration
	count       int
}

func compare(f *flag.FlagSet) action {
	c := compareConfig{}
	f.Float64Var(&c.threshold, "threshold", 5, "changes of less than `PERCENT` are not worth a mention")
	f.BoolVar(&c.fail, "fail", false, "exit with status 1 if something became slower")
	f.StringVar(&c.run, "run", "", "compare only cases that match this `REGEXP`")
	f.StringVar(&c.device, "device", "cpu", "programs: `DEVICES` to run on, with commas, or all")
	f.DurationVar(&c.limit, "time", 300*time.Millisecond, "programs: `TIME` to spend on each case, program and repetition")
	f.IntVar(&c.count, "count", 20, "programs: repetitions")
	return func(ctx context.Context, args []string, out *output) error {
		if c.threshold <= 0 || c.count < 1 || c.limit <= 0 {
			return fmt.Errorf("%w: want -threshold, -count and -time above 0, not %g, %d and %v", errUsage, c.threshold, c.count, c.limit)
		}
		var err error
		if c.only, err = regexp.Compile(c.run); err != nil {
			return fmt.Errorf("%w: -run: %v", errUsage, err)
		}
		var programs [2]bool
		for i, name := range args {
			if programs[i], err = isProgram(name); err != nil {
				return err
			}
		}
		if programs[0] != programs[1] {
			return fmt.Errorf("%w: want two files of records or two bench programs, not one of each", errUsage)
		}
		old, new := newSeries(c.only), newSeries(c.only)
		if programs[0] {
			err = c.alternate(ctx, [2]string{args[0], args[1]}, [2]*series{old, new}, out)
		} else if err := errors.Join(old.read(args[0]), new.read(args[1])); err != nil {
			return err
		}
		return errors.Join(c.print(old, new, programs[0], out), err)
	}
}

// isProgram reports whether a file is to be run rather than read.
func isProgram(name string) (bool, error) {
	info, err := os.Stat(name)
	if err != nil {
		return false, err
	}
	if info.IsDir() {
		return false, fmt.Errorf("%s is a folder: want a file of records (bench op -count 20 -format json) or a bench program", name)
	}
	return info.Mode()&0o111 != 0, nil
}

// series are the repetitions of each case, in the order in which they came.
type series struct {
	only  *regexp.Regexp
	order []seriesKey
	by    map[seriesKey]*measure.Series
}

type seriesKey struct {
	name, device string
	threads      int
}

func newSeries(only *regexp.Regexp) *series {
	return &series{only: only, by: map[seriesKey]*measure.Series{}}
}

// A timeRecord is what records of all kinds have in common, those of PyTorch's
// script too.
type timeRecord struct {
	Case    string   `json:"case"`
	Device  string   `json:"device"`
	Threads int      `json:"threads"`
	Median  *float64 `json:"median_ms"`
	Min     *float64 `json:"min_ms"`
	Error   string   `json:"error"`

	Benchmarks []timeRecord `json:"benchmarks"` // of the tour
}

func (s *series) add(r timeRecord) {
	for _, b := range r.Benchmarks {
		s.add(b)
	}
	if r.Case == "" || r.Median == nil || *r.Median <= 0 || !s.only.MatchString(r.Case) {
		return // a record of something else, or of a failure
	}
	k := seriesKey{r.Case, strings.TrimSuffix(r.Device, ":0"), r.Threads}
	if s.by[k] == nil {
		s.by[k] = &measure.Series{}
		s.order = append(s.order, k)
	}
	fastest := *r.Median
	if r.Min != nil && *r.Min > 0 {
		fastest = *r.Min
	}
	s.by[k].Add(*r.Median, fastest)
}

// read reads lines of JSON.
func (s *series) read(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		var r timeRecord
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return fmt.Errorf("%s:%d: not a record of bench -format json: %w", file, n, err)
		}
		s.add(r)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(s.order) == 0 {
		return fmt.Errorf("%s has no times in it: want the records of bench op -format json", file)
	}
	return nil
}

// alternate runs two programs in turns, the first to go changing each time.
func (c *compareConfig) alternate(ctx context.Context, programs [2]string, to [2]*series, out *output) error {
	bar := out.Progress(2*c.count, "runs")
	defer bar.Finish()
	for i := range c.count {
		for k := range 2 {
			side := (i + k) % 2
			args := []string{"op", "-format", "json", "-device", c.device, "-time", c.limit.String(), "-hot"}
			if c.run != "" {
				args = append(args, "-run", c.run, "-named")
			}
			path := programs[side]
			if !strings.ContainsRune(path, os.PathSeparator) {
				path = "." + string(os.PathSeparator) + path // not from PATH
			}
			if err := runSide(exec.CommandContext(ctx, path, args...), to[side].add); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return fmt.Errorf("%s: %w", path, err)
			}
			bar.Add(1)
		}
	}
	return nil
}

// changeRecord is the JSON line of a case.
type changeRecord struct {
	Case    string          `json:"case"`
	Device  string          `json:"device"`
	Threads int             `json:"threads,omitempty"`
	Old     float64         `json:"old_ms"`
	New     float64         `json:"new_ms"`
	Delta   float64         `json:"delta"` // new/old - 1
	Fastest float64         `json:"fastest_delta"`
	P       *float64        `json:"p,omitempty"`
	Lo      *float64        `json:"fastest_lo,omitempty"`
	Hi      *float64        `json:"fastest_hi,omitempty"`
	N       [2]int          `json:"repetitions"`
	Verdict measure.Verdict `json:"verdict"`
	Note    string          `json:"note,omitempty"`
}

func (c *compareConfig) print(old, new *series, paired bool, out *output) error {
	t := &show.Table{Columns: []show.Column{{Name: "case"}, {Name: "device", Drop: 3}, {Name: "old ms", Verb: "%.4g"}, {Name: "±%", Verb: "%.0f", Drop: 2}, {Name: "new ms", Verb: "%.4g"}, {Name: "± %", Verb: "%.0f", Drop: 2},
		{Name: "change %", Verb: "%+.1f"}, {Name: "fastest %", Verb: "%+.1f", Drop: 1}, {Name: "certainty"}, {Name: "verdict"}}}
	cases := 0
	for _, k := range old.order {
		if new.by[k] != nil {
			cases++
		}
	}
	slower := 0
	for _, k := range old.order {
		if new.by[k] == nil {
			t.Add(k.name, k.device, nil, nil, nil, nil, nil, nil, "", "only in OLD")
			continue
		}
		judge := measure.Compare
		if paired {
			judge = measure.ComparePaired
		}
		d := judge(*old.by[k], *new.by[k], c.threshold/100, cases)
		if d.Verdict == measure.Slower {
			slower++
		}
		r := changeRecord{Case: k.name, Device: k.device, Threads: k.threads, Old: d.Old, New: d.New, Delta: d.Delta, Fastest: d.Fastest,
			N: [2]int{d.NOld, d.NNew}, Verdict: d.Verdict, Note: d.Observations}
		certainty := fmt.Sprintf("p=%.3f n=%d+%d", d.P, d.NOld, d.NNew)
		if d.Paired {
			r.Lo, r.Hi = &d.Lo, &d.Hi
			certainty = fmt.Sprintf("%+.1f to %+.1f, n=%d", 100*d.Lo, 100*d.Hi, min(d.NOld, d.NNew))
		} else if d.Verdict != measure.Unclear {
			r.P = &d.P
		}
		verdict := string(d.Verdict)
		switch {
		case d.Verdict == measure.Unclear && d.Observations == "":
			certainty = fmt.Sprintf("n=%d+%d, too few", d.NOld, d.NNew)
		case d.Observations != "":
			verdict += ": " + d.Observations
		}
		if err := out.Record(r); err != nil {
			return err
		}
		t.Add(k.name, k.device, d.Old, 100*d.OldSpread, d.New, 100*d.NewSpread, 100*d.Delta, 100*d.Fastest, certainty, verdict)
	}
	for _, k := range new.order {
		if old.by[k] == nil {
			t.Add(k.name, k.device, nil, nil, nil, nil, nil, nil, "", "only in NEW")
		}
	}
	if err := out.Table(t); err != nil {
		return err
	}
	if cases == 0 {
		return fmt.Errorf("no case is in both")
	}
	if c.fail && slower > 0 {
		return fmt.Errorf("%d of %d cases became slower", slower, cases)
	}
	return nil
}
