package driver

import (
	"bytes"
	"unsafe"
)

// Options of cuModuleLoadDataEx.
const (
	optErrorLog     = 5
	optErrorLogSize = 6
)

// Compile makes a module of PTX text; an error carries the compiler's log.
func (a *API) Compile(text string) (Module, error) {
	c := &compilation{image: append([]byte(text), 0), options: [2]uint32{optErrorLog, optErrorLogSize}}
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.keep = c // on the heap from here on
	c.values = [2]uintptr{uintptr(unsafe.Pointer(&c.log)), uintptr(len(c.log))}
	r := call(a.fn.moduleLoad, []uintptr{f.result(0), uintptr(unsafe.Pointer(&c.image[0])), uintptr(len(c.options)),
		uintptr(unsafe.Pointer(&c.options)), uintptr(unsafe.Pointer(&c.values))})
	f.keep = nil
	if r != Success {
		text, _, _ := bytes.Cut(c.log[:], []byte{0})
		return 0, &Error{Call: "cuModuleLoadDataEx", Result: r, Log: string(bytes.TrimSpace(text))}
	}
	return Module(f.out[0]), nil
}

// compilation is what the driver reads and writes while it compiles.
type compilation struct {
	image   []byte
	log     [4096]byte
	options [2]uint32
	values  [2]uintptr
}

// Unload drops a module.
func (a *API) Unload(m Module) error {
	return a.cold("cuModuleUnload", a.fn.moduleUnload, uintptr(m))
}

// Function finds a kernel of a module.
func (a *API) Function(m Module, name string) (Function, error) {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.text[copy(f.text[:len(f.text)-1], name)] = 0
	err := a.cold("cuModuleGetFunction", a.fn.moduleGetFunction, f.result(0), uintptr(m), uintptr(unsafe.Pointer(&f.text)))
	return Function(f.out[0]), err
}

// Launch enqueues a kernel whose parameters are one block of words. They may
// be reused at once.
func (a *API) Launch(fn Function, l Launch, params []uint64) error {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.block = unsafe.Pointer(unsafe.SliceData(params))
	f.blocks[0] = f.block
	f.args = [11]uintptr{
		uintptr(fn), uintptr(l.Grid[0]), uintptr(l.Grid[1]), uintptr(l.Grid[2]), uintptr(l.Threads), 1, 1,
		uintptr(l.Shared), uintptr(l.Stream), uintptr(unsafe.Pointer(&f.blocks)), 0,
	}
	r := call(a.fn.launchKernel, f.args[:])
	f.block, f.blocks[0] = nil, nil
	if r != Success {
		return &Error{Call: "cuLaunchKernel", Result: r}
	}
	return nil
}
