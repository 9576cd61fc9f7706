// Package backend is the seam between tensors and hardware: a Device holds
// memory and runs ops, which reach it as data. A driver registers itself when
// its package is imported and opens devices lazily.
package backend

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// A Device holds memory and runs ops. Methods may be called from several
// goroutines. Run only enqueues: results are there for later calls on the same
// device, and for the host after Download or Sync.
//
// What more a device can do it says by optional interfaces, found with As.
type Device interface {
	Info() Info
	// Alloc returns memory with undefined content.
	Alloc(bytes int64) (Buffer, error)
	// Upload copies src to byte offset off of dst. src may be reused at once.
	Upload(dst Buffer, off int64, src []byte) error
	// Download copies from byte offset off of src; it waits for what produced it.
	Download(dst []byte, src Buffer, off int64) error
	// Run enqueues a call, or returns an error that Is ErrUnsupported if the
	// device has no kernel for it. It must not keep c or its slices.
	Run(c *Call) error
	// Sync waits until all enqueued work is done.
	Sync() error
	Close() error
}

// A Buffer is a piece of device memory.
type Buffer interface {
	Len() int64 // in bytes
	// Free gives the memory back once enqueued work no longer needs it. The
	// buffer must not be used afterwards.
	Free()
}

// A HostBuffer is a Buffer that the host can read and write directly once the
// device is in sync. A device of HostBuffers runs calls on any HostBuffer, not
// just those it made: wrappers such as Pool's hand it their own.
type HostBuffer interface {
	Buffer
	Bytes() []byte
}

// A View is an operand of a Call: elements of a buffer seen through a layout.
// Offset and strides count elements.
type View struct {
	Buffer Buffer
	DType  dtype.DType
	shape.View
}

// A Call is one op to run, as data. Outputs are allocated by the caller; they
// are contiguous but for elementwise calls, whose outputs may have any layout
// without repeats, and may be one of the inputs (the same view of the same
// buffer) to update it in place.
type Call struct {
	Op    *op.Op
	Attrs any
	In    []View
	Out   []View

	// Fn is set for elementwise calls: the function to run for each element,
	// with its scalar arguments. All views then have the shape of the outputs
	// (inputs are stretched with strides of 0).
	Fn       *op.Fn
	Uniforms []float64

	// Fold is set for reductions; the inputs are stretched to one shape.
	Fold *op.ReduceMapAttrs
}

// Info describes a device.
type Info struct {
	Name     string // "cpu:0", "vulkan:0": what Open takes
	Model    string // of the hardware
	Vendor   string
	Driver   string // name and version
	UUID     string // the same through every driver that sees the device; may be empty
	Kind     Kind
	Memory   int64 // bytes, 0 if unknown
	Features []string
	// Experimental marks a driver that has not been proven on hardware: Default
	// leaves it alone.
	Experimental bool
}

// A Kind is a class of hardware, in ascending order of preference.
type Kind uint8

// The kinds. Software is a GPU driver that runs on the CPU, for tests.
const (
	Software Kind = iota
	CPU
	IntegratedGPU
	DiscreteGPU
)

func (k Kind) String() string {
	names := [...]string{"software", "cpu", "integrated GPU", "discrete GPU"}
	if int(k) >= len(names) {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return names[k]
}

// A Wrapper is a Device that stands in front of another.
type Wrapper interface{ Unwrap() Device }

// As finds the first device that implements T, from d inwards through
// wrappers: how optional interfaces are looked up. Their methods are given the
// buffers of d and find their own with BufferAs.
func As[T any](d Device) (T, bool) {
	for d != nil {
		if t, ok := d.(T); ok {
			return t, true
		}
		w, ok := d.(Wrapper)
		if !ok {
			break
		}
		d = w.Unwrap()
	}
	var none T
	return none, false
}

// BufferAs finds the first buffer of type T, from b inwards through wrappers.
// Only a device's optional methods need it: those of Device get the device's
// own buffers, or HostBuffers.
func BufferAs[T Buffer](b Buffer) (T, bool) {
	for b != nil {
		if t, ok := b.(T); ok {
			return t, true
		}
		w, ok := b.(interface{ Unwrap() Buffer })
		if !ok {
			break
		}
		b = w.Unwrap()
	}
	var none T
	return none, false
}
