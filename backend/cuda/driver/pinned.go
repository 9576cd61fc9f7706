package driver

import (
	"unsafe"
)

// A Stager is a driver that copies from pinned memory of the host while the host
// goes on.
type Stager interface {
	// Stages returns an error that names what an older driver lacks.
	Stages() error
	// AllocHost returns memory that the device reads by itself, FreeHost gives it back.
	AllocHost(n int) ([]byte, error)
	FreeHost([]byte) error
	// CopyInAsync enqueues a copy from pinned memory in the default stream.
	CopyInAsync(dst Pointer, src []byte) error
	NewEvent() (Event, error)
	// Record marks the place in the default stream up to which WaitEvent waits.
	Record(Event) error
	WaitEvent(Event) error
	DestroyEvent(Event) error
}

// An Event is a place in a stream.
type Event uintptr

type stageFunctions struct {
	allocHost, freeHost, copyAsync                    uintptr
	eventCreate, eventRecord, eventWait, eventDestroy uintptr
}

func (f *stageFunctions) table() map[string]*uintptr {
	return map[string]*uintptr{
		"cuMemAllocHost_v2": &f.allocHost, "cuMemFreeHost": &f.freeHost, "cuMemcpyHtoDAsync_v2": &f.copyAsync,
		"cuEventCreate": &f.eventCreate, "cuEventRecord": &f.eventRecord, "cuEventSynchronize": &f.eventWait,
		"cuEventDestroy_v2": &f.eventDestroy,
	}
}

// eventPlain asks for no time stamps, by number.
const eventPlain = 2

func (a *API) Stages() error { return a.noStages }

func (a *API) AllocHost(n int) ([]byte, error) {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.host = nil
	if err := a.cold("cuMemAllocHost", a.stage.allocHost, uintptr(unsafe.Pointer(&f.host)), uintptr(n)); err != nil {
		return nil, err
	}
	p := f.host
	f.host = nil
	return unsafe.Slice((*byte)(p), n), nil
}

func (a *API) FreeHost(b []byte) error {
	return a.cold("cuMemFreeHost", a.stage.freeHost, uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}

func (a *API) CopyInAsync(dst Pointer, src []byte) error {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.args[0], f.args[1], f.args[2], f.args[3] = uintptr(dst), uintptr(unsafe.Pointer(unsafe.SliceData(src))), uintptr(len(src)), 0
	if r := call(a.stage.copyAsync, f.args[:4]); r != Success {
		return &Error{Call: "cuMemcpyHtoDAsync", Result: r}
	}
	return nil
}

func (a *API) NewEvent() (Event, error) {
	v, err := a.word("cuEventCreate", a.stage.eventCreate, eventPlain)
	return Event(v), err
}

func (a *API) Record(e Event) error {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.args[0], f.args[1] = uintptr(e), 0
	if r := call(a.stage.eventRecord, f.args[:2]); r != Success {
		return &Error{Call: "cuEventRecord", Result: r}
	}
	return nil
}

func (a *API) WaitEvent(e Event) error {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.args[0] = uintptr(e)
	if r := call(a.stage.eventWait, f.args[:1]); r != Success {
		return &Error{Call: "cuEventSynchronize", Result: r}
	}
	return nil
}

func (a *API) DestroyEvent(e Event) error {
	return a.cold("cuEventDestroy", a.stage.eventDestroy, uintptr(e))
}
