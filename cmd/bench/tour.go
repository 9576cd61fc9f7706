package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/tensor"
)

// tour is bench without a subcommand: it lists the devices and trains a small
// CNN on the embedded digits on each, so that one sees at a glance what works;
// on software drivers for GPUs only for a moment.
func tour(ctx context.Context, args []string, out *output) error {
	if err := parse("", args, out, func(*flag.FlagSet) {}); err != nil {
		return err
	}
	infos, skipped := backend.List() // once: it starts every driver
	if err := listDevices(infos, skipped, out); err != nil {
		return err
	}
	out.printf("\n")
	var rows [][]string
	var failed []error
	for _, d := range infos {
		c := trainConfig{model: "digits", device: d.Name, epochs: 3, batch: 64, rate: 2e-3, seed: 1, samples: 8000}
		if d.Kind == backend.Software {
			c.epochs, c.samples = 1, 1024 // it works, slowly
		}
		var r trainRecord
		err := tensor.Try(func() (err error) { r, err = c.run(ctx, out); return err })
		if ctx.Err() != nil {
			break // print what is done
		}
		if err != nil { // the others may be fine
			failed = append(failed, fmt.Errorf("%s: %w", d.Name, err))
			rows = append(rows, []string{d.Name, c.model, "failed", "", ""})
			continue
		}
		if out.json {
			if err := out.record(r); err != nil {
				return err
			}
		}
		rows = append(rows, r.row())
	}
	if !out.json {
		out.printf("\n")
		if err := out.table(trainHeader, rows); err != nil {
			return err
		}
		out.printf("\nNext: bench conform, bench op, bench train -h\n")
	}
	return errors.Join(append(failed, ctx.Err())...)
}
