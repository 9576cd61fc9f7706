//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import (
	"errors"
	"unsafe"

	"github.com/hekla-ml/hekla/internal/ptxsim"
)

type function struct {
	kernel  *ptxsim.Kernel
	device  *device
	dynamic int // bytes of dynamic shared memory that a launch may have
}

// maxDynamic is the attribute of a function that lets it have more dynamic shared memory.
const maxDynamic = 8

// freeThreads is how many threads of a block any kernel may have: of 65536 registers a
// thread takes up to 255. The compiler minds the bound of a kernel that has one.
const freeThreads = 256

// ParamBytes returns the size of a function's parameters, -1 if there is no such function
// or it has several.
func (m *Machine) ParamBytes(f uintptr) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	fn := m.functions[f]
	if fn == nil || len(fn.kernel.Params) > 1 {
		return -1
	}
	return fn.kernel.ParamBytes()
}

// optIn returns the bytes of shared memory that a block may have at most, by leave:
// the CUDA C++ Programming Guide's table of compute capabilities, less the driver's KiB.
func (m *Machine) optIn() int {
	switch m.Major {
	case 5, 6:
		return ptxsim.StaticShared
	case 7:
		if m.Minor >= 5 {
			return 64 << 10
		}
		return 96 << 10
	case 8:
		if m.Minor == 6 || m.Minor == 9 {
			return 99 << 10
		}
		return 163 << 10
	case 12:
		return 99 << 10
	}
	return 227 << 10
}

func funcSetAttribute(f, attribute, value uintptr) uintptr {
	return inContext("cuFuncSetAttribute", func(m *Machine, d *device) uint32 {
		fn := m.functions[f]
		if fn == nil || fn.device != d {
			return invalidHandle
		}
		n := int(int32(value))
		if attribute != maxDynamic || n < 0 || fn.kernel.Shared+n > m.optIn() {
			return invalidValue
		}
		fn.dynamic = n
		return success
	})
}

func launchKernel(f, gx, gy, gz, bx, by, bz, shared, stream uintptr, params *unsafe.Pointer, extra uintptr) uintptr {
	return inContext("cuLaunchKernel", func(m *Machine, d *device) uint32 {
		fn := m.functions[f]
		if fn == nil || fn.device != d {
			return invalidHandle
		}
		k := fn.kernel
		l := ptxsim.Launch{
			Grid: [3]uint32{uint32(gx), uint32(gy), uint32(gz)}, Block: [3]uint32{uint32(bx), uint32(by), uint32(bz)},
			Dynamic: int(uint32(shared)), SharedLimit: m.optIn(), Params: make([]byte, k.ParamBytes()),
		}
		if !k.Fits(l.Grid, l.Block) || l.Dynamic > fn.dynamic || extra != 0 {
			return invalidValue
		}
		if k.MaxThreads == 0 && bx*by*bz > freeThreads {
			return outOfResources
		}
		pointers := unsafe.Slice(params, len(k.Params))
		for i, p := range k.Params {
			copy(l.Params[p.Offset:], unsafe.Slice((*byte)(pointers[i]), p.Size))
		}
		return m.enqueue(d, stream, func() uint32 {
			if m.functions[f] != fn { // a graph has it longer than its module
				return invalidHandle
			}
			m.execute(d, k, l)
			return success
		})
	})
}

// execute runs a kernel. As on hardware, the launch succeeds whatever happens, and
// what comes next fails.
func (m *Machine) execute(d *device, k *ptxsim.Kernel, l ptxsim.Launch) {
	m.Launches++
	if m.Idle {
		return
	}
	l.Steps = &m.Steps
	err := k.Run(&d.mem, l)
	if err == nil {
		return
	}
	m.Fault = err
	var fault *ptxsim.Fault
	d.broken = launchFailed
	if !errors.As(err, &fault) {
		return
	}
	switch fault.Kind {
	case ptxsim.BadAddress:
		d.broken = illegalAddress
	case ptxsim.Misaligned:
		d.broken = misaligned
	}
}
