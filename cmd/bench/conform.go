package main

import (
	"context"
	"flag"
	"fmt"
	"regexp"

	"github.com/schollz/progressbar/v3"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/conformance"
)

func conform(ctx context.Context, args []string, out *output) error {
	var name, pattern string
	var seed uint64
	err := parse("conform", args, out, func(f *flag.FlagSet) {
		f.StringVar(&name, "device", "", "`device` to check (default: the preferred one)")
		f.StringVar(&pattern, "run", "", "check only cases whose name matches this `regexp`")
		f.Uint64Var(&seed, "seed", 1, "seed of operands and order")
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
	return report(conformanceOf(ctx, dev, re, seed, out), seed, out)
}

// conformanceOf runs the suite with a progress bar.
func conformanceOf(ctx context.Context, dev backend.Device, re *regexp.Regexp, seed uint64, out *output) *conformance.Report {
	var bar *progressbar.ProgressBar
	return conformance.Check(ctx, dev, conformance.Options{Run: re, Seed: seed, Progress: func(done, total int) {
		if bar == nil {
			bar = out.progress(total, "checking "+dev.Info().Name)
		}
		bar.Add(1)
	}})
}

// report prints the failures and the counts, and is an error if there were any.
func report(r *conformance.Report, seed uint64, out *output) error {
	for _, f := range r.Failures {
		fmt.Fprintf(out.stderr, "FAIL %v (replay with -seed %d -run '^%s$')\n", f, seed, regexp.QuoteMeta(f.Case))
	}
	if out.json {
		if err := out.record(r); err != nil {
			return err
		}
	} else {
		n := func(x int) string { return fmt.Sprint(x) }
		err := out.table([]string{"device", "ops", "cases", "passed", "failed", "unsupported", "seconds"},
			[][]string{{r.Device, n(r.Ops), n(r.Cases), n(r.Passed), n(r.Failed), n(r.Unsupported), fmt.Sprintf("%.1f", r.Seconds)}})
		if err != nil {
			return err
		}
	}
	switch {
	case r.Failed > 0:
		return fmt.Errorf("%s: %d of %d cases failed", r.Device, r.Failed, r.Cases)
	case r.Cases == 0:
		return fmt.Errorf("%w: no case was selected", errUsage)
	}
	return nil
}
