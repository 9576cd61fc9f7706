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

// pushBytes is the room for push constants of every pipeline: what all devices
// have.
const pushBytes = 128

// A layout is what all pipelines of a number of buffers share.
type layout struct {
	set      vk.DescriptorSetLayout
	pipeline vk.PipelineLayout
}

func (d *Device) layout(buffers int) (layout, error) {
	if l, ok := d.layouts[buffers]; ok {
		return l, nil
	}
	var l layout
	mem := C.hekla_set_layout_info(C.uint32_t(buffers))
	if mem == nil {
		return l, OutOfHostMemory
	}
	defer C.free(mem)
	set := vk.NewDescriptorSetLayoutCreateInfoRef(mem)
	r := vk.CreateDescriptorSetLayout(d.handle, set, nil, &l.set)
	runtime.KeepAlive(set)
	if r != vk.Success {
		return l, vkResult(r)
	}
	mem = C.hekla_layout_info(C.Object(object(l.set)), pushBytes)
	if mem == nil {
		r = vk.ErrorOutOfHostMemory
	} else {
		defer C.free(mem)
		info := vk.NewPipelineLayoutCreateInfoRef(mem)
		r = vk.CreatePipelineLayout(d.handle, info, nil, &l.pipeline)
		runtime.KeepAlive(info)
	}
	if r != vk.Success {
		vk.DestroyDescriptorSetLayout(d.handle, l.set, nil)
		return l, vkResult(r)
	}
	d.layouts[buffers] = l
	return l, nil
}

func (d *Device) freeLayouts() {
	for _, l := range d.layouts {
		vk.DestroyPipelineLayout(d.handle, l.pipeline, nil)
		vk.DestroyDescriptorSetLayout(d.handle, l.set, nil)
	}
}

// Compile makes a pipeline of SPIR-V that binds so many buffers. constants are
// those of specialization, numbered from 0.
func (d *Device) Compile(words []uint32, buffers int, constants []uint32) (Pipeline, error) {
	l, err := d.layout(buffers)
	if err != nil {
		return Pipeline{}, err
	}
	module, err := d.module(words)
	if err != nil {
		return Pipeline{}, err
	}
	defer vk.DestroyShaderModule(d.handle, module, nil)
	var p C.Object
	first := (*C.uint32_t)(unsafe.Pointer(unsafe.SliceData(constants)))
	err = result(C.hekla_pipeline(d.c, C.Object(object(module)), C.Object(object(l.pipeline)), C.Object(object(d.cache)), first, C.uint32_t(len(constants)), &p))
	return Pipeline{object(l.set), object(l.pipeline), uint64(p)}, err
}

func (d *Device) module(words []uint32) (m vk.ShaderModule, err error) {
	// The struct that vulkan-go lays out points at our words.
	var pin runtime.Pinner
	pin.Pin(unsafe.SliceData(words))
	defer pin.Unpin()
	info := vk.ShaderModuleCreateInfo{SType: vk.StructureTypeShaderModuleCreateInfo, CodeSize: uint(4 * len(words)), PCode: words}
	r := vk.CreateShaderModule(d.handle, &info, nil, &m)
	info.Free()
	runtime.KeepAlive(&info)
	return m, vkResult(r)
}

// FreePipeline gives a pipeline back.
func (d *Device) FreePipeline(p Pipeline) {
	vk.DestroyPipeline(d.handle, handle[vk.Pipeline](p.Pipeline), nil)
}

// UseCache makes a pipeline cache for what is compiled from now on, of the data
// of an earlier one or of nothing.
func (d *Device) UseCache(data []byte) error {
	info := vk.PipelineCacheCreateInfo{SType: vk.StructureTypePipelineCacheCreateInfo}
	if len(data) > 0 {
		mem := C.CBytes(data)
		defer C.free(mem)
		info.InitialDataSize, info.PInitialData = uint(len(data)), mem
	}
	var cache vk.PipelineCache
	r := vk.CreatePipelineCache(d.handle, &info, nil, &cache)
	info.Free()
	runtime.KeepAlive(&info)
	if r != vk.Success {
		return vkResult(r)
	}
	vk.DestroyPipelineCache(d.handle, d.cache, nil)
	d.cache = cache
	return nil
}

// CacheData returns the data of the pipeline cache, for UseCache.
func (d *Device) CacheData() ([]byte, error) {
	if object(d.cache) == 0 {
		return nil, nil
	}
	var n uint
	if r := vk.GetPipelineCacheData(d.handle, d.cache, &n, nil); r != vk.Success || n == 0 {
		return nil, vkResult(r)
	}
	data := make([]byte, n)
	if r := vk.GetPipelineCacheData(d.handle, d.cache, &n, unsafe.Pointer(&data[0])); r != vk.Success {
		return nil, vkResult(r)
	}
	return data[:n], nil
}
