package vulkan

import (
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
	delete(d.pages, b.page)
	d.release(b.page.Memory, b.lastUse)
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
	// Kernels read whole words, and a binding is never empty.
	bytes := max(n+255, 256) &^ 255
	// Drivers that use the machine's own memory grant what is not there.
	if d.info.Memory > 0 && bytes > d.info.Memory-d.inUse() {
		return nil, &backend.MemoryError{Device: d.info.Name, Requested: n, InUse: d.inUse(), Limit: d.info.Memory}
	}
	m, err := d.vk.Alloc(bytes, false)
	if err != nil {
		if err = typed(err); d.finish() == nil { // frees what waited for its batch
			m, err = d.vk.Alloc(bytes, false)
		}
		if err != nil {
			return nil, &backend.MemoryError{Device: d.info.Name, Requested: n, InUse: d.inUse(), Cause: err}
		}
	}
	p := &page{Memory: m, dev: d, bytes: bytes}
	d.pages[p] = struct{}{}
	return &buffer{page: p, n: n, whole: true}, nil
}

func (d *device) inUse() int64 {
	var sum int64
	for p := range d.pages {
		sum += p.bytes
	}
	return sum
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
