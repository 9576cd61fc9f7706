package profile_test

import (
	"bytes"
	"encoding/json"
	"runtime/trace"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/profile"
	"github.com/hekla-ml/hekla/tensor"
)

// slow is the CPU with each call taking some time, and with one op missing. With
// a clock it is a Stamper, whose device works at half the pace of the host's
// clock.
type slow struct {
	backend.Device
	each  time.Duration
	lacks *op.Op
	syncs int
}

func (s *slow) Unwrap() backend.Device { return s.Device }
func (s *slow) Sync() error            { s.syncs++; return s.Device.Sync() }

func (s *slow) Run(c *backend.Call) error {
	if c.Op == s.lacks {
		return backend.ErrUnsupported
	}
	time.Sleep(s.each)
	return s.Device.Run(c)
}

func find(t *testing.T, stats []profile.Stat, name string) profile.Stat {
	t.Helper()
	i := slices.IndexFunc(stats, func(s profile.Stat) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no %s among %+v", name, stats)
	}
	return stats[i]
}

func take(t *testing.T, p *profile.Profiler) *profile.Profile {
	t.Helper()
	r, err := p.Take()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSum(t *testing.T) {
	dev := &slow{Device: tensor.CPU(), each: 2 * time.Millisecond, lacks: op.Softmax}
	p := profile.New(dev, profile.Options{Wait: true, Shapes: true, Sites: true})
	x, s := tensor.From(p, make([]float32, 100), 20, 5), tensor.Scalar(p, float32(2))
	for range 3 {
		x.Mul(s)
	}
	x.Softmax(1) // runs in parts
	syncs := dev.syncs
	r := take(t, p)
	stats := r.Sum(profile.ByOp)
	mul := find(t, stats, "mul")
	if mul.Count < 3 || mul.Total < 6*time.Millisecond || mul.Max < 2*time.Millisecond || mul.Max > mul.Total || mul.Self != mul.Total {
		t.Errorf("%+v, want 3 of 2 ms", mul)
	}
	shaped := find(t, r.Sum(profile.ByShape), "mul")
	if shaped.Detail != "float32[20 5] float32[20 5]" || shaped.Count != 3 || shaped.Bytes != 3*(400+4+400) || shaped.Result != 3*400 {
		t.Errorf("%+v, want 804 bytes each, since a stretched scalar is read once, and results of 400", shaped)
	}
	sited := find(t, r.Sum(profile.BySite), "mul")
	if !strings.Contains(sited.Detail, "profile_test.go:") {
		t.Errorf("site %q, want a line of this file", sited.Detail)
	}
	if soft := find(t, stats, "softmax"); soft.Count != 1 || soft.Failed != 1 || soft.Bytes != 0 {
		t.Errorf("%+v, want one failure", soft)
	}
	if up := find(t, stats, "(upload)"); up.Count != 2 || up.Bytes != 404 {
		t.Errorf("%+v, want the two operands", up)
	}
	calls := 0
	for _, e := range r.Events {
		if e.Kind == profile.Op && !e.Failed {
			calls++
		}
	}
	if syncs != calls {
		t.Errorf("%d syncs, want one for each of %d calls", syncs, calls)
	}
	table := r.Table(profile.ByOp)
	if !strings.Contains(table, "GB/s") || !strings.Contains(table, "mul") {
		t.Errorf("table:\n%s", table)
	}
	if again := take(t, p); len(again.Events) != 1 { // the wait of Take itself
		t.Errorf("%d events after Take", len(again.Events))
	}
}

func TestRanges(t *testing.T) {
	p := profile.New(&slow{Device: tensor.CPU(), each: 3 * time.Millisecond}, profile.Options{})
	outer := p.Range("outer")
	time.Sleep(5 * time.Millisecond)
	inner := p.Range("inner")
	tensor.Ones(p, dtype.Float32, 3).Exp()
	inner()
	outer()
	r := take(t, p)
	stats := r.Sum(profile.ByOp)
	o, i := find(t, stats, "outer"), find(t, stats, "inner")
	if o.Total < 5*time.Millisecond+i.Total || o.Self < 5*time.Millisecond || o.Self > o.Total-i.Total || i.Self > i.Total-3*time.Millisecond {
		t.Errorf("outer %+v, inner %+v: want 5 ms of its own in outer, and exp not counted as inner's", o, i)
	}
	if table := r.Table(profile.ByOp); !strings.Contains(table, "\nrange") && !strings.Contains(table, "range  ") {
		t.Errorf("no ranges in\n%s", table)
	}
}

// A model's step is known to the last per cent, and the memory it takes.
func TestTrainingStep(t *testing.T) {
	p := profile.New(tensor.CPU(), profile.Options{})
	net := nn.On(p, dtype.Float32, 1).Linear(300, 300)
	x := tensor.NewGenerator(1).Normal(p, dtype.Float32, 0, 1, 300, 300)
	take(t, p)
	// Of the time of a step, other programs may have taken most.
	for try := 1; ; try++ {
		end := p.Range("step")
		tensor.Scope(func(s *tensor.Arena) {
			autograd.Backward(net.Forward(s.Own(x.Detach())).Square().Mean())
		})
		end()
		r := take(t, p)
		i := slices.IndexFunc(r.Events, func(e profile.Event) bool { return e.Kind == profile.Range })
		step := r.Events[i]
		var all, ops time.Duration
		for _, s := range r.Account(step.Start, step.Start+step.Dur) {
			all += s.Time
			switch s.Name {
			case "ops":
				ops = s.Time
			case profile.Elsewhere:
				t.Errorf("%v of %v elsewhere", s.Time, step.Dur)
			}
		}
		if r.Peak() < 300*300*4 || len(r.Memory()) < 2 {
			t.Errorf("peak %d, %d levels: want at least the activations", r.Peak(), len(r.Memory()))
		}
		if all != step.Dur || ops < step.Dur/5 && try == 20 {
			t.Errorf("%v accounted, %v of it ops, want all of %v", all, ops, step.Dur)
		}
		if ops >= step.Dur/5 || t.Failed() {
			return
		}
	}
}

func TestLimitAndGoroutines(t *testing.T) {
	p := profile.New(tensor.CPU(), profile.Options{Limit: 50})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				end := p.Range("part")
				tensor.Ones(p, dtype.Float32, 3).Neg().Free()
				end()
			}
		})
	}
	wg.Wait()
	r := take(t, p)
	if len(r.Events) != 50 || r.Dropped == 0 {
		t.Errorf("%d events and %d dropped, want 50 and the rest", len(r.Events), r.Dropped)
	}
}

func TestChrome(t *testing.T) {
	p := profile.New(tensor.CPU(), profile.Options{Shapes: true, Sites: true})
	end := p.Range("all")
	tensor.Ones(p, dtype.Float32, 4).Exp()
	end()
	var b bytes.Buffer
	if err := take(t, p).WriteChrome(&b); err != nil {
		t.Fatal(err)
	}
	var trace struct {
		TraceEvents []struct {
			Name, Ph string
			Ts, Dur  float64
			Pid, Tid int
			Args     map[string]any
		}
	}
	if err := json.Unmarshal(b.Bytes(), &trace); err != nil {
		t.Fatalf("%v in\n%s", err, b.Bytes())
	}
	byName := map[string]int{}
	for i, e := range trace.TraceEvents {
		byName[e.Name] = i
	}
	all, exp := trace.TraceEvents[byName["all"]], trace.TraceEvents[byName["exp"]]
	if all.Ph != "X" || exp.Ph != "X" || exp.Ts < all.Ts || exp.Ts+exp.Dur > all.Ts+all.Dur || exp.Tid == all.Tid {
		t.Errorf("range %+v and op %+v: want the op within, on another track", all, exp)
	}
	if exp.Args["bytes"] != 32.0 || !strings.Contains(exp.Args["site"].(string), "profile_test.go") {
		t.Errorf("args %v", exp.Args)
	}
	if _, ok := byName["memory in use"]; !ok {
		t.Error("no memory counter")
	}
}

// Go's own execution tracer sees ranges and ops as regions.
func TestRuntimeTrace(t *testing.T) {
	if trace.IsEnabled() {
		t.Skip("the tests are being traced")
	}
	var b bytes.Buffer
	if err := trace.Start(&b); err != nil {
		t.Skip(err)
	}
	p := profile.New(tensor.CPU(), profile.Options{})
	end := p.Range("a range of ours")
	tensor.Ones(p, dtype.Float32, 4).Erfc()
	end()
	trace.Stop()
	for _, name := range []string{"a range of ours", "erfc"} {
		if !bytes.Contains(b.Bytes(), []byte(name)) {
			t.Errorf("the trace has no region %q", name)
		}
	}
}
