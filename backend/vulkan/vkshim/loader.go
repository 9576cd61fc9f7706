//go:build cgo && ((linux && !android) || windows || vulkan)

package vkshim

/*
#cgo CFLAGS: -O2
#cgo linux LDFLAGS: -ldl
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"
)

type (
	raw            = C.Physical
	physicalHandle = vk.PhysicalDevice
)

// A Loader is an open Vulkan loader with an instance. It stays open: drivers
// do not like to be unloaded.
type Loader struct {
	c        *C.Loader
	instance vk.Instance
}

func libraries() []string {
	switch runtime.GOOS {
	case "darwin":
		return []string{"libvulkan.1.dylib", "libvulkan.dylib", "libMoltenVK.dylib", "/opt/homebrew/lib/libvulkan.1.dylib", "/usr/local/lib/libvulkan.1.dylib"}
	case "windows":
		return []string{"vulkan-1.dll"}
	}
	return []string{"libvulkan.so.1", "libvulkan.so"}
}

// Open opens the loader and makes an instance. vulkan-go gets the loader that
// we found: its own search knows only the name that development packages have.
func Open(v Validation) (*Loader, error) {
	var c *C.Loader
	var tried []string
	for _, name := range libraries() {
		file := C.CString(name)
		msg := C.hekla_open(file, &c)
		C.free(unsafe.Pointer(file))
		if msg == nil {
			break
		}
		tried = append(tried, C.GoString(msg))
	}
	if c == nil {
		return nil, fmt.Errorf("no Vulkan loader: %s (Debian: apt-get install libvulkan1, and a driver such as mesa-vulkan-drivers)", strings.Join(tried, "; "))
	}
	vk.SetGetInstanceProcAddr(C.hekla_proc(c))
	if err := vk.Init(); err != nil {
		return nil, err
	}
	instance, err := newInstance(c, v)
	if err != nil {
		return nil, fmt.Errorf("no Vulkan instance: %w", err)
	}
	if err := vk.InitInstance(instance); err != nil {
		return nil, err
	}
	if err := result(C.hekla_instance(c, dispatchable(instance))); err != nil {
		return nil, fmt.Errorf("no Vulkan instance: %w", err)
	}
	return &Loader{c, instance}, nil
}

func newInstance(l *C.Loader, v Validation) (instance vk.Instance, err error) {
	if C.hekla_version(l) < 1<<22|1<<12 {
		return instance, incompatibleDriver
	}
	var layer *C.char
	if v.Layer != "" {
		layer = C.CString(v.Layer)
		defer C.free(unsafe.Pointer(layer))
	}
	mem := C.hekla_instance_info(l, layer, boolean(v.Sync), boolean(v.GPU))
	if mem == nil {
		return instance, OutOfHostMemory
	}
	defer C.free(mem)
	info := vk.NewInstanceCreateInfoRef(mem)
	r := vk.CreateInstance(info, nil, &instance)
	runtime.KeepAlive(info)
	return instance, vkResult(r)
}

// Messages returns how many warnings and errors layers had so far.
func Messages() int { return int(C.hekla_messages()) }

// Physicals describes the devices present.
func (l *Loader) Physicals() ([]Physical, error) {
	var handles [64]vk.PhysicalDevice
	n := uint32(len(handles))
	r := vk.EnumeratePhysicalDevices(l.instance, &n, handles[:])
	if r < 0 {
		return nil, vkResult(r)
	}
	list := make([]Physical, n)
	for i := range list {
		var c C.Physical
		C.hekla_describe(l.c, dispatchable(handles[i]), &c)
		list[i] = describe(&c)
		list[i].handle = handles[i]
	}
	return list, nil
}

func describe(c *C.Physical) Physical {
	lim := &c.p.limits
	p := Physical{
		Name: C.GoString(&c.p.name[0]), DriverName: C.GoString(&c.driver_name[0]), DriverInfo: C.GoString(&c.driver_info[0]),
		API: uint32(c.p.api), Driver: uint32(c.p.driver), DriverID: uint32(c.driver_id), Vendor: uint32(c.p.vendor), Device: uint32(c.p.device),
		Kind: int(c.p.kind), Memory: int64(c.memory), Compute: c.compute != 0, Float64: c.float64 != 0, Int64: c.int64 != 0,
		Timeline: c.timeline != 0, Addresses: c.addresses != 0,
		Limits: Limits{
			StorageRange: int64(lim.storage_range), StorageAlignment: int64(lim.storage_alignment), PushBytes: int(lim.push_bytes),
			Buffers: int(lim.stage_storage_buffers), SharedBytes: int(lim.shared_bytes), Invocations: int(lim.invocations),
			Groups:      [3]int64{int64(lim.groups[0]), int64(lim.groups[1]), int64(lim.groups[2])},
			GroupSize:   [3]int{int(lim.group_size[0]), int(lim.group_size[1]), int(lim.group_size[2])},
			Allocations: int(lim.allocations), Subgroup: int(c.subgroup), SubgroupOps: SubgroupOps(c.subgroup_operations),
		},
		Fragment:     Fragment{int(c.fragment[0]), int(c.fragment[1]), int(c.fragment[2])},
		WideFragment: Fragment{int(c.wide_fragment[0]), int(c.wide_fragment[1]), int(c.wide_fragment[2])},
		raw:          *c,
	}
	if c.timestamp_bits > 0 {
		p.StampPeriod = float64(lim.timestamp_period)
		p.StampBits = int(c.timestamp_bits)
	}
	for k := range p.UUID {
		p.UUID[k], p.CacheUUID[k] = byte(c.uuid[k]), byte(c.p.cache_uuid[k])
	}
	if c.has_pci != 0 {
		p.PCI = fmt.Sprintf("%04x:%02x:%02x.%x", c.pci[0], c.pci[1], c.pci[2], c.pci[3])
	}
	return p
}

// Available returns how many bytes of a device's largest heap the driver has
// left for this process, or false if it does not say.
func (l *Loader) Available(p *Physical) (int64, bool) {
	c := p.raw
	n := C.hekla_available(l.c, dispatchable(p.handle), &c)
	return int64(n), n != ^C.uint64_t(0)
}

// dispatchable returns the pointer that a handle of vulkan-go's is, for ours.
func dispatchable[H any](h H) C.Handle { return *(*C.Handle)(unsafe.Pointer(&h)) }

// object returns the number of a handle that is no pointer to the driver's
// memory: 64 bits on all systems.
func object[H any](h H) uint64 { return *(*uint64)(unsafe.Pointer(&h)) }

// handle is the inverse of object.
func handle[H any](o uint64) (h H) {
	*(*uint64)(unsafe.Pointer(&h)) = o
	return h
}

func boolean(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

func result(r C.int) error {
	if r == 0 {
		return nil
	}
	return Result(r)
}

func vkResult(r vk.Result) error {
	if r == vk.Success {
		return nil
	}
	return Result(r)
}

// abi returns entry i of the table of sizes and offsets.
func abi(i int) int { return int(C.hekla_abi(C.int(i))) }
