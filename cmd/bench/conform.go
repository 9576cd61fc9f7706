package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"

	"github.com/schollz/progressbar/v3"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/conformance"
)

func conform(ctx context.Context, args []string, out *output) error {
	var name, pattern, matrix, recordings string
	var seed uint64
	var short bool
	err := parse("conform", args, out, func(f *flag.FlagSet) {
		f.StringVar(&name, "device", "", "`device` to check (default: the preferred one)")
		f.StringVar(&pattern, "run", "", "check only cases whose name matches this `regexp`")
		f.Uint64Var(&seed, "seed", 1, "seed of operands and order")
		f.BoolVar(&short, "short", false, "check an eighth of the cases, others for each seed")
		f.StringVar(&recordings, "opinfo", "", "check PyTorch's own samples, recorded in this `folder`, instead; -run selects names")
		f.StringVar(&matrix, "matrix", "", "write the support matrix to this `file`, in Markdown")
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
	if recordings != "" {
		return checkRecorded(ctx, dev, recordings, re, out)
	}
	r := conformanceOf(ctx, dev, conformance.Options{Run: re, Seed: seed, Short: short}, out)
	if matrix != "" {
		if err := os.WriteFile(matrix, []byte(matrixHead+r.Markdown()), 0o644); err != nil {
			return err
		}
	}
	return report(r, seed, out)
}

const matrixHead = `# What works on which device

Written by ` + "`bench conform -matrix docs/support.md`" + `. A number is the largest error of all cases of an op, forward and
backward, in units of its bound: 1 is the most that passes. "exact" means that every result is the float64 reference,
correctly rounded; an empty cell that there is no such case. Columns are the element type of the first operand.
[conformance.md](conformance.md) says what a case is and where the bounds come from.

`

// conformanceOf runs the suite with a progress bar.
func conformanceOf(ctx context.Context, dev backend.Device, o conformance.Options, out *output) *conformance.Report {
	var bar *progressbar.ProgressBar
	o.Progress = func(done, total int) {
		if bar == nil {
			bar = out.progress(total, "checking "+dev.Info().Name)
		}
		bar.Add(1)
	}
	return conformance.Check(ctx, dev, o)
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
