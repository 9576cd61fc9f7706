package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
)

// quickTour lists the devices and trains a small CNN on the embedded digits on
// each, so that one sees at a glance what works.
func quickTour(f *flag.FlagSet) action {
	suite := f.String("suite", "", "run the bench commands in this `FILE` instead, one a line")
	return func(ctx context.Context, _ []string, out *output) error {
		if *suite != "" {
			return runSuite(ctx, *suite, out)
		}
		infos, skipped := backend.List() // once: it starts every driver
		for _, r := range deviceRecords(infos, skipped) {
			if err := out.Record(r); err != nil {
				return err
			}
		}
		if err := listDevices(infos, skipped, out); err != nil {
			return err
		}
		out.Printf("\n")
		t := &show.Table{Columns: trainColumns}
		var failed []error
		for _, d := range infos {
			c := trainConfig{model: "digits", device: d.Name, epochs: 3, batch: 64, rate: 2e-3, seed: 1, samples: 8000}
			if d.Kind == backend.Software {
				c.epochs, c.samples = 1, 1024 // it works, slowly
			}
			r, err := c.run(ctx, out)
			if ctx.Err() != nil {
				break // print what is done
			}
			if err != nil { // the others may be fine
				failed = append(failed, fmt.Errorf("%s: %w", d.Name, err))
			}
			if err := out.Record(r); err != nil {
				return err
			}
			t.Add(r.row()...)
		}
		out.Printf("\n")
		if err := out.Table(t); err != nil {
			return err
		}
		out.Printf("\nNext: bench conform, bench op, bench train -h\n")
		return errors.Join(append(failed, ctx.Err())...)
	}
}
