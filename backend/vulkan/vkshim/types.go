// Package vkshim is Hekla's door to Vulkan. It opens the loader at run time and
// hands it to vulkan-go, whose types and constants it uses, and whose functions
// of a single struct for what happens seldom. The rest is a shim in C that
// knows the ABI of what vulkan-go lacks or does not do safely, and replays a
// stream of commands, recorded in Go, in one call. No header or library is
// needed to build. Without cgo it reports ErrNoCgo.
//
// It checks nothing that Vulkan requires of its caller: package vulkan does.
package vkshim

import (
	"errors"
	"fmt"
)

// ErrNoCgo: the program was built without cgo. On other systems than Linux and
// Windows vulkan-go links the system's Vulkan library, so that there a build
// tag has to ask for it.
var ErrNoCgo = errors.New("this program was built without Vulkan, which needs cgo (set CGO_ENABLED=1 and have a C compiler; on macOS and FreeBSD install MoltenVK or the Vulkan loader and build with -tags vulkan)")

// Validation says which layer to switch on, and what more it should check.
type Validation struct {
	Layer string // none if empty
	Sync  bool   // hazards between commands
	GPU   bool   // accesses of kernels
}

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
	UUID, CacheUUID        [16]byte
	PCI                    string // domain:bus:device.function, or empty
	API, Driver            uint32 // versions
	DriverID               uint32 // which driver it is, 0 if unknown
	Vendor, Device         uint32
	Kind                   int
	Memory                 int64 // bytes of the largest heap of its own
	Compute                bool  // has a queue for it
	Float64, Int64         bool
	Timeline               bool    // has timeline semaphores
	Addresses              bool    // buffers have addresses
	StampPeriod            float64 // nanoseconds in a step of its clock, 0 if it has none
	StampBits              int
	Limits                 Limits
	Fragment               Fragment // of float16
	WideFragment           Fragment // of bfloat16, whose range is wider
	raw                    raw
	handle                 physicalHandle
}

// A Fragment is the size of the cooperative matrices that a subgroup multiplies,
// M by K times K by N, of float16 and summed in float32; 0 if it does not.
type Fragment struct{ M, N, K int }

// Limits are the largest values a device takes.
type Limits struct {
	StorageRange     int64 // bytes of a buffer that a kernel sees
	StorageAlignment int64 // of its first byte
	PushBytes        int
	Buffers          int // of a kernel
	SharedBytes      int
	Groups           [3]int64
	GroupSize        [3]int
	Invocations      int // of a workgroup
	Allocations      int
	Subgroup         int // its usual size
	SubgroupOps      SubgroupOps
}

// SubgroupOps are the classes of operations between the invocations of a
// subgroup that kernels may use.
type SubgroupOps uint32

// The classes of Vulkan 1.1.
const (
	SubgroupBasic SubgroupOps = 1 << iota
	SubgroupVote
	SubgroupArithmetic
	SubgroupBallot
	SubgroupShuffle
	SubgroupShuffleRelative
	SubgroupClustered
	SubgroupQuad
)

// Memory is a buffer with memory of its own. Mapped is nil if the host cannot
// reach it; unless Cached, the host writes it fast but reads it slowly.
type Memory struct {
	Buffer, memory uint64
	Mapped         []byte
	Cached         bool
	Address        uint64 // where the device has it, 0 if it does not tell
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
	// OpStamp: number of the stamp. It reads the clock when all before is done.
	OpStamp
)
