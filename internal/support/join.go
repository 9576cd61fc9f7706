package main

import (
	"cmp"
	"slices"

	"github.com/hekla-ml/hekla/conformance"
)

// join makes one report of those that are draws of one device's cases, in the
// order of the devices, so that a slow device can be run in parts.
func join(reports []*conformance.Report) []*conformance.Report {
	var all []*conformance.Report
	for _, r := range reports {
		i := slices.IndexFunc(all, func(a *conformance.Report) bool { return a.Device == r.Device && a.Seed == r.Seed })
		if i < 0 {
			all = append(all, r)
			continue
		}
		add(all[i], r)
	}
	return all
}

// add adds the draw r to a. Each draw knows of all cases, its own and those it
// left.
func add(a, r *conformance.Report) {
	a.Cases += r.Cases
	a.Left = max(0, a.Left-r.Cases)
	a.Passed, a.Failed, a.Unsupported, a.Skipped = a.Passed+r.Passed, a.Failed+r.Failed, a.Unsupported+r.Unsupported, a.Skipped+r.Skipped
	a.Seconds += r.Seconds
	a.Ops = max(a.Ops, r.Ops)
	a.Draw += ", " + r.Draw
	a.Failures = append(a.Failures, r.Failures...)
	for _, s := range r.Skips {
		i := slices.IndexFunc(a.Skips, func(t conformance.Skip) bool { return t.Op == s.Op && t.Why == s.Why })
		if i < 0 {
			a.Skips = append(a.Skips, s)
		} else {
			a.Skips[i].Cases += s.Cases
		}
	}
	slices.SortFunc(a.Skips, func(s, t conformance.Skip) int { return cmp.Or(cmp.Compare(s.Op, t.Op), cmp.Compare(s.Why, t.Why)) })
	for _, c := range r.Results {
		i := slices.IndexFunc(a.Results, func(d *conformance.Result) bool { return d.Op == c.Op && d.DType == c.DType })
		if i < 0 {
			a.Results = append(a.Results, c)
			continue
		}
		d := a.Results[i]
		d.Passed, d.Failed, d.Unsupported = d.Passed+c.Passed, d.Failed+c.Failed, d.Unsupported+c.Unsupported
		if c.Worst > d.Worst {
			d.Worst, d.WorstCase = c.Worst, c.WorstCase
		}
		if c.ULP > d.ULP {
			d.ULP, d.ULPCase, d.ULPAt = c.ULP, c.ULPCase, c.ULPAt
		}
	}
	slices.SortStableFunc(a.Results, func(c, d *conformance.Result) int { return cmp.Compare(c.Op, d.Op) })
}
