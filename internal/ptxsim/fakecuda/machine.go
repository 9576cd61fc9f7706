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
	streams   map[uintptr]*[]func() // what is recorded; nil outside of a capture
	graphs    map[uintptr][]func()
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

	blasStream uintptr
	handle     uintptr
	Fault      error // the interpreter's, of the last launch that failed
	Launches   int
	Replays    int    // of graphs
	Steps      uint64 // thread-instructions
}

type device struct {
	mem     ptxsim.Memory
	context uintptr
	users   int
	broken  uint32 // a sticky error

	late    []func() // copies that are under way
	settled int      // how many are done
	reaches map[*device]bool
}

// reset makes device i what it is at first, but for its users.
func (d *device) reset(m *Machine, i int) {
	d.mem = ptxsim.Memory{Limit: m.Memory, First: uint64(i) << 36}
	d.broken, d.late, d.reaches = 0, nil, map[*device]bool{}
	maps.DeleteFunc(m.events, func(_ uintptr, e *event) bool { return e.device == d })
	maps.DeleteFunc(m.pinned, func(_ uintptr, p pinned) bool { return p.device == d })
}

type module struct {
	sim       *ptxsim.Module
	device    *device
	functions map[string]uintptr // that were asked for
}

// Results of the driver.
const (
	success        = 0
	invalidValue   = 1
	outOfMemory    = 2
	notInitialized = 3
	noDevice       = 100
	invalidDevice  = 101
	invalidContext = 201
	noBinary       = 209
	invalidPTX     = 218
	unsupportedPTX = 222
	invalidHandle  = 400
	notFound       = 500
	peerEnabled    = 704
	noPeer         = 217
	illegalAddress = 700
	misaligned     = 716
	launchFailed   = 719
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
	m.devices = nil
	for i := range m.Devices {
		m.devices = append(m.devices, &device{})
		m.devices[i].reset(m, i)
	}
	m.modules, m.functions = map[uintptr]*module{}, map[uintptr]*function{}
	m.pinned, m.events, m.links = map[uintptr]pinned{}, map[uintptr]*event{}, map[uintptr]*link{}
	m.lt, m.threads = map[uintptr]any{}, map[uintptr]uintptr{}
	m.streams, m.graphs = map[uintptr]*[]func(){}, map[uintptr][]func(){}
	m.handle = 0x1000
	installed.Lock()
	defer installed.Unlock()
	installed.machine = m
	return m
}

func current() *Machine {
	installed.Lock()
	defer installed.Unlock()
	return installed.machine
}

// Symbol returns the address of an entry point.
func (m *Machine) Symbol(name string) (uintptr, error) {
	p, ok := callbacks()[name]
	if !ok || m.Missing[name] {
		return 0, fmt.Errorf("undefined symbol: %s", name)
	}
	return p, nil
}

// Used returns the bytes allocated on all devices.
func (m *Machine) Used() int64 {
	n := int64(0)
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
	return success, m.mu.Unlock
}

// device returns that of this thread's context, or why it does not work.
func (m *Machine) device() (*device, uint32) {
	d := m.context(m.threads[thread()])
	if d == nil {
		return nil, invalidContext
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
