package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"regexp"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/family"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
)

// notesRecord is the JSON line that ends a doctor's look at a device.
type notesRecord struct {
	Device string   `json:"device"`
	Failed int      `json:"failed"`
	Notes  []string `json:"notes"`
}

func doctor(f *flag.FlagSet) action {
	var name string
	var re *regexp.Regexp
	f.StringVar(&name, "device", "", "`DEVICES` to look at, with commas, or all (default: the preferred one)")
	f.Func("run", "only families whose name matches this `REGEXP`", func(s string) (err error) {
		re, err = regexp.Compile(s)
		return err
	})
	return func(ctx context.Context, _ []string, out *output) error {
		devs, err := openAll(name)
		if err != nil {
			return err
		}
		var errs []error
		for _, dev := range devs {
			errs = append(errs, examine(ctx, dev, re, out))
		}
		return errors.Join(append(errs, ctx.Err())...)
	}
}

// examine runs the families on a device and prints each as it is done: a hang then shows where it is.
func examine(ctx context.Context, dev backend.Device, re *regexp.Regexp, out *output) error {
	notes := notesRecord{Device: dev.Info().Name, Notes: []string{}}
	t := &show.Table{Columns: []show.Column{{Name: "device"}, {Name: "family"}, {Name: ""}, {Name: "worst", Verb: "%.2f"},
		{Name: "first ms", Verb: "%.1f"}, {Name: "again ms", Verb: "%.1f"}, {Name: "note"}}}
	ran := 0
	for _, f := range family.All {
		if ctx.Err() != nil {
			break
		}
		if re != nil && !re.MatchString(f.Name) {
			continue
		}
		r := f.Check(dev)
		ran++
		ok := "ok"
		if !r.OK {
			notes.Failed++
			ok = "FAILED"
		}
		if err := out.Record(r); err != nil {
			return err
		}
		t.Add(r.Device, r.Family, ok, r.Worst, r.First, r.Again, r.Error)
	}
	if n, ok := backend.As[backend.Noter](dev); ok {
		notes.Notes = n.Notes()
	}
	if err := errors.Join(out.Record(notes), out.Table(t)); err != nil {
		return err
	}
	for _, n := range notes.Notes {
		out.Printf("%s: %s\n", notes.Device, n)
	}
	switch {
	case notes.Failed > 0:
		return fmt.Errorf("%s: %d of %d families failed", notes.Device, notes.Failed, ran)
	case ran == 0 && ctx.Err() == nil:
		return fmt.Errorf("%w: no family was selected", errUsage)
	}
	return nil
}
