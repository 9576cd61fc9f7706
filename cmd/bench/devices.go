package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/backend"
)

func devices(_ context.Context, args []string, out *output) error {
	if err := parse("devices", args, out, func(*flag.FlagSet) {}); err != nil {
		return err
	}
	infos, skipped := backend.List()
	return listDevices(infos, skipped, out)
}

// deviceRecord is the JSON line of one device.
type deviceRecord struct {
	Device   string   `json:"device"`
	Kind     string   `json:"kind,omitempty"`
	Model    string   `json:"model,omitempty"`
	Driver   string   `json:"driver,omitempty"`
	Memory   int64    `json:"memory_bytes,omitempty"`
	Features []string `json:"features,omitempty"`
	Skipped  string   `json:"skipped,omitempty"`
}

func listDevices(infos []backend.Info, skipped []backend.Skipped, out *output) error {
	if out.json {
		for _, d := range infos {
			if err := out.record(deviceRecord{d.Name, d.Kind.String(), d.Model, d.Driver, d.Memory, d.Features, ""}); err != nil {
				return err
			}
		}
		for _, s := range skipped {
			if err := out.record(deviceRecord{Device: s.Name, Skipped: s.Reason}); err != nil {
				return err
			}
		}
		return nil
	}
	var rows [][]string
	for _, d := range infos {
		if d.Experimental {
			d.Features = append(d.Features, "(experimental: used only when named)")
		}
		rows = append(rows, []string{d.Name, d.Kind.String(), d.Model, fmt.Sprintf("%.1f GiB", float64(d.Memory)/(1<<30)), strings.Join(d.Features, " ")})
	}
	if err := out.table([]string{"device", "kind", "model", "memory", "features"}, rows); err != nil {
		return err
	}
	for _, s := range skipped {
		out.printf("skipped %s: %s\n", s.Name, s.Reason)
	}
	return nil
}
