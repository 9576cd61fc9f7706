package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"

	"github.com/schollz/progressbar/v3"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
	"github.com/hekla-ml/hekla/conformance"
)

func conform(f *flag.FlagSet) action {
	var name, pattern, limits, recordings, draw string
	var seed uint64
	var short bool
	f.StringVar(&name, "device", "", "`DEVICE` to check (default: the preferred one)")
	f.StringVar(&pattern, "run", "", "check only cases whose name matches this `REGEXP`")
	f.Uint64Var(&seed, "seed", 1, "seed of operands and order")
	f.BoolVar(&short, "short", false, "check an eighth of the cases")
	f.StringVar(&draw, "draw", "", "check only one of so many cases, and which: the `DRAWS` 0/16 to 15/16 are all cases")
	f.StringVar(&limits, "limits", "", "as on a smaller device: `LIMITS` are small, or as HEKLA_VULKAN_LIMITS has them, where the driver offers it")
	f.StringVar(&recordings, "opinfo", "", "check PyTorch's own samples, recorded in this `FOLDER`, instead; -run selects names")
	return func(ctx context.Context, _ []string, out *output) error {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return fmt.Errorf("%w: -run: %v", errUsage, err)
		}
		dev, err := openLimited(name, limits)
		if err != nil {
			return err
		}
		if recordings != "" {
			return checkRecorded(ctx, dev, recordings, re, out)
		}
		o := conformance.Options{Run: re, Seed: seed, Short: short}
		if draw != "" {
			if _, err := fmt.Sscanf(draw, "%d/%d", &o.Draw, &o.OneIn); err != nil || o.OneIn < 1 || o.Draw < 0 {
				return fmt.Errorf("%w: -draw is %q, want something like 3/16", errUsage, draw)
			}
		}
		r := conformanceOf(ctx, dev, o, out)
		return errors.Join(report(r, seed, out), ctx.Err())
	}
}

// openLimited opens a device that pretends to be small, so that grids, buffers and
// shared memory are split as those of large tensors are.
func openLimited(name, limits string) (backend.Device, error) {
	if limits == "" {
		return open(name)
	}
	if err := os.Setenv("HEKLA_VULKAN_LIMITS", limits); err != nil {
		return nil, err
	}
	dev, err := open(name)
	if err == nil && !slices.Contains(dev.Info().Features, "limited") {
		err = fmt.Errorf("artificial limits: not offered by %s", dev.Info().Name)
	}
	return dev, err
}

// conformanceOf runs the suite with a progress bar.
func conformanceOf(ctx context.Context, dev backend.Device, o conformance.Options, out *output) *conformance.Report {
	var bar *progressbar.ProgressBar
	also := o.Progress
	o.Progress = func(done, total int) {
		if also != nil {
			also(done, total)
		}
		if bar == nil {
			bar = out.Progress(total, "checking "+dev.Info().Name)
		}
		bar.Add(1)
	}
	return conformance.Check(ctx, dev, o)
}

// report prints the failures and the counts, and is an error if there were any.
func report(r *conformance.Report, seed uint64, out *output) error {
	for _, f := range r.Failures {
		fmt.Fprintf(out.Stderr, "FAIL %v (replay with -seed %d -run '^%s$')\n", f, seed, regexp.QuoteMeta(f.Case))
	}
	if err := out.Record(r); err != nil {
		return err
	}
	if out.Format == "markdown" { // the support matrix
		_, err := fmt.Fprint(out.Stdout, r.Markdown())
		return errors.Join(err, failed(r))
	}
	t := &show.Table{Columns: conformColumns}
	t.Add(r.Device, r.Ops, r.Cases, r.Passed, r.Failed, r.Unsupported, r.Skipped, r.Seconds)
	return errors.Join(out.Table(t), failed(r))
}

// failed is an error unless cases ran and none failed.
func failed(r *conformance.Report) error {
	switch {
	case r.Failed > 0:
		return fmt.Errorf("%s: %d of %d cases failed", r.Device, r.Failed, r.Cases)
	case r.Cases == 0:
		return fmt.Errorf("%w: no case was selected", errUsage)
	}
	return nil
}

var conformColumns = []show.Column{{Name: "device"}, {Name: "ops", Verb: "%d"}, {Name: "cases", Verb: "%d"}, {Name: "passed", Verb: "%d"},
	{Name: "failed", Verb: "%d"}, {Name: "unsupported", Verb: "%d"}, {Name: "skipped", Verb: "%d"},
	{Name: "seconds", Verb: "%.1f"}}
