package vulkan

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

// Upload writes straight to memory that the host can reach while nothing uses
// it; else it copies to a staging buffer, and enqueues a copy from there.
func (d *device) Upload(dst backend.Buffer, off int64, src []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, err := d.span("upload", dst, off, len(src))
	if err != nil || len(src) == 0 {
		return err
	}
	return d.write(b, b.off+off, src)
}

// write is Upload to a place of b's page.
func (d *device) write(b *buffer, at int64, src []byte) error {
	if b.Mapped != nil && !d.staging {
		if b.lastUse > d.stream.done {
			d.reap()
		}
		if b.lastUse <= d.stream.done {
			copy(b.Mapped[at:], src)
			return nil
		}
	}
	for len(src) > 0 {
		n := min(len(src), chunk)
		m, from, err := d.stage(n)
		if err != nil {
			return err
		}
		copy(m.Mapped[from:], src[:n])
		d.transfer("upload", b, at, int64(n), true)
		d.stream.words = append(d.stream.words, vkshim.OpCopy, m.Buffer, b.Buffer, uint64(from), uint64(at), uint64(n))
		src, at = src[n:], at+int64(n)
		if n == chunk { // the device can begin
			if err := d.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// transfer makes a copy of n bytes at a place of b, about to be recorded, come
// after what it conflicts with.
func (d *device) transfer(what string, b *buffer, at, n int64, write bool) {
	list := [...]access{{b.Buffer, at, at + n, write}}
	d.order(list[:])
	c := d.stream.current
	c.cost += d.cost(0, 0, n)
	c.trace.add(what)
	b.lastUse = c.number
}

// transferDense enqueues a copy of views without gaps. The drivers that run on
// the CPU do that as fast as memory allows, and no kernel of theirs does.
func (d *device) transferDense(to, from *backend.View) error {
	x, err := d.own(from.Buffer)
	if err != nil {
		return err
	}
	y, err := d.own(to.Buffer)
	if err != nil {
		return err
	}
	size := int64(to.DType.Size())
	a, b := x.off+int64(from.Offset)*size, y.off+int64(to.Offset)*size
	if x.Buffer == y.Buffer && a == b {
		return nil // onto itself, which the command may not do
	}
	n, cost := int64(to.Numel())*size, d.cost(0, 0, 2*int64(to.Numel())*size)
	if d.full(0, 0, cost) {
		if err := d.flush(); err != nil {
			return err
		}
	}
	if err := d.begin(); err != nil {
		return err
	}
	s := &d.stream
	list := [...]access{{x.Buffer, a, a + n, false}, {y.Buffer, b, b + n, true}}
	d.order(list[:])
	s.words = append(s.words, vkshim.OpCopy, x.Buffer, y.Buffer, uint64(a), uint64(b), uint64(n))
	x.lastUse, y.lastUse = s.number, s.number
	s.launches++
	s.current.cost += cost
	s.current.trace.add("copy")
	return nil
}

// Download waits for what uses src and reads. Others can enqueue meanwhile.
func (d *device) Download(dst []byte, src backend.Buffer, off int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, err := d.span("download", src, off, len(dst))
	if err != nil || len(dst) == 0 {
		return err
	}
	if err := d.read(dst, b, b.off+off); err != nil {
		return err
	}
	return d.badIndex()
}

// read is Download from a place of b's page.
func (d *device) read(dst []byte, b *buffer, at int64) error {
	if b.Mapped != nil && b.Cached && !d.staging {
		if err := d.await(b.lastUse); err != nil {
			return err
		}
		copy(dst, b.Mapped[at:])
		return nil
	}
	for len(dst) > 0 {
		n := min(len(dst), chunk)
		if err := d.fetch(dst[:n], b, at); err != nil {
			return err
		}
		dst, at = dst[n:], at+int64(n)
	}
	return nil
}

// fetch downloads by a staging buffer.
func (d *device) fetch(dst []byte, b *buffer, at int64) error {
	m, err := d.takeHost(len(dst))
	if err != nil {
		return err
	}
	if err := d.begin(); err != nil {
		d.giveHost(m)
		return err
	}
	d.transfer("download", b, at, int64(len(dst)), false)
	d.stream.words = append(d.stream.words, vkshim.OpCopy, b.Buffer, m.Buffer, uint64(at), 0, uint64(len(dst)))
	if err := d.await(d.stream.number); err != nil {
		d.orphan(m)
		return err
	}
	copy(dst, m.Mapped)
	d.giveHost(m)
	return nil
}

// orphan has a staging buffer freed with the device, which may still write it.
func (d *device) orphan(m vkshim.Memory) {
	if d.vk != nil {
		s := &d.stream.slots[d.stream.number%slots]
		s.garbage = append(s.garbage, m)
	}
}

// span returns the buffer of n bytes at off of b.
func (d *device) span(what string, b backend.Buffer, off int64, n int) (*buffer, error) {
	if d.broken != nil {
		return nil, d.broken
	}
	v, err := d.own(b)
	if err != nil {
		return nil, fmt.Errorf("vulkan: %s: %w", what, err)
	}
	if off < 0 || off > v.n || int64(n) > v.n-off {
		return nil, fmt.Errorf("vulkan: %s: %d bytes at offset %d of a buffer of %d", what, n, off, v.n)
	}
	return v, nil
}
