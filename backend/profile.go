package backend

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// Profile returns d with its calls counted and timed.
func Profile(d Device) *Profiler { return &Profiler{Device: d, ops: map[string]*OpProfile{}} }

// A Profiler is a device that measures what it does.
type Profiler struct {
	Device

	// Wait makes each Run wait for its result, to time the work itself and
	// not the enqueuing of it. The program as a whole becomes slower.
	Wait bool

	mu  sync.Mutex
	ops map[string]*OpProfile
}

// An OpProfile sums up the calls of one op. Transfers and allocations count as
// ops "(upload)", "(download)" and "(alloc)".
type OpProfile struct {
	Op         string
	Count      int
	Errors     int // of Count, also where the device had no kernel
	Total, Max time.Duration
	Bytes      int64 // read and written, each operand once
}

func (p *Profiler) Unwrap() Device { return p.Device }

func (p *Profiler) add(name string, start time.Time, bytes int64, err error) {
	d := time.Since(start)
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.ops[name]
	if o == nil {
		o = &OpProfile{Op: name}
		p.ops[name] = o
	}
	o.Count++
	o.Total += d
	o.Max = max(o.Max, d)
	if err != nil {
		o.Errors++
		return
	}
	o.Bytes += bytes
}

func (p *Profiler) Run(c *Call) error {
	start := time.Now()
	err := p.Device.Run(c)
	if p.Wait && err == nil {
		err = p.Device.Sync()
	}
	p.add(c.Op.Name, start, viewBytes(c.In)+viewBytes(c.Out), err)
	return err
}

// viewBytes returns the bytes that the elements of views take; what a stride
// of 0 repeats is read once.
func viewBytes(views []View) int64 {
	var sum int64
	for i := range views {
		n := int64(views[i].DType.Size())
		for k, d := range views[i].Shape {
			if d == 0 || views[i].Strides[k] != 0 {
				n *= int64(d)
			}
		}
		sum += n
	}
	return sum
}

func (p *Profiler) Alloc(bytes int64) (Buffer, error) {
	start := time.Now()
	b, err := p.Device.Alloc(bytes)
	p.add("(alloc)", start, 0, err)
	return b, err
}

func (p *Profiler) Upload(dst Buffer, off int64, src []byte) error {
	start := time.Now()
	err := p.Device.Upload(dst, off, src)
	p.add("(upload)", start, int64(len(src)), err)
	return err
}

func (p *Profiler) Download(dst []byte, src Buffer, off int64) error {
	start := time.Now()
	err := p.Device.Download(dst, src, off)
	p.add("(download)", start, int64(len(dst)), err)
	return err
}

// Ops returns the figures since the start or the last Reset, the longest total
// time first.
func (p *Profiler) Ops() []OpProfile {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := make([]OpProfile, 0, len(p.ops))
	for _, o := range p.ops {
		l = append(l, *o)
	}
	slices.SortFunc(l, func(a, b OpProfile) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Op, b.Op))
	})
	return l
}

// Reset starts afresh.
func (p *Profiler) Reset() {
	p.mu.Lock()
	clear(p.ops)
	p.mu.Unlock()
}

// Table returns Ops as text, a line each.
func (p *Profiler) Table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "op\tcount\terrors\ttotal\tmean\tmax\tMB\tGB/s\t")
	for _, o := range p.Ops() {
		rate := 0.0
		if o.Total > 0 {
			rate = float64(o.Bytes) / o.Total.Seconds() / 1e9
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%v\t%v\t%v\t%.3f\t%.2f\t\n", o.Op, o.Count, o.Errors, o.Total, o.Total/time.Duration(o.Count), o.Max, float64(o.Bytes)/1e6, rate)
	}
	w.Flush()
	return b.String()
}
