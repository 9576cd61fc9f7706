//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import (
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/hekla-ml/hekla/internal/ptxsim"
)

// callbacks are the entry points, by name. Parameters have the size that C
// passes: a word each.
var callbacks = sync.OnceValue(func() map[string]uintptr {
	table := map[string]uintptr{}
	for name, f := range map[string]any{
		"cuInit": func(uintptr) uintptr { return simple("cuInit", func(m *Machine) uint32 { return m.init() }) },
		"cuDriverGetVersion": func(v *int32) uintptr {
			return simple("cuDriverGetVersion", func(m *Machine) uint32 { *v = int32(m.Version); return 0 })
		},
		"cuDeviceGetCount": func(n *int32) uintptr {
			return simple("cuDeviceGetCount", func(m *Machine) uint32 { *n = int32(len(m.devices)); return 0 })
		},
		"cuDeviceGet": func(d *int32, i uintptr) uintptr {
			return simple("cuDeviceGet", func(m *Machine) uint32 {
				if int(i) >= len(m.devices) {
					return invalidDevice
				}
				*d = int32(i)
				return 0
			})
		},
		"cuDeviceGetName": func(p *byte, n, d uintptr) uintptr {
			return onDevice("cuDeviceGetName", d, func(*Machine, *device) uint32 {
				copy(unsafe.Slice(p, n), "Interpreted GPU\x00")
				return 0
			})
		},
		"cuDeviceGetUuid": func(p *byte, d uintptr) uintptr {
			return onDevice("cuDeviceGetUuid", d, func(*Machine, *device) uint32 {
				copy(unsafe.Slice(p, 16), "fake GPU number")
				unsafe.Slice(p, 16)[15] = byte(d)
				return 0
			})
		},
		"cuDeviceGetAttribute": func(v *int32, attr, d uintptr) uintptr {
			return onDevice("cuDeviceGetAttribute", d, func(m *Machine, _ *device) uint32 {
				x, ok := map[uintptr]int32{8: ptxsim.StaticShared, 16: 4, 18: 0, 75: int32(m.Major), 76: int32(m.Minor), 97: int32(m.optIn())}[attr]
				if !ok {
					return invalidValue
				}
				*v = x
				return 0
			})
		},
		"cuDeviceTotalMem_v2": func(v *uint64, d uintptr) uintptr {
			return onDevice("cuDeviceTotalMem_v2", d, func(m *Machine, _ *device) uint32 { *v = uint64(m.Memory); return 0 })
		},
		"cuDevicePrimaryCtxRetain": func(c *uintptr, d uintptr) uintptr {
			return onDevice("cuDevicePrimaryCtxRetain", d, func(m *Machine, dev *device) uint32 {
				if dev.users++; dev.context == 0 {
					dev.context = m.newHandle()
				}
				dev.active = true
				*c = dev.context
				return 0
			})
		},
		"cuDevicePrimaryCtxRelease_v2": func(d uintptr) uintptr {
			return onDevice("cuDevicePrimaryCtxRelease_v2", d, func(m *Machine, dev *device) uint32 {
				if dev.users == 0 {
					return invalidContext
				}
				if dev.users--; dev.users == 0 && dev.active {
					dev.giveBack(m, int(d))
				}
				return 0
			})
		},
		"cuDevicePrimaryCtxReset_v2": func(d uintptr) uintptr {
			return onDevice("cuDevicePrimaryCtxReset_v2", d, func(m *Machine, dev *device) uint32 {
				dev.end(m, int(d))
				return 0
			})
		},
		"cuCtxSetCurrent": func(c uintptr) uintptr {
			return simple("cuCtxSetCurrent", func(m *Machine) uint32 {
				if d := m.context(c); c != 0 && (d == nil || !d.active) {
					return invalidContext
				}
				m.threads[thread()] = c
				return 0
			})
		},
		"cuCtxSynchronize": func() uintptr {
			return inContext("cuCtxSynchronize", func(m *Machine, d *device) uint32 { return m.waits(d) })
		},
		"cuMemAlloc_v2": func(p *uint64, n uintptr) uintptr {
			return inContext("cuMemAlloc_v2", func(m *Machine, d *device) uint32 {
				if n == 0 {
					return invalidValue
				}
				if r := m.unsafe(); r != success {
					return r
				}
				addr, ok := d.mem.Alloc(int64(n))
				if !ok {
					return outOfMemory
				}
				*p = addr
				return 0
			})
		},
		"cuMemFree_v2": func(p uintptr) uintptr {
			return inContext("cuMemFree_v2", func(m *Machine, d *device) uint32 {
				if r := m.unsafe(); r != success {
					return r
				}
				if d.mem.Free(uint64(p)) != nil {
					return invalidValue
				}
				return 0
			})
		},
		"cuMemGetInfo_v2": func(free, total *uint64) uintptr {
			return inContext("cuMemGetInfo_v2", func(m *Machine, d *device) uint32 {
				*free, *total = uint64(m.Memory-d.mem.Used()), uint64(m.Memory)
				return 0
			})
		},
		"cuMemcpyHtoD_v2": func(dst uintptr, src *byte, n uintptr) uintptr {
			return inContext("cuMemcpyHtoD_v2", func(m *Machine, d *device) uint32 {
				mem := d.mem.Bytes(uint64(dst), int64(n))
				if mem == nil {
					return invalidValue
				}
				if r := m.plainCopy(d); r != success {
					return r
				}
				copy(mem, unsafe.Slice(src, n))
				return 0
			})
		},
		"cuMemcpyDtoH_v2": func(dst *byte, src, n uintptr) uintptr {
			return inContext("cuMemcpyDtoH_v2", func(m *Machine, d *device) uint32 {
				mem := d.mem.Bytes(uint64(src), int64(n))
				if mem == nil {
					return invalidValue
				}
				if r := m.plainCopy(d); r != success {
					return r
				}
				copy(unsafe.Slice(dst, n), mem)
				return 0
			})
		},
		"cuModuleLoadData": func(out *uintptr, image *byte) uintptr {
			return moduleLoad(out, image, 0, nil, nil)
		},
		"cuModuleLoadDataEx":  moduleLoad,
		"cuModuleUnload":      moduleUnload,
		"cuModuleGetFunction": moduleGetFunction,
		"cuLaunchKernel":      launchKernel,
		"cuFuncSetAttribute":  funcSetAttribute,
	} {
		table[name] = purego.NewCallback(f)
	}
	for name, f := range blasCallbacks {
		table[name] = purego.NewCallback(f)
	}
	for name, f := range stageCallbacks {
		table[name] = purego.NewCallback(f)
	}
	for name, f := range peerCallbacks {
		table[name] = purego.NewCallback(f)
	}
	for name, f := range linkCallbacks {
		table[name] = purego.NewCallback(f)
	}
	for name, f := range ltCallbacks {
		table[name] = purego.NewCallback(f)
	}
	for name, f := range graphCallbacks {
		table[name] = purego.NewCallback(f)
	}
	for _, name := range []string{"cuDevicePrimaryCtxRelease", "cuDevicePrimaryCtxReset"} { // the older forms
		table[name] = table[name+"_v2"]
	}
	return table
})

func simple(name string, f func(m *Machine) uint32) uintptr {
	m := current()
	r, leave := m.enter(name)
	defer leave()
	if r == 0 {
		r = f(m)
	}
	return uintptr(r)
}

// onDevice is simple for a device by its number.
func onDevice(name string, i uintptr, f func(m *Machine, d *device) uint32) uintptr {
	return simple(name, func(m *Machine) uint32 {
		if i >= uintptr(len(m.devices)) {
			return invalidDevice
		}
		return f(m, m.devices[i])
	})
}

func inContext(name string, f func(m *Machine, d *device) uint32) uintptr {
	return simple(name, func(m *Machine) uint32 {
		d, r := m.device()
		if r != success {
			return r
		}
		d.settle()
		return f(m, d)
	})
}

func (m *Machine) init() uint32 {
	if m.None {
		return noDevice
	}
	m.started = true
	return 0
}

func cString(p *byte) string {
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}

// plainCopy is for copies that the host waits for, in the default stream.
func (m *Machine) plainCopy(d *device) uint32 {
	if r := m.unsafe(); r != success {
		return r
	}
	return m.legacy(d)
}
