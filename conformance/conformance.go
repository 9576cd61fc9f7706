// Package conformance checks that a device computes every op of the table, and
// its gradient, as the float64 reference in package op says it should. A
// backend of any origin is tested by opening its device and calling Run:
//
//	func TestConformance(t *testing.T) {
//		dev, err := backend.Open("mydevice")
//		if err != nil {
//			t.Skip(err)
//		}
//		conformance.Run(t, dev)
//	}
package conformance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime/debug"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// Options choose what is checked. The zero value checks everything with seed 1.
type Options struct {
	Run      *regexp.Regexp // only cases whose name matches
	Seed     uint64
	Short    bool // an eighth of the cases, others for each seed
	Progress func(done, total int)
}

// A Report counts cases by outcome.
type Report struct {
	Device      string    `json:"device"`
	Ops         int       `json:"ops"`
	Cases       int       `json:"cases"`
	Passed      int       `json:"passed"`
	Failed      int       `json:"failed"`
	Unsupported int       `json:"unsupported"`
	Seconds     float64   `json:"seconds"`
	Failures    []Failure `json:"-"`
	// Missing lists the ops that the device does not support for some case.
	Missing []string `json:"-"`
	// Results of each op and element type, see Result.
	Results map[Key]*Result `json:"-"`
}

// A Failure is one case that went wrong.
type Failure struct {
	Case string // replay it with Options.Run and the same seed
	Err  error
}

func (f Failure) String() string { return fmt.Sprintf("%s: %v", f.Case, f.Err) }

// Check runs the cases in an order drawn from the seed, until all are done or
// ctx is cancelled, and reports.
func Check(ctx context.Context, dev backend.Device, o Options) *Report {
	start := time.Now()
	r := &Report{Device: dev.Info().Name}
	all := cases(o)
	rand.New(rand.NewPCG(o.seed(), 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	ops, missing := map[*op.Op]bool{}, map[string]bool{}
	guard := Guard(dev)
	for i, c := range all {
		if ctx.Err() != nil {
			break
		}
		ops[c.op] = true
		r.Cases++
		share, err := c.try(dev, guard)
		r.note(c, share, err)
		switch {
		case err == nil:
			r.Passed++
		case isUnsupported(err):
			r.Unsupported++
			if !missing[c.op.Name] {
				missing[c.op.Name] = true
				r.Missing = append(r.Missing, c.op.Name)
			}
		default:
			r.Failed++
			r.Failures = append(r.Failures, Failure{c.name, err})
		}
		if o.Progress != nil {
			o.Progress(i+1, len(all))
		}
	}
	r.Ops = len(ops)
	r.Seconds = time.Since(start).Seconds()
	return r
}

// try checks the case. Sequences run on the device itself, whose memory is used
// again and again; all else behind guards.
func (c testCase) try(dev backend.Device, guard *Guarded) (share float64, err error) {
	defer func() { // a crash of one case is a failure of it, not the end of all
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	if c.kind == sequence {
		return c.check(dev)
	}
	share, err = c.check(guard)
	if damage := guard.Check(); damage != nil && (err == nil || isUnsupported(err)) {
		err = damage
	}
	return share, err
}

// Run is Check for go test: every failure is an error of t, and the seed is
// printed so that it can be replayed.
func Run(t testing.TB, dev backend.Device, opts ...Options) {
	t.Helper()
	var o Options
	if len(opts) > 0 {
		o = opts[0]
	}
	r := Check(t.Context(), dev, o)
	for _, f := range r.Failures {
		t.Errorf("%s: %v (replay with -seed %d -case '^%s$')", f.Case, f.Err, o.seed(), regexp.QuoteMeta(f.Case))
	}
	t.Logf("conformance: device=%s ops=%d cases=%d passed=%d failed=%d unsupported=%d %v", r.Device, r.Ops, r.Cases, r.Passed, r.Failed, r.Unsupported, r.Missing)
	if r.Cases == 0 {
		t.Error("no case was selected")
	}
}

func (o Options) seed() uint64 {
	if o.Seed == 0 {
		return 1
	}
	return o.Seed
}
