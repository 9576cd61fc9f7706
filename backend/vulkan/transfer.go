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
	at := b.off + off
	if b.Mapped != nil && !d.staging && b.lastUse <= d.stream.done {
		copy(b.Mapped[at:], src)
		return nil
	}
	for len(src) > 0 {
		if err := d.begin(); err != nil {
			return err
		}
		m, from, n, err := d.stage(len(src))
		if err != nil {
			return err
		}
		copy(m.Mapped[from:], src[:n])
		d.copy(m.Buffer, from, b, at, int64(n))
		src, at = src[n:], at+int64(n)
	}
	return nil
}

// stage returns room for up to n bytes in a staging buffer that lives as long
// as the batch being recorded.
func (d *device) stage(n int) (m vkshim.Memory, at int64, got int, err error) {
	s := d.stream.current
	if int64(n) <= stagingBytes-s.staged {
		at = s.staged
		s.staged += int64(n+15) &^ 15
		return s.staging, at, n, nil
	}
	n = min(n, maxStaging)
	if m, err = d.vk.Alloc(int64(n+15)&^15, true); err != nil {
		return m, 0, 0, typed(err)
	}
	s.garbage = append(s.garbage, m)
	return m, 0, n, nil
}

// copy enqueues a copy from a staging buffer.
func (d *device) copy(from uint64, at int64, b *buffer, to, n int64) {
	d.order(access{b.Buffer, to, to + n, true})
	d.stream.words = append(d.stream.words, vkshim.OpCopy, from, b.Buffer, uint64(at), uint64(to), uint64(n))
	d.stream.last = "upload"
	b.lastUse = d.stream.number
}

// Download waits for what uses src and reads.
func (d *device) Download(dst []byte, src backend.Buffer, off int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, err := d.span("download", src, off, len(dst))
	if err != nil || len(dst) == 0 {
		return err
	}
	at := b.off + off
	if b.Mapped != nil && b.Cached && !d.staging {
		if err := d.waitFor(b.lastUse); err != nil {
			return err
		}
		copy(dst, b.Mapped[at:])
		return nil
	}
	for len(dst) > 0 {
		if err := d.begin(); err != nil {
			return err
		}
		m, to, n, err := d.stage(len(dst))
		if err != nil {
			return err
		}
		d.order(access{b.Buffer, at, at + int64(n), false})
		d.stream.words = append(d.stream.words, vkshim.OpCopy, b.Buffer, m.Buffer, uint64(at), uint64(to), uint64(n))
		d.stream.last = "download"
		b.lastUse = d.stream.number
		// The staging buffer is freed with its batch: read it before that.
		slot := d.stream.current
		if err := d.flush(); err != nil {
			return err
		}
		if err := d.vk.Wait(slot.batch, ^uint64(0)); err != nil {
			return d.fail(err)
		}
		copy(dst[:n], m.Mapped[to:])
		dst, at = dst[n:], at+int64(n)
	}
	return nil
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
