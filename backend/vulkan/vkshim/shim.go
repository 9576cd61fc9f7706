//go:build cgo

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
)

type raw = C.Physical

// A Loader is an open Vulkan loader with an instance. It stays open: drivers
// do not like to be unloaded.
type Loader struct{ c *C.Loader }

func libraries() []string {
	switch runtime.GOOS {
	case "darwin":
		return []string{"libvulkan.1.dylib", "libvulkan.dylib", "libMoltenVK.dylib", "/opt/homebrew/lib/libvulkan.1.dylib", "/usr/local/lib/libvulkan.1.dylib"}
	case "windows":
		return []string{"vulkan-1.dll"}
	case "android":
		return []string{"libvulkan.so"}
	}
	return []string{"libvulkan.so.1", "libvulkan.so"}
}

// Open opens the loader and makes an instance, with a layer if one is named.
func Open(layer string) (*Loader, error) {
	var l *C.Loader
	var tried []string
	for _, name := range libraries() {
		file := C.CString(name)
		msg := C.hekla_open(file, &l)
		C.free(unsafe.Pointer(file))
		if msg == nil {
			break
		}
		tried = append(tried, C.GoString(msg))
	}
	if l == nil {
		return nil, fmt.Errorf("no Vulkan loader: %s (Debian: apt-get install libvulkan1, and a driver such as mesa-vulkan-drivers)", strings.Join(tried, "; "))
	}
	var c *C.char
	if layer != "" {
		c = C.CString(layer)
		defer C.free(unsafe.Pointer(c))
	}
	if err := result(C.hekla_instance(l, c)); err != nil {
		return nil, fmt.Errorf("no Vulkan instance: %w", err)
	}
	return &Loader{l}, nil
}

// Physicals describes the devices present.
func (l *Loader) Physicals() ([]Physical, error) {
	all := make([]C.Physical, 16)
	n := C.uint32_t(len(all))
	if err := result(C.hekla_physicals(l.c, &all[0], &n)); err != nil {
		return nil, err
	}
	list := make([]Physical, n)
	for i := range list {
		c := &all[i]
		lim := &c.p.limits
		list[i] = Physical{
			Name: C.GoString(&c.p.name[0]), DriverName: C.GoString(&c.driver_name[0]), DriverInfo: C.GoString(&c.driver_info[0]),
			API: uint32(c.p.api), Driver: uint32(c.p.driver), Vendor: uint32(c.p.vendor), Kind: int(c.p.kind),
			Memory: int64(c.memory), Compute: c.compute != 0, Float64: c.float64 != 0, Int64: c.int64 != 0,
			SubgroupSize: int(c.subgroup_size), SubgroupShuffle: c.subgroup_operations&0x10 != 0,
			Limits: Limits{
				StorageRange: int64(lim.storage_range), StorageAlignment: int64(lim.storage_alignment), PushBytes: int(lim.push_bytes),
				Buffers: int(lim.stage_storage_buffers), SharedBytes: int(lim.shared_bytes), Invocations: int(lim.invocations),
				Groups:      [3]int64{int64(lim.groups[0]), int64(lim.groups[1]), int64(lim.groups[2])},
				Allocations: int(lim.allocations),
			},
			raw: *c,
		}
		for k := range list[i].UUID {
			list[i].UUID[k] = byte(c.uuid[k])
		}
	}
	return list, nil
}

// A Device is open for work. Its methods must not be called by two goroutines
// at once, Wait excepted.
type Device struct{ c *C.Device }

// OpenDevice opens a device for compute.
func (l *Loader) OpenDevice(p *Physical) (*Device, error) {
	var d *C.Device
	c := p.raw // not to hand C a pointer into memory that holds Go pointers
	if err := result(C.hekla_device(l.c, &c, &d)); err != nil {
		return nil, err
	}
	return &Device{d}, nil
}

// Close waits for the device and closes it. All it made must be freed before.
func (d *Device) Close() { C.hekla_device_close(d.c) }

// Alloc makes a buffer. With host set it is mapped, and good to read from.
func (d *Device) Alloc(bytes int64, host bool) (Memory, error) {
	var m C.Memory
	h := C.int(0)
	if host {
		h = 1
	}
	if err := result(C.hekla_memory(d.c, C.uint64_t(bytes), h, &m)); err != nil {
		return Memory{}, err
	}
	mem := Memory{Buffer: uint64(m.buffer), memory: uint64(m.memory)}
	if m.mapped != nil {
		mem.Cached = m.cached != 0
		mem.Mapped = unsafe.Slice((*byte)(m.mapped), bytes)
	}
	return mem, nil
}

// Free gives a buffer back.
func (d *Device) Free(m Memory) {
	c := C.Memory{buffer: C.Object(m.Buffer), memory: C.Object(m.memory)}
	C.hekla_memory_free(d.c, &c)
}

// Compile makes a pipeline of SPIR-V for a number of buffers and push
// constants. constants are those of specialization, numbered from 0.
func (d *Device) Compile(words []uint32, buffers, push int, constants []uint32) (Pipeline, error) {
	var p C.Pipeline
	r := C.hekla_pipeline(d.c, (*C.uint32_t)(unsafe.Pointer(&words[0])), C.size_t(len(words)), C.uint32_t(buffers), C.uint32_t(4*push), (*C.uint32_t)(unsafe.Pointer(unsafe.SliceData(constants))), C.uint32_t(len(constants)), &p)
	if err := result(r); err != nil {
		return Pipeline{}, err
	}
	return Pipeline{uint64(p.set_layout), uint64(p.layout), uint64(p.pipeline)}, nil
}

// FreePipeline gives a pipeline back.
func (d *Device) FreePipeline(p Pipeline) {
	c := C.Pipeline{set_layout: C.Object(p.SetLayout), layout: C.Object(p.Layout), pipeline: C.Object(p.Pipeline)}
	C.hekla_pipeline_free(d.c, &c)
}

// A Batch is a command buffer with a fence.
type Batch struct{ c *C.Batch }

// NewBatch makes a batch of up to that many dispatches, which bind that many
// buffers together.
func (d *Device) NewBatch(dispatches, buffers int) (*Batch, error) {
	var b *C.Batch
	if err := result(C.hekla_batch(d.c, C.uint32_t(dispatches), C.uint32_t(buffers), &b)); err != nil {
		return nil, err
	}
	return &Batch{b}, nil
}

// FreeBatch gives a batch back that is not under way.
func (d *Device) FreeBatch(b *Batch) { C.hekla_batch_free(d.c, b.c) }

// Submit replays a stream into b and sends it off. b must not be under way.
func (d *Device) Submit(b *Batch, stream []uint64) error {
	var first *C.uint64_t
	if len(stream) > 0 {
		first = (*C.uint64_t)(unsafe.Pointer(&stream[0]))
	}
	return result(C.hekla_submit(d.c, b.c, first, C.size_t(len(stream))))
}

// Wait waits for b, at most for some nanoseconds: then it returns Timeout.
func (d *Device) Wait(b *Batch, nanoseconds uint64) error {
	return result(C.hekla_wait(d.c, b.c, C.uint64_t(nanoseconds)))
}

func result(r C.int) error {
	if r == 0 {
		return nil
	}
	return Result(r)
}

// abi returns entry i of the table of sizes and offsets.
func abi(i int) int { return int(C.hekla_abi(C.int(i))) }
