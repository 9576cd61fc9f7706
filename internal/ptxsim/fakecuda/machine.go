//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import (
	"fmt"
	"maps"
	"sync"

	"github.com/hekla-ml/hekla/internal/ptxsim"
)

// A Machine is a computer with GPUs that are interpreted, and with faults.
type Machine struct {
	Devices int   // 0 means 1; see None
	None    bool  // no devices: cuInit fails as it does where there are none
	Memory  int64 // of each device; 0 means 1 GiB
	Version int   // of CUDA, 12020 if 0
	Major   int   // of the compute capability; 0 means 5
	Minor   int

	Apart   bool                    // devices cannot reach each other's memory
	Deaf    bool                    // streams do not wait for events
	Missing map[string]bool         // symbols that are not there
	Fail    map[string]uint32       // what functions return instead of working
	Edit    func(ptx string) string // plants bugs in kernels; nil changes nothing
	Idle    bool                    // kernels and products are counted and not run: for tests of what is launched

	mu        sync.Mutex
	devices   []*device
	modules   map[uintptr]*module
	functions map[uintptr]*function
	streams   map[uintptr]*stream
	graphs    map[uintptr]*graph
	blas      map[uintptr]*blas
	Products  int // of cuBLAS
	Biased    int // of these by cuBLASLt, with a bias or an activation
	Activated int // of these with an activation
	lt        map[uintptr]any
	Copies    int // from pinned memory
	Peers     int // copies between devices
	Direct    int // of these between those that reach each other's memory
	Linked    int // kernels that were compiled to be kept
	links     map[uintptr]*link
	pinned    map[uintptr]pinned
	events    map[uintptr]*event
	threads   map[uintptr]uintptr // their current contexts

	started  bool // by cuInit
	lost     lost
	handle   uintptr
	Fault    error // the interpreter's, of the last launch that failed
	Launches int
	Replays  int    // of graphs
	Steps    uint64 // thread-instructions
}

type device struct {
	mem     ptxsim.Memory
	context uintptr
	active  bool // the context is there
	lives   uint64
	users   int
	broken  uint32 // a sticky error

	late    []late
	settled int // how many are done
	reaches map[*device]bool
}

// lost counts what was left in contexts that were given back.
type lost struct {
	bytes                    int64
	streams, pinned, modules int
	blas                     int
}

// end destroys the context of device i with all that is its own. Addresses of the next
// one are others.
func (d *device) end(m *Machine, i int) {
	d.lives++
	d.mem = ptxsim.Memory{Limit: m.Memory, First: uint64(i)<<48 + d.lives<<38}
	d.active, d.broken, d.late, d.reaches = false, 0, nil, map[*device]bool{}
	for _, mod := range m.modules {
		if mod.device == d {
			for _, f := range mod.functions {
				delete(m.functions, f)
			}
		}
	}
	maps.DeleteFunc(m.modules, func(_ uintptr, x *module) bool { return x.device == d })
	maps.DeleteFunc(m.events, func(_ uintptr, x *event) bool { return x.device == d })
	maps.DeleteFunc(m.pinned, func(_ uintptr, x pinned) bool { return x.device == d })
	maps.DeleteFunc(m.streams, func(_ uintptr, x *stream) bool { return x.device == d })
	maps.DeleteFunc(m.graphs, func(_ uintptr, x *graph) bool { return x.device == d })
	maps.DeleteFunc(m.links, func(_ uintptr, x *link) bool { return x.device == d })
	maps.DeleteFunc(m.blas, func(_ uintptr, x *blas) bool { return x.device == d })
}

// giveBack ends the context of device i as its last user leaves it, and notes what
// that left there.
func (d *device) giveBack(m *Machine, i int) {
	m.lost.bytes += d.mem.Used()
	left, pinned, modules, blas := m.Left(), m.Pinned(), m.Modules(), m.Plans()
	d.end(m, i)
	m.lost.streams += left - m.Left()
	m.lost.pinned += pinned - m.Pinned()
	m.lost.modules += modules - m.Modules()
	m.lost.blas += blas - m.Plans()
}

type module struct {
	sim       *ptxsim.Module
	device    *device
	functions map[string]uintptr // that were asked for
}

// Results of the driver.
const (
	success            = 0
	invalidValue       = 1
	outOfMemory        = 2
	notInitialized     = 3
	noDevice           = 100
	invalidDevice      = 101
	invalidContext     = 201
	noBinary           = 209
	noPeer             = 217
	invalidPTX         = 218
	unsupportedPTX     = 222
	invalidHandle      = 400
	illegalState       = 401
	notFound           = 500
	illegalAddress     = 700
	outOfResources     = 701
	peerEnabled        = 704
	contextDestroyed   = 709
	misaligned         = 716
	launchFailed       = 719
	captureUnsupported = 900
	captureInvalidated = 901
	captureMerge       = 902
	captureUnmatched   = 903
	captureUnjoined    = 904
	captureIsolation   = 905
	captureImplicit    = 906
	capturedEvent      = 907
	captureWrongThread = 908
)

var installed struct {
	sync.Mutex
	machine *Machine
}

// Install makes m the machine that the callbacks serve, and returns it as a
// driver library.
func Install(m *Machine) *Machine {
	if m.Devices == 0 {
		m.Devices = 1
	}
	if m.Memory == 0 {
		m.Memory = 1 << 30
	}
	if m.Major == 0 {
		m.Major = 5
	}
	if m.Version == 0 {
		m.Version = 12020
	}
	m.modules, m.functions = map[uintptr]*module{}, map[uintptr]*function{}
	m.pinned, m.events, m.links = map[uintptr]pinned{}, map[uintptr]*event{}, map[uintptr]*link{}
	m.lt, m.threads = map[uintptr]any{}, map[uintptr]uintptr{}
	m.streams, m.graphs, m.blas = map[uintptr]*stream{}, map[uintptr]*graph{}, map[uintptr]*blas{}
	m.devices = nil
	for i := range m.Devices {
		m.devices = append(m.devices, &device{})
		m.devices[i].end(m, i)
	}
	m.handle, m.started, m.lost = 0x1000, false, lost{}
	installed.Lock()
	defer installed.Unlock()
	installed.machine = m
	return m
}

// since says from which version of CUDA drivers have an entry point, of those that were
// not there in 9.0.
var since = map[string]int{
	"cuDeviceGetUuid": 9020, "cuDevicePrimaryCtxRelease_v2": 11000, "cuDevicePrimaryCtxReset_v2": 11000,
	"cuStreamEndCapture": 10000, "cuGraphLaunch": 10000, "cuGraphDestroy": 10000, "cuGraphExecDestroy": 10000,
	"cuStreamBeginCapture_v2": 10010, "cuGraphInstantiateWithFlags": 11040,
}

func current() *Machine {
	installed.Lock()
	defer installed.Unlock()
	return installed.machine
}

// Symbol returns the address of an entry point.
func (m *Machine) Symbol(name string) (uintptr, error) {
	p, ok := callbacks()[name]
	if !ok || m.Missing[name] || m.Version < since[name] {
		return 0, fmt.Errorf("undefined symbol: %s", name)
	}
	return p, nil
}

// Used returns the bytes allocated on all devices, with those that contexts were given back with.
func (m *Machine) Used() int64 {
	n := m.lost.bytes
	for _, d := range m.devices {
		n += d.mem.Used()
	}
	return n
}

// enter begins a call: locked, and with the faults that were asked for.
func (m *Machine) enter(name string) (result uint32, leave func()) {
	m.mu.Lock()
	if r := m.Fail[name]; r != 0 {
		return r, m.mu.Unlock
	}
	if !m.started && name != "cuInit" && name != "cuDriverGetVersion" {
		return notInitialized, m.mu.Unlock
	}
	return success, m.mu.Unlock
}

// device returns that of this thread's context, or why it does not work.
func (m *Machine) device() (*device, uint32) {
	d := m.context(m.threads[thread()])
	switch {
	case d == nil:
		return nil, invalidContext
	case !d.active:
		return nil, contextDestroyed
	}
	return d, d.broken
}

func (m *Machine) newHandle() uintptr {
	m.handle += 16
	return m.handle
}

func (m *Machine) context(c uintptr) *device {
	for _, d := range m.devices {
		if c != 0 && d.context == c {
			return d
		}
	}
	return nil
}
