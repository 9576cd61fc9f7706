package driver

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"
)

// Handles.
type (
	Device   int32
	Context  uintptr
	Module   uintptr
	Function uintptr
	Stream   uintptr
	Pointer  uint64 // to device memory
)

// MinVersion is the oldest driver API that takes the PTX of package ptx: that
// of CUDA 9.
const MinVersion = 9000

// An API is an open driver.
type API struct {
	version int
	fn      functions

	graph    graphFunctions
	noGraphs error
	stage    stageFunctions
	noStages error
	link     linkFunctions
	noLinks  error
	peer     peerFunctions
	noPeers  error
}

// functions are entry points. Where a function's signature changed, the name
// has the version that is called, whatever the driver's newest.
type functions struct {
	init, driverGetVersion                                    uintptr
	deviceGetCount, deviceGet, deviceGetName, deviceGetUUID   uintptr
	deviceGetAttribute, deviceTotalMem                        uintptr
	primaryCtxRetain, primaryCtxRelease, primaryCtxReset      uintptr
	ctxSetCurrent, synchronize                                uintptr
	memAlloc, memFree, memGetInfo, copyHtoD, copyDtoH         uintptr
	moduleLoad, moduleUnload, moduleGetFunction, launchKernel uintptr
}

func (f *functions) table() map[string]*uintptr {
	return map[string]*uintptr{
		"cuInit": &f.init, "cuDriverGetVersion": &f.driverGetVersion,
		"cuDeviceGetCount": &f.deviceGetCount, "cuDeviceGet": &f.deviceGet, "cuDeviceGetName": &f.deviceGetName,
		"cuDeviceGetUuid": &f.deviceGetUUID, "cuDeviceGetAttribute": &f.deviceGetAttribute, "cuDeviceTotalMem_v2": &f.deviceTotalMem,
		"cuDevicePrimaryCtxRetain": &f.primaryCtxRetain, "cuDevicePrimaryCtxRelease_v2": &f.primaryCtxRelease,
		"cuDevicePrimaryCtxReset_v2": &f.primaryCtxReset,
		"cuCtxSetCurrent":            &f.ctxSetCurrent, "cuCtxSynchronize": &f.synchronize,
		"cuMemAlloc_v2": &f.memAlloc, "cuMemFree_v2": &f.memFree, "cuMemGetInfo_v2": &f.memGetInfo,
		"cuMemcpyHtoD_v2": &f.copyHtoD, "cuMemcpyDtoH_v2": &f.copyDtoH,
		"cuModuleLoadDataEx": &f.moduleLoad, "cuModuleUnload": &f.moduleUnload, "cuModuleGetFunction": &f.moduleGetFunction,
		"cuLaunchKernel": &f.launchKernel,
	}
}

// renamed functions have an older name that serves.
var renamed = map[string]string{
	"cuDevicePrimaryCtxRelease_v2": "cuDevicePrimaryCtxRelease", "cuDevicePrimaryCtxReset_v2": "cuDevicePrimaryCtxReset",
}

// late functions came with CUDA 9.2. We do without them.
var late = map[string]bool{"cuDeviceGetUuid": true}

// New resolves the functions and initializes the driver.
func New(s Symbols) (*API, error) {
	a := &API{}
	for name, at := range a.fn.table() {
		p, err := s.Symbol(name)
		if old := renamed[name]; err != nil && old != "" {
			p, err = s.Symbol(old)
		}
		if (err != nil || p == 0) && !late[name] {
			return nil, fmt.Errorf("cuda: the driver has no %s: it is too old, or no NVIDIA driver (%v)", name, err)
		}
		*at = p
	}
	a.noGraphs, a.noStages = resolve(s, a.graph.table()), resolve(s, a.stage.table())
	a.noLinks, a.noPeers = resolve(s, a.link.table()), resolve(s, a.peer.table())
	if err := a.cold("cuInit", a.fn.init, 0); err != nil {
		return nil, err
	}
	v, err := a.int32("cuDriverGetVersion", a.fn.driverGetVersion)
	if err != nil {
		return nil, err
	}
	if a.version = int(v); a.version < MinVersion {
		return nil, fmt.Errorf("cuda: the driver is for CUDA %s: want %d or newer", a.Version(), MinVersion/1000)
	}
	return a, nil
}

// Version returns the newest CUDA that the driver is for, as "12.2".
func (a *API) Version() string { return fmt.Sprintf("%d.%d", a.version/1000, a.version%1000/10) }

// cold makes a call that is not worth avoiding an allocation.
func (a *API) cold(name string, fn uintptr, args ...uintptr) error {
	if r := call(fn, args); r != Success {
		return &Error{Call: name, Result: r}
	}
	return nil
}

// int32 calls a function that stores an int through its first argument.
func (a *API) int32(name string, fn uintptr, args ...uintptr) (int32, error) {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.out[0] = 0
	err := a.cold(name, fn, append([]uintptr{f.result(0)}, args...)...)
	return int32(uint32(f.out[0])), err
}

// word calls a function that stores a word through its first argument.
func (a *API) word(name string, fn uintptr, args ...uintptr) (uintptr, error) {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.out[0] = 0
	err := a.cold(name, fn, append([]uintptr{f.result(0)}, args...)...)
	return uintptr(f.out[0]), err
}

// A frame holds the arguments of a call and what it stores: on the heap, where
// nothing moves it while C has its address.
type frame struct {
	args   [11]uintptr
	out    [2]uint64
	text   [256]byte
	block  unsafe.Pointer // kernel parameters
	blocks [1]unsafe.Pointer
	host   unsafe.Pointer
	keep   any
}

var frames = sync.Pool{New: func() any { return new(frame) }}

func (f *frame) result(i int) uintptr { return uintptr(unsafe.Pointer(&f.out[i])) }

// Enter makes c current to this thread and keeps the goroutine on it until
// the result is called.
func (a *API) Enter(c Context) (leave func(), err error) {
	runtime.LockOSThread()
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.args[0] = uintptr(c)
	if r := call(a.fn.ctxSetCurrent, f.args[:1]); r != Success {
		runtime.UnlockOSThread()
		return nil, &Error{Call: "cuCtxSetCurrent", Result: r}
	}
	return runtime.UnlockOSThread, nil
}
