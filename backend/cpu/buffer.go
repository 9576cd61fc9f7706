package cpu

import (
	"fmt"
	"unsafe"

	"github.com/hekla-ml/hekla/backend"
)

// align is the start of every buffer, in bytes: a cache line and the widest
// register.
const align = 64

// buffer is host memory. It is free once nobody holds it: the garbage collector
// takes it back. Reuse without that is backend.Pool's business.
type buffer struct {
	mem []byte
	dev *device
}

func (b *buffer) Len() int64    { return int64(len(b.mem)) }
func (b *buffer) Bytes() []byte { return b.mem }

func (b *buffer) Free() {
	b.dev.inUse.Add(-int64(len(b.mem)))
	b.mem = nil
}

// Alloc refuses what cannot fit into the machine's memory: Go would end the
// program.
func (d *device) Alloc(bytes int64) (backend.Buffer, error) {
	if d.closed.Load() {
		return nil, fmt.Errorf("cpu: alloc: %w", backend.ErrClosed)
	}
	if bytes < 0 {
		return nil, fmt.Errorf("cpu: alloc of %d bytes", bytes)
	}
	limit := d.info.Memory
	if limit == 0 {
		limit = 1 << 46 // what Go can address
	}
	if used := d.inUse.Add(bytes); used > limit || used < 0 {
		d.inUse.Add(-bytes)
		return nil, &backend.MemoryError{Device: d.info.Name, Requested: bytes, InUse: used - bytes, Limit: d.info.Memory}
	}
	mem := make([]byte, bytes+align)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(mem))) % align
	return &buffer{mem[skip:][:bytes:bytes], d}, nil
}
