package backend

import (
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/hekla-ml/hekla/op"
)

// Record returns d with a list kept of the calls it runs, until Stop.
func Record(d Device) *Recorder {
	r := &Recorder{dev: d, round: 1, idle: map[int64][]*cell{}}
	runtime.SetFinalizer(r, (*Recorder).Reset) // when none of its buffers is in use any more either
	return r
}

// A Recorder is a device that keeps its calls, so that they can be looked at
// and run again. For that, buffers freed meanwhile live on until Reset, or serve
// the calls that come after.
//
// A training step is recorded from the first forward pass to the end of the
// backward pass. Then come Stop and the optimizer's step, as it counts steps; and
// for each batch an upload into the recorded inputs, Replay and the optimizer's
// step. Gradients are where the recorded pass left them: they must not be dropped.
type Recorder struct {
	dev Device

	mu      sync.Mutex
	calls   []*Call // on dev's own buffers
	stopped bool
	round   int               // counts recordings
	idle    map[int64][]*cell // freed cells for later calls of this recording, by size
	freed   []Buffer          // others, to be freed by Reset

	stretches []*stretch // of the calls, once they were replayed
	replays   uint32     // of this recording
}

// A Recorded is what a call was, without its buffers.
type Recorded struct {
	Op      string
	Attrs   any
	In, Out []op.Meta
}

func (r Recorded) String() string {
	var b strings.Builder
	b.WriteString(r.Op)
	if r.Attrs != nil {
		fmt.Fprintf(&b, " %+v", r.Attrs)
	}
	writeMetas(&b, " of", r.In)
	writeMetas(&b, " to", r.Out)
	return b.String()
}

func writeMetas(b *strings.Builder, what string, metas []op.Meta) {
	for i, m := range metas {
		if i == 0 {
			b.WriteString(what)
		}
		fmt.Fprintf(b, " %s%v", m.DType, m.Shape)
	}
}

func metasOf(views []View) []op.Meta {
	metas := make([]op.Meta, len(views))
	for i, v := range views {
		metas[i] = op.Meta{Shape: v.Shape, DType: v.DType}
	}
	return metas
}

// describe drops the buffers of c.
func describe(c *Call) Recorded {
	return Recorded{Op: c.Op.Name, Attrs: c.Attrs, In: metasOf(c.In), Out: metasOf(c.Out)}
}

// Calls returns what succeeded since the start or the last Reset.
func (r *Recorder) Calls() []Recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := make([]Recorded, len(r.calls))
	for i, c := range r.calls {
		l[i] = describe(c)
	}
	return l
}

// Stop ends the recording: later calls run and are not kept.
func (r *Recorder) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
}

// Reset forgets the calls, frees what was freed since, and records anew.
func (r *Recorder) Reset() {
	r.mu.Lock()
	_ = r.uncapture() // what is wrong with the device shows at its next use
	freed := r.freed
	for _, l := range r.idle {
		for _, p := range l {
			freed = append(freed, p.buf)
		}
	}
	clear(r.idle)
	r.calls, r.freed, r.stopped, r.replays = nil, nil, false, 0
	r.round++
	r.mu.Unlock()
	for _, b := range freed {
		b.Free()
	}
}

func (r *Recorder) Info() Info     { return r.dev.Info() }
func (r *Recorder) Unwrap() Device { return r.dev }
func (r *Recorder) Sync() error    { return r.dev.Sync() }

func (r *Recorder) Close() error {
	r.Reset()
	return r.dev.Close()
}

func (r *Recorder) Run(c *Call) error {
	r.mu.Lock() // so that the list has the order of the device
	defer r.mu.Unlock()
	own := r.use(c)
	if r.stopped {
		return r.dev.Run(own)
	}
	if err := r.dev.Run(own); err != nil {
		return err
	}
	r.calls = append(r.calls, own)
	return r.uncapture()
}

// RunList hands calls on after Stop. A list that is recorded is kept call by call.
func (r *Recorder) RunList(calls []*Call) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	dev, ok := r.dev.(ListRunner)
	if !ok || !r.stopped {
		return ErrUnsupported
	}
	own := make([]*Call, len(calls))
	for i, c := range calls {
		own[i] = r.use(c)
	}
	return dev.RunList(own)
}

func (r *Recorder) Upload(dst Buffer, off int64, src []byte) error {
	r.mu.Lock()
	var err error
	if b := r.find(dst); b != nil {
		err = r.apart(b)
		dst = b.cell.buf
	}
	r.mu.Unlock()
	if err != nil {
		return err
	}
	return r.dev.Upload(dst, off, src)
}

func (r *Recorder) Download(dst []byte, src Buffer, off int64) error {
	if b := r.find(src); b != nil {
		src = b.cell.buf
	}
	return r.dev.Download(dst, src, off)
}
