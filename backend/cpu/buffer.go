package cpu

import (
	"fmt"
	"sync/atomic"
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

// small is a buffer of up to as many bytes as M has, in one object with them.
type small[M [48]byte | [112]byte | [240]byte | [496]byte] struct {
	n     int32
	freed atomic.Bool
	_     [8]byte // elements begin where a register of 16 bytes may
	mem   M
}

func (b *small[M]) Len() int64 { return int64(b.n) }
func (b *small[M]) Free()      { b.freed.Store(true) }
func (b *small[M]) Collected() {}

// Bytes returns nil after Free.
func (b *small[M]) Bytes() []byte {
	if b.freed.Load() {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&b.mem)), b.n)
}

// AllocCollected serves requests of up to 496 bytes. They are not counted.
func (d *device) AllocCollected(bytes int64) backend.Collected {
	switch {
	case bytes < 0 || bytes > 496 || d.closed.Load():
		return nil
	case bytes <= 48:
		return &small[[48]byte]{n: int32(bytes)}
	case bytes <= 112:
		return &small[[112]byte]{n: int32(bytes)}
	case bytes <= 240:
		return &small[[240]byte]{n: int32(bytes)}
	}
	return &small[[496]byte]{n: int32(bytes)}
}
