package backend_test

import (
	"fmt"
	"time"

	"github.com/hekla-ml/hekla/backend"
)

// unproven is a driver that was never run on the hardware it is for.
type unproven struct{ hosts }

func (unproven) Experimental() bool { return true }

// What Default does with drivers: one that says so is not even asked.
func ExampleExperimentalDriver() {
	for _, d := range []backend.Driver{hosts{}, unproven{}} {
		e, ok := d.(backend.ExperimentalDriver)
		fmt.Println(ok && e.Experimental())
	}
	// Output:
	// false
	// true
}

// Where a device is missed, List says why.
func ExampleSkipped() {
	_, skipped := hosts{}.List()
	for _, s := range skipped {
		var why backend.Skipped = s
		fmt.Printf("%s: %s\n", why.Name, why.Reason)
	}
	// Output: host:1: too old
}

// graphs is a host that runs captured calls as one.
type graphs struct {
	host
	launches *int
}

func (g graphs) Capture(calls []*backend.Call) (backend.Replay, error) { return graph{g, calls}, nil }

type graph struct {
	dev   graphs
	calls []*backend.Call
}

func (g graph) Run() error {
	*g.dev.launches++
	for _, c := range g.calls {
		if err := backend.Evaluate(c); err != nil {
			return err
		}
	}
	return nil
}

func (g graph) Close() error { return nil }

// Captured calls read what is in their buffers when they are run.
func ExampleReplay() {
	d := graphs{launches: new(int)}
	x, y := vector(d, 1), vector(d, 1)
	var r backend.Replay
	r, err := d.Capture([]*backend.Call{exp(x, y), exp(y, y)})
	write(x, 1)
	fmt.Println(err, r.Run(), *d.launches)
	fmt.Printf("%.3f\n", read(y))
	// Output:
	// <nil> <nil> 1
	// [15.154]
}

// A Recorder hands its calls to a Capturer, the first time it replays them.
func ExampleCapturer() {
	launches := 0
	d := backend.Record(graphs{launches: &launches})
	_, ok := backend.As[backend.Capturer](d)
	x, y := vector(d, 1), vector(d, 1)
	fmt.Println(d.Run(exp(x, y)), d.Run(exp(y, y)))
	fmt.Println(d.Replay(), d.Replay(), ok, launches)
	// Output:
	// <nil> <nil>
	// <nil> <nil> true 2
}

// ticking is a host with a clock: each call takes it a millisecond.
type ticking struct {
	host
	now *time.Duration
}

func (t ticking) Run(c *backend.Call) error {
	*t.now += time.Millisecond
	return t.host.Run(c)
}

func (t ticking) Stamp() (backend.Stamp, error) { return reading(*t.now), nil }

type reading time.Duration

func (r reading) Time() (time.Duration, error) { return time.Duration(r), nil }

// Two stamps are enqueued with the work between them, and read afterwards.
func ExampleStamper() {
	d := ticking{now: new(time.Duration)}
	clock, _ := backend.As[backend.Stamper](d)
	var before, after backend.Stamp
	before, _ = clock.Stamp()
	x := vector(d, 2)
	for range 3 {
		d.Run(exp(x, x))
	}
	after, _ = clock.Stamp()
	from, err := before.Time()
	to, _ := after.Time()
	fmt.Println(to-from, err)
	// Output: 3ms <nil>
}

// The second request of a size is served from the cache.
func ExampleStats() {
	d := backend.Pool(host{})
	for range 2 {
		b, _ := d.Alloc(1000)
		b.Free()
	}
	m, _ := backend.As[backend.MemoryStats](d)
	var s backend.Stats = m.Stats()
	fmt.Println(s.Allocs, s.Hits, s.InUse, s.Peak)
	// Output: 2 1 0 1024
}

// collector is a host that serves up to 64 bytes without being asked to count
// them.
type collector struct{ host }

type collectedBuffer struct{ hostBuffer }

func (collectedBuffer) Collected() {}

func (collector) AllocCollected(bytes int64) backend.Collected {
	if bytes > 64 {
		return nil
	}
	return collectedBuffer{make(hostBuffer, bytes)}
}

func ExampleCollector() {
	d := backend.Pool(collector{})
	d.Alloc(40) // the garbage collector will find it
	d.Alloc(400)
	m, _ := backend.As[backend.MemoryStats](d)
	fmt.Println(m.Stats().Buffers)
	// Output: 1
}

func ExampleCollected() {
	b, _ := backend.Pool(collector{}).Alloc(40)
	_, collected := b.(backend.Collected)
	fmt.Println(b.Len(), collected)
	// Output: 40 true
}

func ExampleCounter() {
	d := backend.Pool(collector{})
	c, _ := backend.As[backend.Counter](d)
	c.CountSmall(true)
	b, _ := d.Alloc(40)
	m, _ := backend.As[backend.MemoryStats](d)
	fmt.Println(m.Stats().Buffers)
	c.CountSmall(false)
	b.Free()
	fmt.Println(m.Stats().Buffers)
	// Output:
	// 1
	// 0
}

// lists is a host that says how many calls it was given at once.
type lists struct{ host }

func (lists) RunList(calls []*backend.Call) error {
	fmt.Println(len(calls), "calls at once")
	for _, c := range calls {
		if err := backend.Evaluate(c); err != nil {
			return err
		}
	}
	return nil
}

// Calls of one function that do not depend on each other run as one piece of
// work on a device that can, and one by one on others.
func ExampleListRunner() {
	var l backend.ListRunner = lists{}
	for _, d := range []backend.Device{l.(backend.Device), host{}} {
		x, y := vector(d, 1), vector(d, 2)
		write(y, 1, 2)
		fmt.Println(backend.RunList(d, []*backend.Call{exp(x, x), exp(y, y)}))
		fmt.Printf("%.2f %.2f\n", read(x), read(y))
	}
	// Output:
	// 2 calls at once
	// <nil>
	// [1.00] [2.72 7.39]
	// <nil>
	// [1.00] [2.72 7.39]
}

// near is a host that takes bytes from others of its kind at once.
type near struct{ host }

func (near) CopyFrom(dst backend.Buffer, dstOff int64, from backend.Device, src backend.Buffer, srcOff, n int64) error {
	if _, ok := backend.As[near](from); !ok {
		return backend.ErrUnsupported
	}
	own, _ := backend.BufferAs[hostBuffer](src)
	copy(dst.(hostBuffer)[dstOff:], own[srcOff:srcOff+n])
	fmt.Println("directly:", n)
	return nil
}

// Between devices of one kind bytes go directly, from others by way of the host.
func ExamplePeerCopier() {
	b, _ := near{}.Alloc(4)
	for _, from := range []backend.Device{backend.Pool(near{}), host{}} {
		x := vector(from, 1)
		fmt.Println(backend.Copy(near{}, b, 0, from, x.Buffer, 0, 4))
	}
	// Output:
	// directly: 4
	// <nil>
	// <nil>
}

// talkative has something to say.
type talkative struct{ backend.Device }

func (talkative) Notes() []string { return []string{"products by libblas.so.3"} }

// What a device has to say for itself is found behind wrappers, too.
func ExampleNoter() {
	dev := backend.Shadow(talkative{}, nil, nil)
	if n, ok := backend.As[backend.Noter](dev); ok {
		fmt.Println(n.Notes())
	}
	// Output:
	// [products by libblas.so.3]
}
