package vulkan

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

// A page is memory from the driver.
type page struct {
	vkshim.Memory
	dev     *device
	bytes   int64
	lastUse uint64 // number of the last batch that uses it
	freed   bool
}

// A buffer is a page or a part of one.
type buffer struct {
	*page
	off, n int64
	whole  bool
}

func (b *buffer) Len() int64 { return b.n }

// Free gives a page back once the batches that use it are done. Of a part it
// does nothing: that ends with its page.
func (b *buffer) Free() {
	if !b.whole {
		return
	}
	d := b.dev
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.vk == nil || b.freed {
		return
	}
	b.freed = true
	d.drop(b.page)
}

// Slice makes the pool cut small buffers from larger ones: drivers limit how
// many there are.
func (d *device) Slice(b backend.Buffer, off, n int64) backend.Buffer {
	of := b.(*buffer)
	return &buffer{page: of.page, off: of.off + off, n: n}
}

func (d *device) Alloc(n int64) (backend.Buffer, error) {
	if n < 0 {
		return nil, fmt.Errorf("vulkan: cannot allocate %d bytes", n)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return nil, d.broken
	}
	p, err := d.newPage(n)
	if err != nil {
		return nil, err
	}
	return &buffer{page: p, n: n, whole: true}, nil
}

// newPage takes a page of at least n bytes. Kernels read whole words, and a
// binding is never empty.
func (d *device) newPage(n int64) (*page, error) {
	bytes := max(n+255, 256) &^ 255
	// Drivers that use the machine's own memory grant what is not there.
	if !d.affords(bytes) {
		if err := d.reclaim(); err != nil {
			return nil, err
		}
		if !d.affords(bytes) {
			return nil, &backend.MemoryError{Device: d.info.Name, Requested: n, InUse: d.held, Limit: d.info.Memory}
		}
	}
	m, err := d.take(bytes, false)
	if errors.Is(err, backend.ErrOutOfMemory) && d.broken == nil {
		err = &backend.MemoryError{Device: d.info.Name, Requested: n, InUse: d.held, Cause: err}
	}
	if err != nil {
		return nil, err
	}
	p := &page{Memory: m, dev: d, bytes: bytes}
	d.pages[p] = struct{}{}
	d.held += bytes
	return p, nil
}

// affords reports whether so many bytes are within the device's memory, and within
// what the driver says is left of it for this process.
func (d *device) affords(bytes int64) bool {
	if d.info.Memory > 0 && bytes > d.info.Memory-d.held {
		return false
	}
	left, known := d.left()
	return !known || bytes <= left
}

// drop gives a page back once its last batch has ended.
func (d *device) drop(p *page) {
	delete(d.pages, p)
	d.held -= p.bytes
	d.release(p.Memory, p.lastUse)
}

// take takes memory from the driver.
func (d *device) take(bytes int64, host bool) (m vkshim.Memory, err error) {
	err = d.retry(func() (err error) {
		m, err = d.vk.Alloc(bytes, host)
		return err
	})
	return m, err
}

// retry calls f, and if the driver is out of memory once more after all was
// given up that can be. The batch being recorded may be sent off.
func (d *device) retry(f func() error) error {
	err := typed(f())
	if !errors.Is(err, backend.ErrOutOfMemory) {
		if errors.Is(err, backend.ErrDeviceLost) {
			return d.fail(err)
		}
		return err
	}
	if lost := d.reclaim(); lost != nil {
		return lost
	}
	return typed(f())
}

// reclaim waits for all batches, whose garbage is freed then, and frees what is
// kept for reuse.
func (d *device) reclaim() error {
	if err := d.finish(); err != nil {
		return err
	}
	for _, p := range d.spare {
		d.drop(p)
	}
	d.spare = d.spare[:0]
	for _, m := range d.host {
		d.vk.Free(m)
	}
	d.host = d.host[:0]
	return nil
}

// own returns the device's buffer behind b.
func (d *device) own(b backend.Buffer) (*buffer, error) {
	v, ok := b.(*buffer)
	switch {
	case !ok:
		return nil, fmt.Errorf("buffer is a %T, want one of this device", b)
	case v.dev != d:
		return nil, fmt.Errorf("buffer belongs to %s", v.dev.info.Name)
	case v.freed:
		return nil, fmt.Errorf("buffer is used after it was freed")
	}
	return v, nil
}
