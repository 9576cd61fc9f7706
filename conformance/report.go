package conformance

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// A Report counts cases by outcome.
type Report struct {
	Device      string    `json:"device"`
	Seed        uint64    `json:"seed"`
	Ops         int       `json:"ops"`
	Cases       int       `json:"cases"`
	Passed      int       `json:"passed"`
	Failed      int       `json:"failed"`
	Unsupported int       `json:"unsupported"`
	Skipped     int       `json:"skipped"` // cases that ask for nothing, such as a gradient of a constant
	Left        int       `json:"left"`    // cases that were not drawn, see Options.OneIn
	Draw        string    `json:"draw"`    // which draw it is
	Seconds     float64   `json:"seconds"`
	Failures    []Failure `json:"failures,omitempty"`
	// Skips name what is unsupported or skipped, with reasons, sorted by op.
	Skips   []Skip    `json:"skips,omitempty"`
	Results []*Result `json:"results"` // of each op and element type, sorted

	cells map[cell]*Result
	ops   map[*op.Op]bool
	skips map[Skip]int
}

// A Failure is one case that went wrong.
type Failure struct {
	Case string `json:"case"` // replay it with Options.Run and the same seed
	Err  error  `json:"-"`
	Text string `json:"error"` // of Err
}

// keep writes the report to the folder HEKLA_REPORTS, if that is set: internal/support
// makes docs/support.md of such files.
func (r *Report) keep() error {
	dir := os.Getenv("HEKLA_REPORTS")
	if dir == "" {
		return nil
	}
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, strings.ReplaceAll(r.Device, ":", "-")+".json"), b, 0o644)
}

func (f Failure) String() string { return fmt.Sprintf("%s: %v", f.Case, f.Err) }

// A Skip counts cases of an op that were not checked, and says why.
type Skip struct {
	Op    string `json:"op"`
	Why   string `json:"why"`
	Cases int    `json:"cases"`
}

func newReport(dev backend.Device, o Options, left int) *Report {
	n := int(o.oneIn())
	return &Report{Device: dev.Info().Name, Seed: o.seed(), Left: left, Draw: fmt.Sprintf("%d/%d", o.Draw%n, n),
		cells: map[cell]*Result{}, ops: map[*op.Op]bool{}, skips: map[Skip]int{}}
}

// Missing lists the ops that the device does not support for some case.
func (r *Report) Missing() []string {
	var l []string
	for _, s := range r.Skips {
		if strings.HasPrefix(s.Why, unsupportedWhy) && !slices.Contains(l, s.Op) {
			l = append(l, s.Op)
		}
	}
	return l
}

// String returns the counts in a line.
func (r *Report) String() string {
	s := fmt.Sprintf("conformance: device=%s ops=%d cases=%d passed=%d failed=%d unsupported=%d skipped=%d seed=%d",
		r.Device, r.Ops, r.Cases, r.Passed, r.Failed, r.Unsupported, r.Skipped, r.Seed)
	if r.Left > 0 {
		s += fmt.Sprintf(" draw=%s, %d more cases were not drawn", r.Draw, r.Left)
	}
	return s
}

// skipLines names what was not checked, a line for each reason.
func (r *Report) skipLines() []string {
	var whys []string
	ops, cases := map[string][]string{}, map[string]int{}
	for _, s := range r.Skips {
		if ops[s.Why] == nil {
			whys = append(whys, s.Why)
		}
		ops[s.Why] = append(ops[s.Why], fmt.Sprintf("%s (%d)", s.Op, s.Cases))
		cases[s.Why] += s.Cases
	}
	slices.Sort(whys)
	for i, w := range whys {
		whys[i] = fmt.Sprintf("conformance: device=%s cases=%d %s: %s", r.Device, cases[w], w, strings.Join(ops[w], ", "))
	}
	return whys
}

type outcome uint8

const (
	passed outcome = iota
	failed
	unsupported
	needless
)

const unsupportedWhy = "unsupported: "

func outcomeOf(err error) outcome {
	var s *skipped
	switch {
	case err == nil:
		return passed
	case errors.As(err, &s):
		return needless
	case errors.Is(err, backend.ErrUnsupported):
		return unsupported
	}
	return failed
}

// note adds the outcome of c.
func (r *Report) note(c testCase, worst deviation, err error) {
	r.ops[c.op] = true
	r.Cases++
	o := outcomeOf(err)
	switch o {
	case passed:
		r.Passed++
	case failed:
		r.Failed++
		r.Failures = append(r.Failures, Failure{c.name, err, err.Error()})
	case unsupported:
		r.Unsupported++
		r.skips[Skip{Op: c.op.Name, Why: unsupportedWhy + kindOf(c)}]++
	case needless:
		r.Skipped++
		r.skips[Skip{Op: c.op.Name, Why: err.Error()}]++
	}
	if c.kind != refused {
		r.result(c).add(c, worst, o)
	}
}

// kindOf says what kind of case it is that a device does not support.
func kindOf(c testCase) string {
	if len(c.sample.In) == 0 {
		return "results"
	}
	return fmt.Sprint("operands of ", c.sample.In[0].DType())
}

func (r *Report) finish(took time.Duration) {
	r.Ops = len(r.ops)
	r.Seconds = took.Seconds()
	for s, n := range r.skips {
		s.Cases = n
		r.Skips = append(r.Skips, s)
	}
	for _, c := range r.cells {
		r.Results = append(r.Results, c)
	}
	slices.SortFunc(r.Results, func(a, b *Result) int { return cmp.Or(cmp.Compare(a.Op, b.Op), cmp.Compare(a.dtype, b.dtype)) })
	slices.SortFunc(r.Skips, func(a, b Skip) int { return cmp.Or(cmp.Compare(a.Op, b.Op), cmp.Compare(a.Why, b.Why)) })
}
