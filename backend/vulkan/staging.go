package vulkan

import (
	"math/bits"

	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

const (
	chunk     = 32 << 20 // bytes of a transfer that go by one staging buffer
	maxHost   = 4        // staging buffers kept when nobody uses them
	leastHost = 64 << 10 // bytes of one
)

// takeHost returns memory of the host with room for n bytes that is nobody
// else's until giveHost.
func (d *device) takeHost(n int) (vkshim.Memory, error) {
	best := -1
	for i, m := range d.host {
		if len(m.Mapped) >= n && (best < 0 || len(m.Mapped) < len(d.host[best].Mapped)) {
			best = i
		}
	}
	if best < 0 {
		return d.take(max(leastHost, int64(1)<<bits.Len(uint(n-1))), true)
	}
	m := d.host[best]
	d.host = append(d.host[:best], d.host[best+1:]...)
	return m, nil
}

func (d *device) giveHost(m vkshim.Memory) {
	if d.vk == nil {
		return
	}
	d.host = append(d.host, m)
	if len(d.host) > maxHost {
		d.vk.Free(d.host[0])
		d.host = append(d.host[:0], d.host[1:]...)
	}
}

// stage returns room for n bytes in a staging buffer that lives as long as the
// batch being recorded.
func (d *device) stage(n int) (m vkshim.Memory, at int64, err error) {
	if err := d.begin(); err != nil {
		return m, 0, err
	}
	s := d.stream.current
	if int64(n) <= stagingBytes-s.staged {
		at = s.staged
		s.staged += int64(n+15) &^ 15
		return s.staging, at, nil
	}
	// For want of memory this may send the batch off.
	if m, err = d.takeHost(n); err != nil {
		return m, 0, err
	}
	if err := d.begin(); err != nil {
		d.giveHost(m)
		return m, 0, err
	}
	d.stream.current.borrow = append(d.stream.current.borrow, m)
	return m, 0, nil
}
