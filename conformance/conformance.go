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
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
)

// Options choose what is checked. The zero value checks everything with seed 1.
type Options struct {
	Run  *regexp.Regexp // only cases whose name matches
	Skip *regexp.Regexp // not cases whose name matches: say why where you set it
	Seed uint64         // of operands and order
	// OneIn draws one of this many cases, and of each op one at least: which, says
	// Draw. OneIn draws with successive numbers are all cases. 0 and 1 draw all.
	OneIn, Draw int
	// Short is OneIn 8.
	Short    bool
	Progress func(done, total int)
}

// oneIn returns the number of cases of which one is drawn.
func (o Options) oneIn() uint32 {
	switch {
	case o.OneIn > 1:
		return uint32(o.OneIn)
	case o.Short:
		return 8
	}
	return 1
}

// FromEnv returns o as changed by the environment: HEKLA_CASES is a pattern for
// Run, and selects from all cases; HEKLA_SEED is the seed; HEKLA_DRAW, such as 3/8,
// says which draw, and of how many; HEKLA_ROTATE, a number, which draw of as many
// as o has: make test counts days there.
func FromEnv(o Options) (Options, error) {
	if s := os.Getenv("HEKLA_CASES"); s != "" {
		re, err := regexp.Compile(s)
		if err != nil {
			return o, fmt.Errorf("conformance: HEKLA_CASES: %w", err)
		}
		o.Run, o.OneIn, o.Short = re, 1, false
	}
	if s := os.Getenv("HEKLA_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return o, fmt.Errorf("conformance: HEKLA_SEED: %w", err)
		}
		o.Seed = seed
	}
	if s := os.Getenv("HEKLA_ROTATE"); s != "" && o.oneIn() > 1 {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return o, fmt.Errorf("conformance: HEKLA_ROTATE is %q, want a number", s)
		}
		o.Draw = n
	}
	if s := os.Getenv("HEKLA_DRAW"); s != "" {
		if _, err := fmt.Sscanf(s, "%d/%d", &o.Draw, &o.OneIn); err != nil || o.OneIn < 1 {
			return o, fmt.Errorf("conformance: HEKLA_DRAW is %q, want something like 3/8", s)
		}
		o.Short = false
	}
	return o, nil
}

func (o Options) seed() uint64 {
	if o.Seed == 0 {
		return 1
	}
	return o.Seed
}

// Check runs the cases in an order drawn from the seed, until all are done or
// ctx is cancelled, and reports.
func Check(ctx context.Context, dev backend.Device, o Options) *Report {
	start := time.Now()
	all, left := cases(o)
	r := newReport(dev, o, left)
	rand.New(rand.NewPCG(o.seed(), 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	guard := Guard(dev)
	for i, c := range all {
		if ctx.Err() != nil {
			r.Left += len(all) - i
			break
		}
		worst, err := c.try(dev, guard)
		r.note(c, worst, err)
		if o.Progress != nil {
			o.Progress(i+1, len(all))
		}
	}
	r.finish(time.Since(start))
	return r
}

// try checks the case. Sequences run on the device itself, whose memory is used
// again and again; all else behind guards.
func (c testCase) try(dev backend.Device, guard *Guarded) (worst deviation, err error) {
	defer func() { // a crash of one case is a failure of it, not the end of all
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	if c.kind == sequence {
		return c.check(dev)
	}
	worst, err = c.check(guard)
	if damage := guard.Check(); damage != nil && (err == nil || outcomeOf(err) != failed) {
		err = damage
	}
	return worst, err
}

// Run is Check for go test: every failure is an error of t. The seed, and what
// was skipped, are printed.
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
	t.Log(r)
	for _, line := range r.skipLines() {
		t.Log(line)
	}
	if r.Cases == 0 {
		t.Error("no case was selected")
	}
	if err := r.keep(); err != nil {
		t.Error(err)
	}
}
