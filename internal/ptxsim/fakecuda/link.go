//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import (
	"strings"
	"unsafe"

	"github.com/hekla-ml/hekla/internal/ptxsim"
)

// linked marks a compiled form: here it is the text behind a line.
const linked = "compiled by the interpreted GPU's driver\n"

// A link is a linker's state.
type link struct{ image []byte }

var linkCallbacks = map[string]any{
	"cuLinkCreate_v2": func(n uintptr, keys, values unsafe.Pointer, out *uintptr) uintptr {
		return inContext("cuLinkCreate_v2", func(m *Machine, _ *device) uint32 {
			*out = m.newHandle()
			m.links[*out] = &link{}
			return success
		})
	},
	"cuLinkAddData_v2": func(state, kind uintptr, data *byte, n uintptr, name, options, keys, values uintptr) uintptr {
		return inContext("cuLinkAddData_v2", func(m *Machine, _ *device) uint32 {
			l := m.links[state]
			if l == nil || kind != 1 {
				return invalidHandle
			}
			text := cString(data)
			if _, err := ptxsim.Load(text); err != nil {
				return invalidPTX
			}
			l.image = []byte(linked + text + "\x00")
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
			delete(m.links, state)
			return success
		})
	},
}

// unlinked returns the text of a compiled form, or what is none as it is.
func unlinked(image string) string { return strings.TrimPrefix(image, linked) }
