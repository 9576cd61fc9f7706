package backend

import (
	"slices"
	"sync/atomic"
)

// A cell is memory of the device, on which recorded calls may work.
type cell struct {
	buf  Buffer
	own  int  // the recording that began before it was allocated and whose calls alone write it; 0 if none
	used int  // the last recording with a call that uses it
	keep bool // serves again, and was not written since: what it held is still to be written by a replay
}

// A recorded buffer is what a Recorder hands out.
type recorded struct {
	cell *cell
	rec  *Recorder
	gone atomic.Bool
}

type recordedHost struct{ recorded }

func (b *recorded) Len() int64     { return b.cell.buf.Len() }
func (b *recorded) Unwrap() Buffer { return b.cell.buf }

func (b *recorded) Free() {
	if !b.gone.Swap(true) {
		b.rec.free(b.cell)
	}
}

func (b *recordedHost) Bytes() []byte { return b.cell.buf.(HostBuffer).Bytes() }

// find returns b if this Recorder handed it out, or nil.
func (r *Recorder) find(b Buffer) *recorded {
	own, _ := b.(*recorded)
	if host, ok := b.(*recordedHost); ok {
		own = &host.recorded
	}
	if own == nil || own.rec != r {
		return nil
	}
	return own
}

// Alloc allocates on the recorded device, unless what an earlier call no longer
// needs will do. What the host can write by itself never does.
func (r *Recorder) Alloc(bytes int64) (Buffer, error) {
	r.mu.Lock()
	p := r.idleCell(bytes)
	round := r.round
	if r.stopped {
		round = 0
	}
	r.mu.Unlock()
	if p != nil {
		return &recorded{cell: p, rec: r}, nil
	}
	b, err := r.dev.Alloc(bytes)
	if err != nil {
		return nil, err
	}
	if _, host := b.(HostBuffer); host {
		return &recordedHost{recorded{cell: &cell{buf: b}, rec: r}}, nil
	}
	return &recorded{cell: &cell{buf: b, own: round}, rec: r}, nil
}

// idleCell returns a cell that serves again, or nil. r.mu is held.
func (r *Recorder) idleCell(bytes int64) *cell {
	l := r.idle[bytes]
	if len(l) == 0 || r.stopped {
		return nil
	}
	p := l[len(l)-1]
	r.idle[bytes] = l[:len(l)-1]
	p.keep = true
	return p
}

// free lets go of a cell, later if a recorded call uses it.
func (r *Recorder) free(p *cell) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case p.used != r.round:
		p.buf.Free()
	case p.own == r.round && !r.stopped:
		r.idle[p.buf.Len()] = append(r.idle[p.buf.Len()], p)
	default:
		r.freed = append(r.freed, p.buf)
	}
}

// apart makes sure that no recorded call writes what is uploaded to b. r.mu is held.
func (r *Recorder) apart(b *recorded) error {
	if b.cell.keep {
		buf, err := r.dev.Alloc(b.cell.buf.Len())
		if err != nil {
			return err
		}
		b.cell.keep = false
		r.idle[buf.Len()] = append(r.idle[buf.Len()], b.cell)
		b.cell = &cell{buf: buf}
	}
	b.cell.own = 0
	return nil
}

// use returns a call on the device's own buffers and, while it records, notes
// them and makes the call its own: callers use the memory of theirs again. r.mu is held.
func (r *Recorder) use(c *Call) *Call {
	own := *c
	own.In, own.Out = r.views(c.In), r.views(c.Out)
	if r.stopped {
		return &own
	}
	own.Uniforms = slices.Clone(c.Uniforms)
	for i := range c.Out {
		if b := r.find(c.Out[i].Buffer); b != nil {
			b.cell.keep = false
		}
	}
	return &own
}

func (r *Recorder) views(views []View) []View {
	own := slices.Clone(views)
	for i := range own {
		v := &own[i]
		b := r.find(v.Buffer)
		if b != nil {
			v.Buffer = b.cell.buf
		}
		if r.stopped {
			continue
		}
		v.Shape, v.Strides = slices.Clone(v.Shape), slices.Clone(v.Strides)
		if b != nil {
			b.cell.used = r.round
		}
	}
	return own
}
