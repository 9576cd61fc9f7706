package main

import (
	"context"
	"flag"

	"github.com/hekla-ml/hekla/backend"
)

// tour is bench without a subcommand: it lists the devices and trains a small
// CNN on the embedded digits on each, software drivers included, so that one
// sees at a glance what works.
func tour(ctx context.Context, args []string, out *output) error {
	if err := parse("", args, out, func(*flag.FlagSet) {}); err != nil {
		return err
	}
	if err := listDevices(out); err != nil {
		return err
	}
	out.printf("\n")
	infos, _ := backend.List()
	var rows [][]string
	for _, d := range infos {
		c := trainConfig{model: "digits", device: d.Name, epochs: 3, batch: 64, rate: 2e-3, seed: 1, samples: 8000}
		r, err := c.run(ctx, out)
		if err != nil {
			return err
		}
		if out.json {
			if err := out.record(r); err != nil {
				return err
			}
		}
		rows = append(rows, r.row())
	}
	if out.json {
		return nil
	}
	out.printf("\n")
	if err := out.table(trainHeader, rows); err != nil {
		return err
	}
	out.printf("\nNext: bench conform, bench op, bench train -h\n")
	return nil
}
