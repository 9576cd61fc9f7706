package main

import (
	"context"
	"flag"
	"strings"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
)

func devices(*flag.FlagSet) action {
	return func(_ context.Context, _ []string, out *output) error {
		infos, skipped := backend.List()
		for _, r := range deviceRecords(infos, skipped) {
			if err := out.Record(r); err != nil {
				return err
			}
		}
		return listDevices(infos, skipped, out)
	}
}

// deviceRecord is the JSON line of one device.
type deviceRecord struct {
	Device       string   `json:"device"`
	Kind         string   `json:"kind,omitempty"`
	Model        string   `json:"model,omitempty"`
	Vendor       string   `json:"vendor,omitempty"`
	Driver       string   `json:"driver,omitempty"`
	UUID         string   `json:"uuid,omitempty"`
	Memory       int64    `json:"memory_bytes,omitempty"`
	Features     []string `json:"features,omitempty"`
	Experimental bool     `json:"experimental,omitempty"`
	Skipped      string   `json:"skipped,omitempty"`
}

func deviceRecords(infos []backend.Info, skipped []backend.Skipped) []deviceRecord {
	var l []deviceRecord
	for _, d := range infos {
		l = append(l, deviceRecord{d.Name, d.Kind.String(), d.Model, d.Vendor, d.Driver, d.UUID, d.Memory, d.Features, d.Experimental, ""})
	}
	for _, s := range skipped {
		l = append(l, deviceRecord{Device: s.Name, Skipped: s.Reason})
	}
	return l
}

func listDevices(infos []backend.Info, skipped []backend.Skipped, out *output) error {
	t := &show.Table{Columns: []show.Column{{Name: "device"}, {Name: "kind"}, {Name: "model"}, {Name: "vendor", Drop: 1},
		{Name: "driver", Drop: 2}, {Name: "memory GiB", Verb: "%.1f"}, {Name: "features", Drop: 3}}}
	for _, d := range infos {
		var memory any
		if d.Memory > 0 {
			memory = float64(d.Memory) / (1 << 30)
		}
		t.Add(d.Name, d.Kind.String(), d.Model, d.Vendor, d.Driver, memory, strings.Join(d.Features, " "))
	}
	if err := out.Table(t); err != nil {
		return err
	}
	for _, d := range infos {
		if d.Experimental {
			out.Printf("%s is experimental: used only when named\n", d.Name)
		}
	}
	for _, s := range skipped {
		out.Printf("skipped %s: %s\n", s.Name, s.Reason)
	}
	return nil
}
