package gorgoniacu

import (
	"bytes"
	"fmt"
	"runtime"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

func init() { driver.Use(Open) }

// Open returns the driver. gorgonia.org/cu has initialized it already.
func Open() (driver.Driver, error) {
	b := &binding{version: cu.Version()}
	if b.version < driver.MinVersion {
		return nil, fmt.Errorf("cuda: the driver is for CUDA %s: want %d or newer", b.Version(), driver.MinVersion/1000)
	}
	return b, nil
}

// binding implements driver.Driver. Handles of cu are opaque structs: tables
// give them numbers.
type binding struct {
	version   int
	contexts  table[cu.CUContext]
	modules   table[cu.Module]
	functions table[cu.Function]
}

func (b *binding) Version() string {
	return fmt.Sprintf("%d.%d", b.version/1000, b.version%1000/10)
}

func (b *binding) Count() (int, error) {
	n, err := cu.NumDevices()
	return n, failed("cuDeviceGetCount", err)
}

func (b *binding) Properties(i int) (driver.Device, driver.Properties, error) {
	var p driver.Properties
	d, err := cu.GetDevice(i)
	if err != nil {
		return 0, p, failed("cuDeviceGet", err)
	}
	name, err := d.Name()
	if err != nil {
		return 0, p, failed("cuDeviceGetName", err)
	}
	p.Name = string(bytes.TrimRight([]byte(name), "\x00"))
	id, err := d.UUID()
	if err != nil {
		return 0, p, failed("cuDeviceGetUuid", err)
	}
	p.UUID = "GPU-" + id.String()
	if p.Memory, err = d.TotalMem(); err != nil {
		return 0, p, failed("cuDeviceTotalMem", err)
	}
	v, err := d.Attributes(cu.ComputeCapabilityMajor, cu.ComputeCapabilityMinor, cu.MultiprocessorCount, cu.Integrated)
	if err != nil {
		return 0, p, failed("cuDeviceGetAttribute", err)
	}
	p.Major, p.Minor, p.Multiprocessors, p.Integrated = v[0], v[1], v[2], v[3] != 0
	return driver.Device(d), p, nil
}

func (b *binding) Retain(d driver.Device) (driver.Context, error) {
	c, err := cu.Device(d).RetainPrimaryCtx()
	if err != nil {
		return 0, failed("cuDevicePrimaryCtxRetain", err)
	}
	return driver.Context(b.contexts.add(c)), nil
}

func (b *binding) Release(d driver.Device) error {
	return failed("cuDevicePrimaryCtxRelease", cu.Device(d).ReleasePrimaryCtx())
}

func (b *binding) Reset(d driver.Device) error {
	return failed("cuDevicePrimaryCtxReset", cu.Device(d).ResetPrimaryCtx())
}

func (b *binding) Enter(c driver.Context) (leave func(), err error) {
	runtime.LockOSThread()
	if err := cu.SetCurrentContext(b.contexts.get(uintptr(c))); err != nil {
		runtime.UnlockOSThread()
		return nil, failed("cuCtxSetCurrent", err)
	}
	return runtime.UnlockOSThread, nil
}

func (b *binding) Alloc(n int64) (driver.Pointer, error) {
	p, err := cu.MemAlloc(n)
	return driver.Pointer(p), failed("cuMemAlloc", err)
}

func (b *binding) Free(p driver.Pointer) error {
	return failed("cuMemFree", cu.MemFree(cu.DevicePtr(p)))
}

func (b *binding) CopyIn(dst driver.Pointer, src []byte) error {
	if len(src) == 0 {
		return nil
	}
	return failed("cuMemcpyHtoD", cu.MemcpyHtoD(cu.DevicePtr(dst), unsafe.Pointer(&src[0]), int64(len(src))))
}

func (b *binding) CopyOut(dst []byte, src driver.Pointer) error {
	if len(dst) == 0 {
		return nil
	}
	return failed("cuMemcpyDtoH", cu.MemcpyDtoH(unsafe.Pointer(&dst[0]), cu.DevicePtr(src), int64(len(dst))))
}

func (b *binding) Synchronize() error { return failed("cuCtxSynchronize", cu.Synchronize()) }
