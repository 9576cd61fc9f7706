package main

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
	"github.com/hekla-ml/hekla/conformance/opinfo"
)

// recordedRecord is the JSON line of a run over recorded samples.
type recordedRecord struct {
	Device      string `json:"device"`
	Names       int    `json:"names"`
	Forward     int    `json:"forward"`  // names whose samples pass
	Gradient    int    `json:"gradient"` // of these, with gradients
	Passed      int    `json:"passed"`   // samples
	Failed      int    `json:"failed"`
	Unsupported int    `json:"unsupported"`
}

// checkRecorded compares a device with samples recorded from PyTorch.
func checkRecorded(ctx context.Context, dev backend.Device, dir string, filter *regexp.Regexp, out *output) error {
	report := opinfo.Run(ctx, dev, dir, filter)
	r := recordedRecord{Device: dev.Info().Name, Names: len(report.Ops)}
	for _, o := range report.Ops {
		r.Passed += o.Passed
		r.Failed += o.Failed
		r.Unsupported += o.Unsupported
		if o.Forward() {
			r.Forward++
		}
		if o.Gradient() {
			r.Gradient++
		}
		for _, f := range o.Failures {
			fmt.Fprintln(out.Stderr, "FAIL", f)
		}
	}
	if err := out.Record(r); err != nil {
		return err
	}
	t := &show.Table{Columns: []show.Column{{Name: "device"}, {Name: "names", Verb: "%d"}, {Name: "forward", Verb: "%d"}, {Name: "gradient", Verb: "%d"},
		{Name: "samples passed", Verb: "%d"}, {Name: "failed", Verb: "%d"}, {Name: "unsupported", Verb: "%d"}}}
	t.Add(r.Device, r.Names, r.Forward, r.Gradient, r.Passed, r.Failed, r.Unsupported)
	if err := out.Table(t); err != nil {
		return err
	}
	if r.Failed > 0 {
		return fmt.Errorf("%s: %d recorded samples failed", r.Device, r.Failed)
	}
	return report.Err
}
