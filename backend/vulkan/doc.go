// Package vulkan runs tensors on GPUs of all vendors through Vulkan 1.1
// compute. Importing it registers the driver "vulkan"; the system's Vulkan
// loader is looked for when devices are listed or opened. Kernels are written
// in SPIR-V at run time by package kernel, commands are recorded in Go and
// handed to the driver in batches by package vkshim.
//
// Environment: HEKLA_VULKAN_LAYER names a layer to switch on, such as
// VK_LAYER_KHRONOS_validation; HEKLA_VULKAN_STAGING=1 copies to and from the
// device by way of staging buffers even where the host can reach its memory.
package vulkan
