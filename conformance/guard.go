package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/hekla-ml/hekla/backend"
)

// margin is the guard on either side of a buffer, in bytes: 64 float32 elements,
// more than a vector, and a multiple of every device's alignment of operands.
const margin = 256

// guardByte fills the guards: no plausible result, in any type.
const guardByte = 0xA5

var intact = bytes.Repeat([]byte{guardByte}, margin)

// A Guarded device finds kernels that write outside their operands, or leave
// what they should write: see Guard.
type Guarded struct {
	dev backend.Device

	mu   sync.Mutex
	live map[*guarded]bool // true until Check has looked at it once
	err  error             // the first damage to a buffer that is gone
}

// Guard returns dev with guards before and after every buffer, which Check
// looks at, and with fresh buffers full of 0xFF: NaN in all float types, -1 or
// the largest number in others. Optional interfaces of dev are hidden, as they
// would not know of the guards.
func Guard(dev backend.Device) *Guarded {
	return &Guarded{dev: dev, live: map[*guarded]bool{}}
}

// A guarded buffer is the middle of one that is longer by two margins.
type guarded struct {
	g     *Guarded
	inner backend.Buffer
	n     int64
}

// A guardedHost is one that the host can reach.
type guardedHost struct{ guarded }

func (b *guarded) Len() int64 { return b.n }

func (b *guardedHost) Bytes() []byte {
	mem := b.inner.(backend.HostBuffer).Bytes()
	return mem[margin:][:b.n:b.n]
}

func (b *guarded) Free() {
	b.g.mu.Lock()
	defer b.g.mu.Unlock()
	if _, ok := b.g.live[b]; !ok {
		return
	}
	delete(b.g.live, b)
	if err := b.damage(); err != nil && b.g.err == nil {
		b.g.err = err
	}
	b.inner.Free()
}

// damage returns an error if a guard was written to.
func (b *guarded) damage() error {
	for _, at := range []int64{0, margin + b.n} {
		var side []byte
		if h, ok := b.inner.(backend.HostBuffer); ok {
			side = h.Bytes()[at:][:margin]
		} else {
			side = make([]byte, margin)
			if err := b.g.dev.Download(side, b.inner, at); err != nil {
				return fmt.Errorf("guard of a buffer of %d bytes: %w", b.n, err)
			}
		}
		if bytes.Equal(side, intact) {
			continue
		}
		for i, x := range side {
			if x != guardByte {
				return fmt.Errorf("byte %d of a buffer of %d bytes was overwritten", at+int64(i)-margin, b.n)
			}
		}
	}
	return nil
}

// Check waits for the device and returns an error if a guard was written to: of a
// buffer that was allocated since the last Check, or freed. What outlives its
// case, until its finalizer runs, is looked at again when it is freed.
func (g *Guarded) Check() error {
	if err := g.dev.Sync(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.err
	g.err = nil
	for b, fresh := range g.live {
		if fresh {
			err = errors.Join(err, b.damage())
			g.live[b] = false
		}
	}
	return err
}

// Live returns the number of buffers that are not freed yet.
func (g *Guarded) Live() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.live)
}

// Info returns that of the device.
func (g *Guarded) Info() backend.Info { return g.dev.Info() }

// Sync waits for the device.
func (g *Guarded) Sync() error { return g.dev.Sync() }

// Close closes the device.
func (g *Guarded) Close() error { return g.dev.Close() }

// Alloc returns a guarded buffer.
func (g *Guarded) Alloc(n int64) (backend.Buffer, error) {
	inner, err := g.dev.Alloc(n + 2*margin)
	if err != nil {
		return nil, err
	}
	fill := append(append(append(make([]byte, 0, n+2*margin), intact...), bytes.Repeat([]byte{0xff}, int(n))...), intact...)
	if err := g.dev.Upload(inner, 0, fill); err != nil {
		inner.Free()
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	b := guarded{g, inner, n}
	if _, ok := inner.(backend.HostBuffer); ok {
		h := &guardedHost{b}
		g.live[&h.guarded] = true
		return h, nil
	}
	g.live[&b] = true
	return &b, nil
}

func guardedOf(b backend.Buffer) (*guarded, error) {
	switch b := b.(type) {
	case *guarded:
		return b, nil
	case *guardedHost:
		return &b.guarded, nil
	}
	return nil, fmt.Errorf("conformance: guard: buffer is a %T, want one of this device", b)
}

// Upload copies to a buffer, within its bounds.
func (g *Guarded) Upload(dst backend.Buffer, off int64, src []byte) error {
	b, err := within(dst, off, len(src))
	if err != nil {
		return err
	}
	return g.dev.Upload(b.inner, margin+off, src)
}

// Download copies from a buffer, within its bounds.
func (g *Guarded) Download(dst []byte, src backend.Buffer, off int64) error {
	b, err := within(src, off, len(dst))
	if err != nil {
		return err
	}
	return g.dev.Download(dst, b.inner, margin+off)
}

func within(buf backend.Buffer, off int64, n int) (*guarded, error) {
	b, err := guardedOf(buf)
	if err == nil && (off < 0 || off+int64(n) > b.n) {
		err = fmt.Errorf("conformance: guard: %d bytes at offset %d of a buffer of %d", n, off, b.n)
	}
	return b, err
}

// Run passes host buffers on as they are: the device takes any. To others the
// operands are views further on in a longer buffer.
func (g *Guarded) Run(c *backend.Call) error {
	inner := *c
	var err error
	if inner.In, err = moved(c.In); err != nil {
		return err
	}
	if inner.Out, err = moved(c.Out); err != nil {
		return err
	}
	return g.dev.Run(&inner)
}

func moved(views []backend.View) ([]backend.View, error) {
	res := make([]backend.View, len(views))
	for i, v := range views {
		res[i] = v
		switch b := v.Buffer.(type) {
		case nil, *guardedHost:
		case *guarded:
			res[i].Buffer = b.inner
			res[i].Offset += margin / v.DType.Size()
		default:
			return nil, fmt.Errorf("conformance: guard: buffer is a %T, want one of this device", b)
		}
		if end := v.End() * v.DType.Size(); v.Buffer != nil && v.Numel() > 0 && int64(end) > v.Buffer.Len() {
			return nil, fmt.Errorf("conformance: guard: operand %d ends at byte %d of a buffer of %d", i, end, v.Buffer.Len())
		}
	}
	return res, nil
}
