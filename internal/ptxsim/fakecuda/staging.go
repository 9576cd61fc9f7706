//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import (
	"fmt"
	"unsafe"
)

// Asynchronous copies happen as late as they may: when something comes after them in
// the stream, or an event behind them is waited for. So memory that is used again too
// early shows.
var stageCallbacks = map[string]any{
	"cuMemAllocHost_v2": func(out *unsafe.Pointer, n uintptr) uintptr {
		return inContext("cuMemAllocHost_v2", func(m *Machine, d *device) uint32 {
			if n == 0 {
				return invalidValue
			}
			if r := m.unsafe(); r != success {
				return r
			}
			b := make([]byte, n)
			*out = unsafe.Pointer(unsafe.SliceData(b))
			m.pinned[uintptr(*out)] = pinned{d, b}
			return success
		})
	},
	"cuMemFreeHost": func(p uintptr) uintptr {
		return atomically("cuMemFreeHost", func(m *Machine, _ *device) uint32 {
			if m.pinned[p].bytes == nil {
				return invalidValue
			}
			if r := m.unsafe(); r != success {
				return r
			}
			m.unpin(p)
			return success
		})
	},
	"cuMemcpyHtoDAsync_v2": func(dst, src, n, stream uintptr) uintptr {
		return atomically("cuMemcpyHtoDAsync_v2", func(m *Machine, d *device) uint32 {
			from, to := m.pinned[src].bytes, d.mem.Bytes(uint64(dst), int64(n))
			if len(from) < int(n) || to == nil {
				return invalidValue
			}
			return m.enqueue(d, stream, func() uint32 {
				m.Copies++
				d.late = append(d.late, late{src, func() { copy(to, from[:n]) }})
				return success
			})
		})
	},
	"cuEventCreate": func(out *uintptr, flags uintptr) uintptr {
		return atomically("cuEventCreate", func(m *Machine, d *device) uint32 {
			if flags > 7 {
				return invalidValue
			}
			*out = m.newHandle()
			m.events[*out] = &event{device: d}
			return success
		})
	},
	"cuEventRecord": func(h, stream uintptr) uintptr {
		return atomically("cuEventRecord", func(m *Machine, d *device) uint32 {
			e := m.events[h]
			if e == nil || e.device != d {
				return invalidHandle
			}
			s, r := m.stream(d, stream)
			switch {
			case r != success:
				return r
			case s != nil && s.capture == nil:
				return invalidHandle
			case s != nil && s.capture.invalid:
				return captureInvalidated
			case s != nil:
				*e = event{device: d, capture: s.capture, stream: s}
			default:
				*e = event{device: d, copies: d.settled + len(d.late)}
			}
			return success
		})
	},
	"cuEventSynchronize": func(h uintptr) uintptr {
		return atomically("cuEventSynchronize", func(m *Machine, _ *device) uint32 {
			e := m.events[h]
			switch {
			case e == nil:
				return invalidHandle
			case e.capture != nil:
				e.capture.invalid = true
				return capturedEvent
			}
			e.wait()
			return success
		})
	},
	"cuEventDestroy_v2": func(e uintptr) uintptr {
		return inContext("cuEventDestroy_v2", func(m *Machine, _ *device) uint32 {
			if m.events[e] == nil {
				return invalidHandle
			}
			delete(m.events, e)
			return success
		})
	},
}

// unpin gives pinned memory back. Copies that are still to come from it are the
// program's mistake: they find other bytes there.
func (m *Machine) unpin(p uintptr) {
	for _, d := range m.devices {
		for _, l := range d.late {
			if l.host == p {
				spoil(m.pinned[p].bytes)
				m.Fault = fmt.Errorf("pinned memory %#x is freed while a copy from it is under way", p)
			}
		}
	}
	delete(m.pinned, p)
}

func spoil(b []byte) {
	for i := range b {
		b[i] = 0xff
	}
}

// late is a copy that is under way.
type late struct {
	host uintptr // the pinned memory that it reads, or 0
	copy func()
}

// atomically is inContext without the copies that are due.
func atomically(name string, f func(m *Machine, d *device) uint32) uintptr {
	return simple(name, func(m *Machine) uint32 {
		d, r := m.device()
		if r != success {
			return r
		}
		return f(m, d)
	})
}

// settle makes the copies that are due.
func (d *device) settle() {
	for len(d.late) > 0 {
		d.next()
	}
}

// next makes the first copy that is due.
func (d *device) next() {
	l := d.late[0]
	d.late = d.late[1:]
	d.settled++
	l.copy()
}

// pinned is memory of the host that a context has.
type pinned struct {
	device *device
	bytes  []byte
}

// An event is a place in the stream of a device: how many copies come before it.
type event struct {
	device  *device
	copies  int
	capture *capture // that it was recorded in last, in stream
	stream  *stream
}

// wait makes the copies before the event.
func (e *event) wait() {
	for e.device != nil && e.device.settled < e.copies {
		e.device.next()
	}
}

// Pinned returns how many events and pieces of pinned memory were not given back.
func (m *Machine) Pinned() int { return len(m.events) + len(m.pinned) + m.lost.pinned }
