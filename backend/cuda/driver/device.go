package driver

import (
	"bytes"
	"fmt"
	"unsafe"
)

// Attributes of a device, by number.
const (
	attrMultiprocessors = 16
	attrIntegrated      = 18
	attrMajor           = 75
	attrMinor           = 76
)

// Properties describe a device.
type Properties struct {
	Name            string
	UUID            string // empty if the driver is older than CUDA 9.2
	Memory          int64
	Major, Minor    int // compute capability
	Multiprocessors int
	Integrated      bool
}

// Count returns how many devices there are.
func (a *API) Count() (int, error) {
	n, err := a.int32("cuDeviceGetCount", a.fn.deviceGetCount)
	return int(n), err
}

// Properties returns the handle and the description of device i.
func (a *API) Properties(i int) (Device, Properties, error) {
	var p Properties
	h, err := a.int32("cuDeviceGet", a.fn.deviceGet, uintptr(i))
	if err != nil {
		return 0, p, err
	}
	d := uintptr(uint32(h))
	f := frames.Get().(*frame)
	defer frames.Put(f)
	clear(f.text[:])
	if err := a.cold("cuDeviceGetName", a.fn.deviceGetName, uintptr(unsafe.Pointer(&f.text)), uintptr(len(f.text)-1), d); err != nil {
		return 0, p, err
	}
	name, _, _ := bytes.Cut(f.text[:], []byte{0})
	p.Name = string(name)
	if a.fn.deviceGetUUID != 0 {
		clear(f.text[:])
		if err := a.cold("cuDeviceGetUuid", a.fn.deviceGetUUID, uintptr(unsafe.Pointer(&f.text)), d); err != nil {
			return 0, p, err
		}
		u := f.text[:16]
		p.UUID = fmt.Sprintf("GPU-%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
	}
	if err := a.cold("cuDeviceTotalMem_v2", a.fn.deviceTotalMem, f.result(0), d); err != nil {
		return 0, p, err
	}
	p.Memory = int64(f.out[0])
	for attr, to := range map[uintptr]*int{attrMajor: &p.Major, attrMinor: &p.Minor, attrMultiprocessors: &p.Multiprocessors} {
		v, err := a.int32("cuDeviceGetAttribute", a.fn.deviceGetAttribute, attr, d)
		if err != nil {
			return 0, p, err
		}
		*to = int(v)
	}
	v, err := a.int32("cuDeviceGetAttribute", a.fn.deviceGetAttribute, attrIntegrated, d)
	p.Integrated = v != 0
	return Device(h), p, err
}

// Retain returns the primary context of a device, which all users of the
// device in the process share.
func (a *API) Retain(d Device) (Context, error) {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	err := a.cold("cuDevicePrimaryCtxRetain", a.fn.primaryCtxRetain, f.result(0), uintptr(uint32(d)))
	return Context(f.out[0]), err
}

// Release gives a primary context back.
func (a *API) Release(d Device) error {
	return a.cold("cuDevicePrimaryCtxRelease", a.fn.primaryCtxRelease, uintptr(uint32(d)))
}

// Reset destroys what the primary context of a device holds, for all its users:
// what is left to do when the device is lost.
func (a *API) Reset(d Device) error {
	return a.cold("cuDevicePrimaryCtxReset", a.fn.primaryCtxReset, uintptr(uint32(d)))
}
