package backend

import (
	"errors"
	"fmt"
)

// Errors a device returns, for errors.Is.
var (
	// ErrUnsupported: the device has no kernel for a call. Whoever ran it may
	// decompose the op.
	ErrUnsupported = errors.New("not supported by the device")
	// ErrOutOfMemory: memory is short even after caches were dropped.
	ErrOutOfMemory = errors.New("out of device memory")
	// ErrDeviceLost: the device failed; it must be closed and opened again.
	ErrDeviceLost = errors.New("device lost")
	// ErrNoDevice: no device of that name, or its driver is missing.
	ErrNoDevice = errors.New("no such device")
	// ErrClosed: the device was closed.
	ErrClosed = errors.New("device is closed")
)

// A MemoryError is an ErrOutOfMemory with the figures behind it.
type MemoryError struct {
	Device    string
	Requested int64 // bytes, this request
	InUse     int64 // bytes held by live buffers
	Cached    int64 // bytes kept for reuse, already given up when this is returned
	Limit     int64 // bytes, the budget; 0 if the device itself refused
	Cause     error // what the device said, or nil
}

func (e *MemoryError) Error() string {
	s := fmt.Sprintf("backend: %s: out of memory: asked for %d bytes with %d in use", e.Device, e.Requested, e.InUse)
	if e.Limit > 0 {
		s += fmt.Sprintf(" of a budget of %d", e.Limit)
	}
	if e.Cause != nil {
		s += fmt.Sprintf(" (%v)", e.Cause)
	}
	return s + "; use smaller batches, tensor.Scope, or free tensors earlier"
}

func (e *MemoryError) Is(target error) bool { return target == ErrOutOfMemory }

func (e *MemoryError) Unwrap() error { return e.Cause }
