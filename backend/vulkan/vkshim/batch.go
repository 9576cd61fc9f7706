//go:build cgo && ((linux && !android) || windows || vulkan)

package vkshim

// #include "shim.h"
import "C"

import "unsafe"

// A Batch is a command buffer and what it needs.
type Batch struct{ c *C.Batch }

// NewBatch makes a batch of up to that many dispatches, which bind that many
// buffers together, and that many stamps.
func (d *Device) NewBatch(dispatches, buffers, stamps int) (*Batch, error) {
	var b *C.Batch
	if err := result(C.hekla_batch(d.c, C.uint32_t(dispatches), C.uint32_t(buffers), C.uint32_t(stamps), &b)); err != nil {
		return nil, err
	}
	return &Batch{b}, nil
}

// FreeBatch gives a batch back that is not under way.
func (d *Device) FreeBatch(b *Batch) { C.hekla_batch_free(d.c, b.c) }

// Submit replays a stream, which uses so many stamps, into b and sends it off.
// b must not be under way, and number must be larger than that of any batch
// before.
func (d *Device) Submit(b *Batch, stream []uint64, stamps int, number uint64) error {
	first := (*C.uint64_t)(unsafe.Pointer(unsafe.SliceData(stream)))
	return result(C.hekla_submit(d.c, b.c, first, C.size_t(len(stream)), C.uint32_t(stamps), C.uint64_t(number), C.uint64_t(d.freed)))
}

// Wait waits for b, which was submitted with that number, at most for some
// nanoseconds: then it returns Timeout.
func (d *Device) Wait(b *Batch, number, nanoseconds uint64) error {
	return result(C.hekla_wait(d.c, b.c, C.uint64_t(number), C.uint64_t(nanoseconds)))
}

// Done returns the number of the last batch that has ended, without waiting. It
// is 0 on a device that is not Timeline.
func (d *Device) Done() (uint64, error) {
	var n C.uint64_t
	err := result(C.hekla_done(d.c, &n))
	return uint64(n), err
}

// Stamps reads the first stamps of a batch that has ended.
func (d *Device) Stamps(b *Batch, to []uint64) error {
	return result(C.hekla_stamps(d.c, b.c, C.uint32_t(len(to)), (*C.uint64_t)(unsafe.Pointer(unsafe.SliceData(to)))))
}
