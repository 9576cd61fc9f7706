//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import "unsafe"

// Asynchronous copies happen as late as they may: when something comes after them in
// the stream, or an event behind them is waited for. So memory that is used again too
// early shows.
var stageCallbacks = map[string]any{
	"cuMemAllocHost_v2": func(out *unsafe.Pointer, n uintptr) uintptr {
		return inContext("cuMemAllocHost_v2", func(m *Machine, _ *device) uint32 {
			b := make([]byte, n)
			*out = unsafe.Pointer(unsafe.SliceData(b))
			m.pinned[uintptr(*out)] = b
			return success
		})
	},
	"cuMemFreeHost": func(p uintptr) uintptr {
		return inContext("cuMemFreeHost", func(m *Machine, _ *device) uint32 {
			if m.pinned[p] == nil {
				return invalidValue
			}
			delete(m.pinned, p)
			return success
		})
	},
	"cuMemcpyHtoDAsync_v2": func(dst, src, n, stream uintptr) uintptr {
		return atomically("cuMemcpyHtoDAsync_v2", func(m *Machine, d *device) uint32 {
			from, to := m.pinned[src], d.mem.Bytes(uint64(dst), int64(n))
			if len(from) < int(n) || to == nil || stream != 0 {
				return invalidValue
			}
			m.Copies++
			m.late = append(m.late, func() { copy(to, from[:n]) })
			return success
		})
	},
	"cuEventCreate": func(out *uintptr, flags uintptr) uintptr {
		return atomically("cuEventCreate", func(m *Machine, _ *device) uint32 {
			*out = m.newHandle()
			m.events[*out] = true
			return success
		})
	},
	"cuEventRecord": func(e, stream uintptr) uintptr {
		return atomically("cuEventRecord", func(m *Machine, _ *device) uint32 {
			if !m.events[e] {
				return invalidHandle
			}
			return success
		})
	},
	"cuEventSynchronize": func(e uintptr) uintptr {
		return inContext("cuEventSynchronize", func(m *Machine, _ *device) uint32 {
			if !m.events[e] {
				return invalidHandle
			}
			return success
		})
	},
	"cuEventDestroy_v2": func(e uintptr) uintptr {
		return inContext("cuEventDestroy_v2", func(m *Machine, _ *device) uint32 {
			if !m.events[e] {
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
		d := m.context(currentContext.Load())
		if d == nil {
			return invalidContext
		}
		return f(m, d)
	})
}

// settle makes the copies that are due.
func (m *Machine) settle() {
	for _, f := range m.late {
		f()
	}
	m.late = nil
}

// Pinned returns how many events and pieces of pinned memory were not given back.
func (m *Machine) Pinned() int { return len(m.events) + len(m.pinned) }
