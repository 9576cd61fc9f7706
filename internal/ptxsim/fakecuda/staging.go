//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import "unsafe"

// Asynchronous copies happen as late as they may: when something comes after them in
// the stream, or an event behind them is waited for. So memory that is used again too
// early shows.
var stageCallbacks = map[string]any{
	"cuMemAllocHost_v2": func(out *unsafe.Pointer, n uintptr) uintptr {
		return inContext("cuMemAllocHost_v2", func(m *Machine, d *device) uint32 {
			b := make([]byte, n)
			*out = unsafe.Pointer(unsafe.SliceData(b))
			m.pinned[uintptr(*out)] = pinned{d, b}
			return success
		})
	},
	"cuMemFreeHost": func(p uintptr) uintptr {
		return inContext("cuMemFreeHost", func(m *Machine, _ *device) uint32 {
			if m.pinned[p].bytes == nil {
				return invalidValue
			}
			delete(m.pinned, p)
			return success
		})
	},
	"cuMemcpyHtoDAsync_v2": func(dst, src, n, stream uintptr) uintptr {
		return atomically("cuMemcpyHtoDAsync_v2", func(m *Machine, d *device) uint32 {
			from, to := m.pinned[src].bytes, d.mem.Bytes(uint64(dst), int64(n))
			if len(from) < int(n) || to == nil || stream != 0 {
				return invalidValue
			}
			m.Copies++
			d.late = append(d.late, func() { copy(to, from[:n]) })
			return success
		})
	},
	"cuEventCreate": func(out *uintptr, flags uintptr) uintptr {
		return atomically("cuEventCreate", func(m *Machine, d *device) uint32 {
			*out = m.newHandle()
			m.events[*out] = &event{device: d}
			return success
		})
	},
	"cuEventRecord": func(e, stream uintptr) uintptr {
		return atomically("cuEventRecord", func(m *Machine, d *device) uint32 {
			if m.events[e] == nil || stream != 0 {
				return invalidHandle
			}
			*m.events[e] = event{d, d.settled + len(d.late)}
			return success
		})
	},
	"cuEventSynchronize": func(e uintptr) uintptr {
		return atomically("cuEventSynchronize", func(m *Machine, _ *device) uint32 {
			if m.events[e] == nil {
				return invalidHandle
			}
			m.events[e].wait()
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
	f := d.late[0]
	d.late = d.late[1:]
	d.settled++
	f()
}

// pinned is memory of the host that a context has.
type pinned struct {
	device *device
	bytes  []byte
}

// An event is a place in the stream of a device: how many copies come before it.
type event struct {
	device *device
	copies int
}

// wait makes the copies before the event.
func (e *event) wait() {
	for e.device != nil && e.device.settled < e.copies {
		e.device.next()
	}
}

// Pinned returns how many events and pieces of pinned memory were not given back.
func (m *Machine) Pinned() int { return len(m.events) + len(m.pinned) }
