//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unsafe"

	"github.com/hekla-ml/hekla/internal/ptxsim"
)

// ptxVersions are the newest PTX that drivers take: the PTX manual's release notes.
var ptxVersions = map[int]int{
	9000: 60, 9010: 61, 9020: 62, 10000: 63, 10010: 64, 10020: 65, 11000: 70, 11010: 71, 11020: 72, 11030: 73, 11040: 74,
	11050: 75, 11060: 76, 11070: 77, 11080: 78, 12000: 80, 12010: 81, 12020: 82, 12030: 83, 12040: 84, 12050: 85, 12060: 85,
	12070: 86, 12080: 87, 12090: 88, 13000: 90,
}

var versionLine = regexp.MustCompile(`(?m)^\s*\.version\s+(\d)\.(\d)`)

// compile makes a module of PTX, or says as the driver's compiler does why not.
func (m *Machine) compile(text string) (sim *ptxsim.Module, result uint32, log string) {
	if v := versionLine.FindStringSubmatch(text); v != nil {
		if n, _ := strconv.Atoi(v[1] + v[2]); n > ptxVersions[m.Version] {
			return nil, unsupportedPTX, fmt.Sprintf("unsupported .version %s.%s", v[1], v[2])
		}
	}
	sim, err := parsed(text)
	if err != nil {
		return nil, invalidPTX, err.Error()
	}
	if sim.SM > m.capability() {
		return nil, invalidPTX, fmt.Sprintf("SM version specified by .target %s is higher than the GPU's, sm_%d", sim.Target, m.capability())
	}
	return sim, success, ""
}

// Options of the compiler.
const (
	errorLog     = 5
	errorLogSize = 6
)

// say writes to the log that the options ask for, as much as it holds.
func say(log string, options uintptr, keys *uint32, values *unsafe.Pointer) {
	if options == 0 {
		return
	}
	var to unsafe.Pointer
	size := uintptr(0)
	for i, k := range unsafe.Slice(keys, options) {
		switch v := unsafe.Slice(values, options)[i]; k {
		case errorLog:
			to = v
		case errorLogSize:
			size = uintptr(v)
		}
	}
	if to != nil && size > 0 {
		b := unsafe.Slice((*byte)(to), size)
		b[copy(b[:size-1], log)] = 0
	}
}

// capability returns the number of what the GPUs are.
func (m *Machine) capability() int { return 10*m.Major + m.Minor }

// linked marks a compiled form: here it is the text behind a line.
const linked = "compiled by the interpreted GPU's driver for sm_"

// image returns a compiled form for GPUs of this machine.
func (m *Machine) image(text string) []byte {
	return fmt.Appendf(nil, "%s%d\n%s\x00", linked, m.capability(), text)
}

// moduleText returns what is behind an image, which may be the text itself.
func (m *Machine) moduleText(image string) (text string, result uint32) {
	rest, ok := strings.CutPrefix(image, linked)
	if !ok {
		return image, success
	}
	arch, text, _ := strings.Cut(rest, "\n")
	// Compiled forms run on GPUs of the same major number, and no smaller minor.
	if n, err := strconv.Atoi(arch); err != nil || n/10 != m.Major || n%10 > m.Minor {
		return "", noBinary
	}
	return text, success
}

func moduleLoad(out *uintptr, image *byte, options uintptr, keys *uint32, values *unsafe.Pointer) uintptr {
	return inContext("cuModuleLoadDataEx", func(m *Machine, d *device) uint32 {
		if r := m.unsafe(); r != success {
			return r
		}
		text, result := m.moduleText(cString(image))
		if result != success {
			return result
		}
		if m.Edit != nil {
			text = m.Edit(text)
		}
		sim, result, log := m.compile(text)
		if result != success {
			say(log, options, keys, values)
			return result
		}
		*out = m.newHandle()
		m.modules[*out] = &module{sim, d, map[string]uintptr{}}
		return success
	})
}

// moduleUnload drops a module with its functions.
func moduleUnload(h uintptr) uintptr {
	return inContext("cuModuleUnload", func(m *Machine, d *device) uint32 {
		if mod := m.modules[h]; mod == nil || mod.device != d {
			return invalidHandle
		}
		if r := m.unsafe(); r != success {
			return r
		}
		for _, f := range m.modules[h].functions {
			delete(m.functions, f)
		}
		delete(m.modules, h)
		return success
	})
}

func moduleGetFunction(out *uintptr, h uintptr, name *byte) uintptr {
	return inContext("cuModuleGetFunction", func(m *Machine, d *device) uint32 {
		mod := m.modules[h]
		if mod == nil || mod.device != d {
			return invalidHandle
		}
		k := mod.sim.Kernels[cString(name)]
		if k == nil {
			return notFound
		}
		if *out = mod.functions[k.Name]; *out != 0 {
			return success
		}
		*out = m.newHandle()
		mod.functions[k.Name] = *out
		m.functions[*out] = &function{kernel: k, device: d, dynamic: max(ptxsim.StaticShared-k.Shared, 0)}
		return success
	})
}

// Modules returns how many modules were not unloaded.
func (m *Machine) Modules() int { return len(m.modules) + m.lost.modules }
