//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import "unsafe"

// A link is a linker's state.
type link struct {
	device  *device
	image   []byte
	options uintptr
	keys    *uint32
	values  *unsafe.Pointer
}

var linkCallbacks = map[string]any{
	"cuLinkCreate_v2": func(n uintptr, keys *uint32, values *unsafe.Pointer, out *uintptr) uintptr {
		return inContext("cuLinkCreate_v2", func(m *Machine, d *device) uint32 {
			*out = m.newHandle()
			m.links[*out] = &link{device: d, options: n, keys: keys, values: values}
			return success
		})
	},
	"cuLinkAddData_v2": func(state, kind uintptr, data *byte, n uintptr, name, options, keys, values uintptr) uintptr {
		return inContext("cuLinkAddData_v2", func(m *Machine, _ *device) uint32 {
			l := m.links[state]
			switch {
			case l == nil:
				return invalidHandle
			case kind != 1 || n == 0 || unsafe.Slice(data, n)[n-1] != 0: // PTX ends with a zero
				return invalidValue
			}
			text := cString(data)
			if _, result, log := m.compile(text); result != success {
				say(log, l.options, l.keys, l.values)
				return result
			}
			l.image = m.image(text)
			return success
		})
	},
	"cuLinkComplete": func(state uintptr, out *unsafe.Pointer, size *uintptr) uintptr {
		return inContext("cuLinkComplete", func(m *Machine, _ *device) uint32 {
			l := m.links[state]
			if l == nil || l.image == nil {
				return invalidHandle
			}
			m.Linked++
			*out, *size = unsafe.Pointer(unsafe.SliceData(l.image)), uintptr(len(l.image))
			return success
		})
	},
	"cuLinkDestroy": func(state uintptr) uintptr {
		return inContext("cuLinkDestroy", func(m *Machine, _ *device) uint32 {
			l := m.links[state]
			if l == nil {
				return invalidHandle
			}
			clear(l.image) // it is the state's
			delete(m.links, state)
			return success
		})
	},
}
