// Package profile measures what a program does on a device. A Profiler stands
// in front of a device and is one itself: tensors and models made on it work as
// ever, and each call, transfer and allocation is noted.
//
//	p := profile.New(dev, profile.Options{Shapes: true})
//	net := build(nn.On(p, dtype.Float32, 1))
//	...
//	end := p.Range("forward")
//	y := net.Forward(x)
//	end()
//	r, err := p.Take()
//	fmt.Print(r.Table(profile.ByOp))
//	r.WriteChrome(file) // for Perfetto or chrome://tracing
//
// While runtime/trace is on, calls and ranges are regions of its trace too.
package profile

import (
	"context"
	"errors"
	"fmt"
	"runtime/trace"
	"slices"
	"sync"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// Options choose what is noted. Each costs a little time.
type Options struct {
	// Wait makes each Run wait for its result, so that its time is that of the
	// work and not of enqueuing it. The program as a whole becomes slower.
	// Without it, the work of a device that has a clock of its own (see
	// backend.Stamper) is timed by that clock, and nothing waits.
	Wait   bool
	Shapes bool // of operands and results
	Sites  bool // where in the program calls come from: about 2 us a call
	// Limit is the number of events kept; what comes after is only counted as
	// Dropped. 0 means a million.
	Limit int
}

// A Kind is a sort of event.
type Kind uint8

// The kinds of events.
const (
	Range    Kind = iota // a named part of the program
	Op                   // a call that the device ran, or refused
	Alloc                // of device memory
	Upload               // to device memory
	Download             // from it; waits for what produced it
	Sync                 // waiting for the device
)

func (k Kind) String() string {
	names := [...]string{"range", "op", "(alloc)", "(upload)", "(download)", "(sync)"}
	if int(k) >= len(names) {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return names[k]
}

// An Event is one thing that happened. Times count from the start of the
// profile.
type Event struct {
	Kind       Kind
	Name       string // of the op or range; else that of the kind
	Start, Dur time.Duration
	// OnDevice says that Began and Busy are known: when the device itself began
	// and how long it worked, by its clock.
	OnDevice    bool
	Began, Busy time.Duration
	Bytes       int64     // read and written, or transferred, or allocated; what a stride of 0 repeats counts once
	Result      int64     // of ops: bytes allocated for the results, before the call
	InUse       int64     // bytes of device memory in use after the event, if the device counts them
	In, Out     []op.Meta // with Options.Shapes
	Site        string    // with Options.Sites
	Failed      bool      // also where the device had no kernel
}

// end of the event on the host.
func (e *Event) end() time.Duration { return e.Start + e.Dur }

// Time is what the work of the event took: on the device, if that is known.
func (e *Event) Time() time.Duration {
	if e.OnDevice {
		return e.Busy
	}
	return e.Dur
}

// A Profiler is a device that notes what it does. It may be used by several
// goroutines, as any device.
type Profiler struct {
	backend.Device
	options Options
	stamper backend.Stamper // nil: the host's clock times the work
	stats   backend.MemoryStats
	sites   sites

	mu      sync.Mutex
	start   time.Time
	events  []Event
	stamps  []stamped
	fresh   map[backend.Buffer]int64 // allocated, and not yet a result
	dropped int
}

// New returns d with a profiler in front.
func New(d backend.Device, o Options) *Profiler {
	if o.Limit == 0 {
		o.Limit = 1e6
	}
	p := &Profiler{Device: d, options: o, start: time.Now(), fresh: map[backend.Buffer]int64{}}
	p.stats, _ = backend.As[backend.MemoryStats](d)
	if !o.Wait {
		p.stamper, _ = backend.As[backend.Stamper](d)
	}
	return p
}

// Unwrap returns the device that is profiled.
func (p *Profiler) Unwrap() backend.Device { return p.Device }

// Range begins a named part of the program, to which the calls until its end
// belong; ranges may be nested. Call the function it returns in the same
// goroutine.
func (p *Profiler) Range(name string) (end func()) {
	region := trace.StartRegion(context.Background(), name)
	start := time.Now()
	return func() {
		region.End()
		p.add(Event{Kind: Range, Name: name}, start)
	}
}

// add notes an event that began at start and ends now, and returns its number,
// -1 if it is not kept.
func (p *Profiler) add(e Event, start time.Time) int {
	e.Dur = time.Since(start)
	if e.Name == "" {
		e.Name = e.Kind.String()
	}
	if p.stats != nil && e.Kind != Range {
		e.InUse = p.stats.Stats().InUse
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.events) >= p.options.Limit {
		p.dropped++
		return -1
	}
	e.Start = start.Sub(p.start)
	p.events = append(p.events, e)
	return len(p.events) - 1
}

// Take waits for the device, returns what happened since New or the last Take,
// and starts afresh.
func (p *Profiler) Take() (*Profile, error) {
	start := time.Now()
	err := p.Device.Sync()
	if err == nil {
		p.add(Event{Kind: Sync}, start)
	}
	end := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &Profile{Device: p.Info(), Wall: end.Sub(p.start), Events: p.events, Dropped: p.dropped, Counted: p.stats != nil}
	clock := p.readStamps(r.Events)
	r.DeviceClock = len(p.stamps) > 0 && clock == nil
	slices.SortStableFunc(r.Events, func(a, b Event) int {
		if a.Start != b.Start {
			return int(a.Start - b.Start)
		}
		return int(b.Dur - a.Dur) // a range comes before what it holds
	})
	p.events, p.stamps, p.dropped = nil, nil, 0
	clear(p.fresh)
	p.start = time.Now()
	return r, errors.Join(err, clock)
}

// A Profile is what happened in some time on a device.
type Profile struct {
	Device      backend.Info
	Wall        time.Duration
	Events      []Event // by start
	Dropped     int     // events beyond Options.Limit
	DeviceClock bool    // ops were timed by the device's clock
	Counted     bool    // the device counts its memory
}
