//go:build cgo && ((linux && !android) || windows || vulkan)

package vkshim

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"runtime"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"
)

// A Device is open for work. Its methods must not be called by two goroutines
// at once, Wait excepted.
type Device struct {
	c                   *C.Device
	handle              vk.Device
	timeline, addresses bool
	layouts             map[int]layout // by number of buffers
	cache               vk.PipelineCache
	freed               uint64 // buffers
}

// OpenDevice opens a device for compute. With fences it does without timeline
// semaphores even if it has them.
func (l *Loader) OpenDevice(p *Physical, fences bool) (*Device, error) {
	c := p.raw // not to hand C a pointer into memory that holds Go pointers
	mem := C.hekla_device_info(&c)
	if mem == nil {
		return nil, OutOfHostMemory
	}
	defer C.free(mem)
	info := vk.NewDeviceCreateInfoRef(mem)
	var device vk.Device
	r := vk.CreateDevice(p.handle, info, nil, &device)
	runtime.KeepAlive(info)
	if r != vk.Success {
		return nil, vkResult(r)
	}
	var queue vk.Queue
	vk.GetDeviceQueue(device, uint32(c.family), 0, &queue)
	d := &Device{handle: device, timeline: p.Timeline && !fences, addresses: p.Addresses, layouts: map[int]layout{}}
	if err := result(C.hekla_device(l.c, dispatchable(device), dispatchable(queue), dispatchable(p.handle), &c, boolean(fences), &d.c)); err != nil {
		vk.DestroyDevice(device, nil)
		return nil, err
	}
	return d, nil
}

// Timeline reports whether batches are waited for by a timeline semaphore: then
// several goroutines may wait for the same one, and Done tells of it.
func (d *Device) Timeline() bool { return d.timeline }

// Idle waits until the device does nothing, whatever else failed.
func (d *Device) Idle() { vk.DeviceWaitIdle(d.handle) }

// Close closes an idle device. All it made must be freed before.
func (d *Device) Close() {
	d.freeLayouts()
	vk.DestroyPipelineCache(d.handle, d.cache, nil)
	C.hekla_device_free(d.c)
	vk.DestroyDevice(d.handle, nil)
}

const (
	deviceLocal  = C.uint32_t(vk.MemoryPropertyDeviceLocalBit)
	hostVisible  = C.uint32_t(vk.MemoryPropertyHostVisibleBit)
	hostCoherent = C.uint32_t(vk.MemoryPropertyHostCoherentBit)
	hostCached   = C.uint32_t(vk.MemoryPropertyHostCachedBit)
)

// Alloc makes a buffer with memory of its own. For the host it can be mapped
// for certain, and is cached if possible; else it is where the device is
// fastest, and mapped if that can be.
func (d *Device) Alloc(bytes int64, host bool) (Memory, error) {
	info := vk.BufferCreateInfo{
		SType: vk.StructureTypeBufferCreateInfo, Size: vk.DeviceSize(bytes), SharingMode: vk.SharingModeExclusive,
		Usage: vk.BufferUsageFlags(vk.BufferUsageStorageBufferBit | vk.BufferUsageTransferSrcBit | vk.BufferUsageTransferDstBit),
	}
	if d.addresses {
		const addressed = 0x20000 // VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT
		info.Usage |= addressed
	}
	var b vk.Buffer
	r := vk.CreateBuffer(d.handle, &info, nil, &b)
	info.Free()
	runtime.KeepAlive(&info)
	if r != vk.Success {
		return Memory{}, vkResult(r)
	}
	var need vk.MemoryRequirements
	vk.GetBufferMemoryRequirements(d.handle, b, &need)
	need.Deref()
	need.Free()
	want := [...]C.uint32_t{deviceLocal | hostVisible | hostCoherent, deviceLocal}
	if host {
		want = [...]C.uint32_t{hostVisible | hostCoherent | hostCached, hostVisible | hostCoherent}
	}
	err := error(noMemoryType)
	for _, flags := range want {
		t := C.hekla_memory_type(d.c, C.uint32_t(need.MemoryTypeBits), flags)
		if t < 0 {
			continue
		}
		var m Memory
		if m, err = d.bind(b, uint64(need.Size), t, bytes); err == nil {
			return m, nil
		}
		// A small window on the device's memory may be full: try the next.
	}
	vk.DestroyBuffer(d.handle, b, nil)
	return Memory{}, err
}

// bind gives b memory of a type.
func (d *Device) bind(b vk.Buffer, size uint64, kind C.int, bytes int64) (Memory, error) {
	info := vk.MemoryAllocateInfo{SType: vk.StructureTypeMemoryAllocateInfo, AllocationSize: vk.DeviceSize(size), MemoryTypeIndex: uint32(kind)}
	if d.addresses {
		info.PNext = unsafe.Pointer(C.hekla_addressed())
	}
	var mem vk.DeviceMemory
	r := vk.AllocateMemory(d.handle, &info, nil, &mem)
	info.Free()
	runtime.KeepAlive(&info)
	if r != vk.Success {
		return Memory{}, vkResult(r)
	}
	m := Memory{Buffer: object(b), memory: object(mem)}
	r = vk.BindBufferMemory(d.handle, b, mem, 0)
	if r == vk.Success && d.addresses {
		m.Address = uint64(C.hekla_address(d.c, C.Object(m.Buffer)))
	}
	flags := C.hekla_memory_flags(d.c, kind)
	if r == vk.Success && flags&hostVisible != 0 && flags&hostCoherent != 0 {
		var at unsafe.Pointer
		if r = vk.MapMemory(d.handle, mem, 0, vk.DeviceSize(vk.WholeSize), 0, &at); r == vk.Success {
			m.Mapped, m.Cached = unsafe.Slice((*byte)(at), bytes), flags&hostCached != 0
		}
	}
	if r != vk.Success {
		vk.FreeMemory(d.handle, mem, nil)
		return Memory{}, vkResult(r)
	}
	return m, nil
}

// Free gives a buffer back.
func (d *Device) Free(m Memory) {
	d.freed++ // descriptor sets of old must not be taken for those of a buffer to come
	vk.DestroyBuffer(d.handle, handle[vk.Buffer](m.Buffer), nil)
	vk.FreeMemory(d.handle, handle[vk.DeviceMemory](m.memory), nil) // unmaps too
}

// Fault returns what the driver tells of a lost device, or "".
func (d *Device) Fault() string {
	var text [256]C.char
	if C.hekla_fault(d.c, &text[0]) != 0 {
		return ""
	}
	return C.GoString(&text[0])
}
