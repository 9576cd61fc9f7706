//go:build linux && (amd64 || arm64)

package fakecuda

import (
	"strings"
	"testing"
)

// TestContexts calls before cuInit, without a context, and after the last user of one.
func TestContexts(t *testing.T) {
	c := open(t, &Machine{Devices: 2})
	first := c.m.devices[0].context
	calls := func(want uint32) {
		t.Helper()
		for name, args := range map[string][]uintptr{
			"cuCtxSynchronize": nil, "cuMemAlloc_v2": {at(new(uintptr)), 8}, "cuMemFree_v2": {8}, "cuModuleLoadData": {at(new(uintptr)), text(nothing)},
			"cuStreamCreate": {at(new(uintptr)), 1}, "cuEventCreate": {at(new(uintptr)), 2}, "cuMemAllocHost_v2": {at(new(uintptr)), 8}, "cublasCreate_v2": {at(new(uintptr))},
		} {
			c.want(want, name, args...)
		}
	}
	c.want(success, "cuCtxSetCurrent", 0)
	calls(invalidContext)
	elsewhere(func() { calls(invalidContext) })
	c.want(invalidContext, "cuCtxSetCurrent", first+1)
	c.want(success, "cuCtxSetCurrent", first)
	p := c.word("cuMemAlloc_v2", 8)
	handles := map[string]uintptr{
		"cuModuleUnload": c.word("cuModuleLoadData", text(nothing)), "cuStreamDestroy_v2": c.word("cuStreamCreate", 1),
		"cuEventDestroy_v2": c.word("cuEventCreate", 2),
	}
	c.word("cuDevicePrimaryCtxRetain", 0)
	c.want(success, "cuDevicePrimaryCtxRelease_v2", 0)
	c.want(success, "cuCtxSynchronize") // it has another user
	c.want(success, "cuDevicePrimaryCtxRelease_v2", 0)
	calls(contextDestroyed)
	c.want(invalidContext, "cuCtxSetCurrent", first)
	c.want(invalidContext, "cuDevicePrimaryCtxRelease_v2", 0)
	if c.m.Used() != 8 || c.m.Left() != 1 || c.m.Pinned() != 1 {
		t.Errorf("%d bytes, %d streams, %d events were left; want 8, 1, 1", c.m.Used(), c.m.Left(), c.m.Pinned())
	}
	c.want(success, "cuCtxSetCurrent", c.word("cuDevicePrimaryCtxRetain", 0))
	for name, h := range handles {
		c.want(invalidHandle, name, h)
	}
	c.want(invalidValue, "cuMemFree_v2", p)
	if again := c.word("cuMemAlloc_v2", 8); again == p {
		t.Error("an address of the context before")
	}
	c.want(success, "cuDevicePrimaryCtxReset_v2", 0)
	calls(contextDestroyed)
	for _, name := range []string{"cuDevicePrimaryCtxRelease_v2", "cuDevicePrimaryCtxReset_v2"} {
		c.want(invalidDevice, name, 2)
	}
	for _, name := range []string{"cuDevicePrimaryCtxRetain", "cuDeviceGet", "cuDeviceTotalMem_v2"} {
		c.want(invalidDevice, name, at(new(uintptr)), 2)
	}
	c.want(invalidValue, "cuDeviceGetAttribute", at(new(uintptr)), 9999, 0)
	Install(&Machine{})
	c.want(notInitialized, "cuDeviceGetCount", at(new(uintptr)))
	c.want(notInitialized, "cuCtxSynchronize")
}

// TestOtherContext uses what is one device's on the other.
func TestOtherContext(t *testing.T) {
	c := open(t, &Machine{Devices: 2})
	p, pinned := c.word("cuMemAlloc_v2", 64), c.word("cuMemAllocHost_v2", 64)
	m := c.word("cuModuleLoadData", text(nothing))
	f, s, e, blas := c.word("cuModuleGetFunction", m, text("k")), c.word("cuStreamCreate", 1), c.word("cuEventCreate", 2), c.word("cublasCreate_v2")
	c.want(success, "cuEventRecord", e, 0)
	c.want(success, "cuCtxSetCurrent", c.word("cuDevicePrimaryCtxRetain", 1))
	if r := c.launch(f, once, once, 0); r != invalidHandle {
		t.Errorf("launch: %d", r)
	}
	host := at(new([64]byte))
	c.want(invalidHandle, "cuModuleUnload", m)
	c.want(invalidHandle, "cuModuleGetFunction", at(new(uintptr)), m, text("k"))
	c.want(invalidHandle, "cuEventRecord", e, 0)
	c.want(invalidHandle, "cuStreamBeginCapture_v2", s, captureRelaxed)
	c.want(invalidHandle, "cuStreamDestroy_v2", s)
	c.want(invalidValue, "cuMemFree_v2", p)
	c.want(invalidValue, "cuMemcpyHtoD_v2", p, host, 8)
	c.want(invalidValue, "cuMemcpyHtoDAsync_v2", p, pinned, 8, 0)
	c.want(blasInvalid, "cublasSetStream_v2", blas, 0)
	c.want(success, "cuStreamWaitEvent", 0, e, 0) // this is what events are for
	c.want(success, "cuEventSynchronize", e)
	c.want(success, "cuEventDestroy_v2", e)
	c.want(invalidHandle, "cuEventDestroy_v2", e)
	c.want(invalidHandle, "cuEventRecord", e, 0)
	c.want(invalidHandle, "cuEventSynchronize", e)
	c.want(invalidHandle, "cuStreamWaitEvent", 0, e, 0)
}

// TestMemoryCalls: copies beyond an allocation, and memory that is given back wrongly.
func TestMemoryCalls(t *testing.T) {
	c := open(t, &Machine{})
	p, q, host, pinned := c.word("cuMemAlloc_v2", 64), c.word("cuMemAlloc_v2", 64), at(new([65]byte)), c.word("cuMemAllocHost_v2", 64)
	c.want(success, "cuMemcpyHtoD_v2", p, host, 64)
	for _, l := range []struct{ at, n uintptr }{{p, 65}, {p + 1, 64}, {p - 1, 1}, {p + 64, 1}, {0, 8}, {p, 1 << 63}} {
		c.want(invalidValue, "cuMemcpyHtoD_v2", l.at, host, l.n)
		c.want(invalidValue, "cuMemcpyDtoH_v2", host, l.at, l.n)
		if l.n <= 64 {
			c.want(invalidValue, "cuMemcpyHtoDAsync_v2", l.at, pinned, l.n, 0)
		}
		c.want(invalidValue, "cuMemcpyPeerAsync", q, c.m.devices[0].context, l.at, c.m.devices[0].context, l.n, 0)
	}
	c.want(invalidValue, "cuMemcpyHtoDAsync_v2", p, pinned, 65, 0)
	c.want(invalidValue, "cuMemFree_v2", p+8)
	c.want(success, "cuMemFree_v2", p)
	c.want(invalidValue, "cuMemFree_v2", p)
	c.want(invalidValue, "cuMemcpyHtoD_v2", p, host, 8)
	c.want(invalidValue, "cuMemcpyDtoH_v2", host, p, 8)
	c.want(invalidValue, "cuMemAlloc_v2", at(new(uintptr)), 0)
	c.want(invalidValue, "cuMemFreeHost", pinned+8)
	c.want(success, "cuMemFreeHost", pinned)
	c.want(invalidValue, "cuMemFreeHost", pinned)
	c.want(invalidValue, "cuMemcpyHtoDAsync_v2", q, pinned, 8, 0)
}

// TestPinnedInUse gives memory back that a copy is still to read.
func TestPinnedInUse(t *testing.T) {
	for _, wait := range []bool{true, false} {
		c := open(t, &Machine{})
		p, pinned, host := c.word("cuMemAlloc_v2", 8), c.word("cuMemAllocHost_v2", 8), new([8]byte)
		clear(c.m.pinned[pinned].bytes)
		c.want(success, "cuMemcpyHtoDAsync_v2", p, pinned, 8, 0)
		if wait {
			c.want(success, "cuCtxSynchronize")
		}
		c.want(success, "cuMemFreeHost", pinned)
		c.want(success, "cuMemcpyDtoH_v2", at(host), p, 8)
		if broken := c.m.Fault != nil && strings.Contains(c.m.Fault.Error(), "while a copy"); broken == wait || (host[0] == 0) != wait {
			t.Errorf("waited %v: fault %v, copied %x", wait, c.m.Fault, host)
		}
	}
}

// TestBlasHandles: the library's own handles, and its memory while a stream captures.
func TestBlasHandles(t *testing.T) {
	c := open(t, &Machine{})
	h, p, s := c.word("cublasCreate_v2"), c.word("cuMemAlloc_v2", 4096), c.word("cuStreamCreate", 1)
	c.want(blasUninitialized, "cublasSetStream_v2", h+1, 0)
	c.want(blasInvalid, "cublasSetWorkspace_v2", h, p, 4097)
	c.want(blasInvalid, "cublasSetWorkspace_v2", h, p+8, 8)
	one, zero := new(float32), new(float32)
	*one = 1
	product := func(want uint32) {
		t.Helper()
		c.want(want, "cublasGemmStridedBatchedEx", h, 0, 0, 2, 2, 2, at(one), p, 0, 2, 0, p+256, 0, 2, 0, at(zero), p+512, 0, 2, 0, 1, 68, 0xffffffff)
	}
	product(success)
	c.want(success, "cublasSetWorkspace_v2", h, p, 4096)
	c.want(success, "cublasSetStream_v2", h, s)
	c.want(success, "cuStreamBeginCapture_v2", s, captureRelaxed)
	product(blasFailed) // the memory was that of the other stream
	c.want(success, "cublasSetWorkspace_v2", h, p, 4096)
	product(success)
	c.want(success, "cuStreamEndCapture", s, at(new(uintptr)))
	c.want(success, "cuStreamDestroy_v2", s)
	product(blasFailed)
	c.want(success, "cublasDestroy_v2", h)
	c.want(blasUninitialized, "cublasDestroy_v2", h)
}
