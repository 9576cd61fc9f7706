// Package vulkan runs tensors on GPUs of all vendors through Vulkan 1.1
// compute. Importing it registers the driver "vulkan"; the system's Vulkan
// loader is looked for when devices are listed or opened. Kernels are written
// in SPIR-V at run time by package kernel or come from GLSL (package shaders),
// commands are recorded in Go and handed to the driver in batches by package
// vkshim.
//
// A tensor may be wider than what kernels of a device see at once
// (maxStorageBufferRange): a call is then cut along axes on which its elements do
// not depend on each other, and ops along one wide line (extreme elements and their
// indices, indexing and scatters, scans, sorting, searching, pooling,
// interpolation) go through it in pieces, with the same result in bits but for the
// rounding of running sums and products of floats. Refused, with
// backend.ErrUnsupported, are a window of a convolution or a pooling that is itself
// as wide, and lines to be sorted of more than 64 pieces, whose indices are int64.
//
// A lost device returns backend.ErrDeviceLost from every call until it is
// closed; it can be opened again. On GPUs compiled kernels are kept on disk, in
// the user's cache folder.
//
// Environment, read when a device is opened:
//
//	HEKLA_CACHE           where compiled kernels are kept instead, or "off"
//	HEKLA_VULKAN_STAGING  1: transfers go by staging buffers even where the host can reach the device's memory
//	HEKLA_VULKAN_LIMITS   a smaller device, for tests: a list such as "groups=7x7x7,buffers=16,range=1MiB,shared=8KiB,
//	                      memory=1GiB,subgroups=off,int64=off,float64=off,staging=on,timeline=off,kernels=gpu"; "small" is about the
//	                      smallest that works
//	HEKLA_VULKAN_LAYER    a layer to switch on, such as VK_LAYER_KHRONOS_validation
//	HEKLA_VULKAN_CHECKS   what the validation layer checks besides: "sync", "gpu" or both
package vulkan
