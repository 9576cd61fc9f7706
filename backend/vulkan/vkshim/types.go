// Package vkshim is Hekla's door to Vulkan: it opens the loader at run time,
// knows the ABI of the few functions that a compute device needs, and replays a
// stream of commands, recorded in Go, in one call. No header or library is
// needed to build. Without cgo it reports ErrNoCgo.
//
// It checks nothing that Vulkan requires of its caller: package vulkan does.
package vkshim

import (
	"errors"
	"fmt"
)

// ErrNoCgo: the program was built without cgo.
var ErrNoCgo = errors.New("this program was built without cgo, which Vulkan needs (set CGO_ENABLED=1 and have a C compiler)")

// Result is an error of Vulkan's, a negative VkResult.
type Result int

// Results that callers tell apart.
const (
	Timeout             Result = 2
	OutOfHostMemory     Result = -1
	OutOfDeviceMemory   Result = -2
	DeviceLost          Result = -4
	TooManyObjects      Result = -10
	noFunction          Result = -100000
	noMemoryType        Result = -99999
	badStream           Result = -99998
	incompatibleDriver  Result = -9
	initializationFails Result = -3
)

var resultText = map[Result]string{
	Timeout: "timeout", OutOfHostMemory: "out of host memory", OutOfDeviceMemory: "out of device memory",
	initializationFails: "initialization failed", DeviceLost: "device lost", -5: "memory map failed",
	-6: "layer not present", -7: "extension not present", -8: "feature not present",
	incompatibleDriver: "no driver for Vulkan 1.1", TooManyObjects: "too many objects", -13: "unknown error of the driver",
	-1000069000: "out of pool memory", noFunction: "the driver lacks a function of Vulkan 1.1",
	noMemoryType: "no memory type fits", badStream: "malformed command stream",
}

func (r Result) Error() string {
	if s := resultText[r]; s != "" {
		return "vulkan: " + s
	}
	return fmt.Sprintf("vulkan: error %d", int(r))
}

// Kinds of a physical device.
const (
	Other = iota
	Integrated
	Discrete
	Virtual
	CPU
)

// A Physical describes a device.
type Physical struct {
	Name                   string
	DriverName, DriverInfo string
	UUID                   [16]byte
	API, Driver            uint32 // versions
	Vendor                 uint32
	Kind                   int
	Memory                 int64 // bytes of the largest heap of its own
	Compute                bool  // has a queue for it
	Float64, Int64         bool
	SubgroupSize           int
	SubgroupShuffle        bool
	Limits                 Limits
	raw                    raw
}

// Limits are the largest values a device takes.
type Limits struct {
	StorageRange     int64 // bytes of a buffer that a kernel sees
	StorageAlignment int64 // of its first byte
	PushBytes        int
	Buffers          int // of a kernel
	SharedBytes      int
	Groups           [3]int64
	Invocations      int // of a workgroup
	Allocations      int
}

// Memory is a buffer with memory of its own. Mapped is nil if the host cannot
// reach it; unless Cached, the host writes it fast but reads it slowly.
type Memory struct {
	Buffer, memory uint64
	Mapped         []byte
	Cached         bool
}

// A Pipeline is a compiled kernel.
type Pipeline struct{ SetLayout, Layout, Pipeline uint64 }

// The instructions of a stream, each followed by words.
const (
	// OpDispatch: pipeline, layout, set layout, groups x, y, z, n, n times
	// (buffer, offset, bytes), number of push words, the words, two in each.
	OpDispatch = 1 + iota
	// OpBarrier: all that was done is seen by all that follows.
	OpBarrier
	// OpCopy: from, to, offset in from, offset in to, bytes.
	OpCopy
	// OpHostBarrier: all that was done is seen by the host.
	OpHostBarrier
)
