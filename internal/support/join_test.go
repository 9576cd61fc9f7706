package main

import (
	"testing"

	"github.com/hekla-ml/hekla/conformance"
)

func TestJoin(t *testing.T) {
	draw := func(name string, cases, left int, worst float64, o string) *conformance.Report {
		return &conformance.Report{Device: "moon:0", Draw: name, Ops: 1, Cases: cases, Passed: cases - 1, Unsupported: 1, Left: left,
			Skips:   []conformance.Skip{{Op: "add", Why: "unsupported", Cases: 1}},
			Results: []*conformance.Result{{Op: o, DType: "float32", Passed: cases - 1, Unsupported: 1, Worst: worst, ULP: worst, ULPAt: name}}}
	}
	l := join([]*conformance.Report{draw("0/2", 3, 4, 0.5, "add"), {Device: "cpu:0"}, draw("1/2", 4, 3, 0.75, "add"), draw("1/2", 0, 0, 0, "abs")})
	if len(l) != 2 || l[1].Device != "cpu:0" {
		t.Fatalf("%d reports, want those of 2 devices", len(l))
	}
	r := l[0]
	if r.Cases != 7 || r.Left != 0 || r.Skips[0].Cases != 3 || len(r.Skips) != 1 || len(r.Results) != 2 {
		t.Errorf("%+v, want 7 cases, none left and results of 2 ops", r)
	}
	if c := r.Results[1]; c.Op != "add" || c.Passed != 5 || c.Unsupported != 2 || c.Worst != 0.75 || c.ULPAt != "1/2" {
		t.Errorf("%+v, want what both draws add up to", c)
	}
}
