package driver

import (
	"runtime"
	"unsafe"
)

// The functions below work in the current context: see Enter.

// Alloc returns n bytes of device memory.
func (a *API) Alloc(n int64) (Pointer, error) {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.args[0], f.args[1] = f.result(0), uintptr(n)
	if r := call(a.fn.memAlloc, f.args[:2]); r != Success {
		return 0, &Error{Call: "cuMemAlloc", Result: r}
	}
	return Pointer(f.out[0]), nil
}

// Free gives memory back once the work that was enqueued before is done.
func (a *API) Free(p Pointer) error {
	return a.cold("cuMemFree", a.fn.memFree, uintptr(p))
}

// MemoryInfo returns the free and all bytes of the device.
func (a *API) MemoryInfo() (free, total int64, err error) {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	err = a.cold("cuMemGetInfo", a.fn.memGetInfo, f.result(0), f.result(1))
	return int64(f.out[0]), int64(f.out[1]), err
}

// CopyIn copies src to device memory. src may be reused at once.
func (a *API) CopyIn(dst Pointer, src []byte) error {
	if len(src) == 0 {
		return nil
	}
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.host = unsafe.Pointer(unsafe.SliceData(src)) // on the heap from here on
	f.args[0], f.args[1], f.args[2] = uintptr(dst), uintptr(f.host), uintptr(len(src))
	r := call(a.fn.copyHtoD, f.args[:3])
	runtime.KeepAlive(src)
	f.host = nil
	if r != Success {
		return &Error{Call: "cuMemcpyHtoD", Result: r}
	}
	return nil
}

// CopyOut waits for enqueued work and copies device memory to dst.
func (a *API) CopyOut(dst []byte, src Pointer) error {
	if len(dst) == 0 {
		return nil
	}
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.host = unsafe.Pointer(unsafe.SliceData(dst))
	f.args[0], f.args[1], f.args[2] = uintptr(f.host), uintptr(src), uintptr(len(dst))
	r := call(a.fn.copyDtoH, f.args[:3])
	runtime.KeepAlive(dst)
	f.host = nil
	if r != Success {
		return &Error{Call: "cuMemcpyDtoH", Result: r}
	}
	return nil
}

// Synchronize waits for all work of the context.
func (a *API) Synchronize() error { return a.cold("cuCtxSynchronize", a.fn.synchronize) }
