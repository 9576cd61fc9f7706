package backend

import (
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
)

// A Driver finds and opens the devices of one kind.
type Driver interface {
	// List describes the devices present and says why others were skipped.
	List() ([]Info, []Skipped)
	// Open opens a device that List described.
	Open(info Info) (Device, error)
}

// An ExperimentalDriver is a Driver that says, before it looks for devices,
// that none of its devices has been proven on hardware. Default does not even
// ask it: looking may take a while.
type ExperimentalDriver interface {
	Driver
	Experimental() bool
}

// Skipped is a candidate that cannot be used, and why.
type Skipped struct {
	Name   string
	Reason string
}

var registry = struct {
	sync.Mutex
	drivers map[string]Driver
	open    map[string]*opening // by Info.Name
}{drivers: map[string]Driver{}, open: map[string]*opening{}}

// An opening is a device that is open, or will be once its driver is done.
type opening struct {
	done chan struct{} // closed when the rest is there
	dev  Device
	err  error
}

// Register makes a driver known under a name such as "vulkan". It is called
// from the init function of the driver's package and panics on a second driver
// of the same name.
func Register(name string, d Driver) {
	registry.Lock()
	defer registry.Unlock()
	if d == nil || registry.drivers[name] != nil {
		panic("backend: driver " + name + " is nil or registered twice")
	}
	registry.drivers[name] = d
}

// List returns all devices of all registered drivers, the preferred first, and
// what was skipped. A GPU seen through several drivers is listed for each.
func List() ([]Info, []Skipped) {
	return list(func(Driver) bool { return true })
}

func list(wanted func(Driver) bool) ([]Info, []Skipped) {
	var all []Info
	var skipped []Skipped
	for _, name := range driverNames() {
		d := driver(name)
		if !wanted(d) {
			continue
		}
		infos, s := d.List()
		all, skipped = append(all, infos...), append(skipped, s...)
	}
	// CUDA before Vulkan of the same kind: alphabetical order serves.
	sort.SliceStable(all, func(i, j int) bool { return all[i].Kind > all[j].Kind })
	return all, skipped
}

// Open opens a device by name: "cpu", "vulkan:0", or a driver and part of the
// model's name, its UUID ("vulkan:radeon"). A device that is open already is
// returned again: close it once, when nobody uses it any more.
//
// If HEKLA_SHADOW names another device, every call is checked against it; see
// Shadow.
func Open(name string) (Device, error) {
	c, err := find(name)
	if err != nil {
		return nil, err
	}
	return open(c)
}

// A candidate is a device that can be opened.
type candidate struct {
	driver Driver
	info   Info
}

func find(name string) (candidate, error) {
	drv, sel, _ := strings.Cut(strings.ToLower(strings.TrimSpace(name)), ":")
	d := driver(drv)
	if d == nil {
		return candidate{}, fmt.Errorf("backend: %w: unknown driver %q in %q (forgotten import? registered: %v)", ErrNoDevice, drv, name, driverNames())
	}
	infos, skipped := d.List()
	for i, info := range infos {
		if sel == "" && i == 0 || info.Name == drv+":"+sel || sel != "" && (strings.EqualFold(info.UUID, sel) || strings.Contains(strings.ToLower(info.Model), sel) && !isNumber(sel)) {
			return candidate{d, info}, nil
		}
	}
	var have []string
	for _, info := range infos {
		have = append(have, fmt.Sprintf("%s (%s)", info.Name, info.Model))
	}
	for _, s := range skipped {
		have = append(have, fmt.Sprintf("%s skipped: %s", s.Name, s.Reason))
	}
	return candidate{}, fmt.Errorf("backend: %w: %q; found: %s", ErrNoDevice, name, strings.Join(append(have, "nothing else"), "; "))
}

// Default opens the device named by HEKLA_DEVICE or else the preferred one:
// CUDA, a discrete GPU by Vulkan, an integrated one, the CPU. Software drivers
// and those marked Experimental are only used when named.
func Default() (Device, error) {
	if name := os.Getenv("HEKLA_DEVICE"); name != "" {
		return Open(name)
	}
	infos, _ := list(func(d Driver) bool {
		e, ok := d.(ExperimentalDriver)
		return !ok || !e.Experimental()
	})
	for _, info := range infos {
		if info.Kind != Software && !info.Experimental {
			drv, _, _ := strings.Cut(info.Name, ":")
			return open(candidate{driver(drv), info})
		}
	}
	return nil, fmt.Errorf("backend: %w: no driver is registered (forgotten import of backend/cpu?)", ErrNoDevice)
}

func open(c candidate) (Device, error) {
	if _, err := memoryLimit(); err != nil {
		return nil, err
	}
	name := os.Getenv("HEKLA_SHADOW")
	if name == "" {
		return openOnce(c, nil)
	}
	ref, err := find(name)
	if err != nil {
		return nil, fmt.Errorf("backend: HEKLA_SHADOW: %w", err)
	}
	if ref.info.Name == c.info.Name { // nothing to learn from itself
		return openOnce(c, nil)
	}
	other, err := openOnce(ref, nil)
	if err != nil {
		return nil, fmt.Errorf("backend: HEKLA_SHADOW: %w", err)
	}
	return openOnce(c, other)
}

// openOnce opens c, shadowed by ref if there is one, unless it is open already.
// Others who want the same device wait; the registry does not.
func openOnce(c candidate, ref Device) (Device, error) {
	name := c.info.Name
	registry.Lock()
	o := registry.open[name]
	if o != nil {
		registry.Unlock()
		<-o.done
		return o.dev, o.err
	}
	o = &opening{done: make(chan struct{}), err: fmt.Errorf("backend: open %s: the driver panicked", name)}
	registry.open[name] = o
	registry.Unlock()
	defer close(o.done)
	defer func() {
		if o.err != nil {
			forget(name, o)
		}
	}()
	dev, err := c.driver.Open(c.info)
	if err != nil {
		o.err = fmt.Errorf("backend: open %s: %w", name, err)
		return nil, o.err
	}
	dev = Pool(dev)
	if ref != nil {
		dev = Shadow(dev, ref, nil)
	}
	o.dev, o.err = &shared{Device: dev, name: name, opening: o}, nil
	return o.dev, nil
}

// forget makes the next Open of a device start afresh.
func forget(name string, o *opening) {
	registry.Lock()
	defer registry.Unlock()
	if registry.open[name] == o {
		delete(registry.open, name)
	}
}

// shared is an opened device; closing it makes Open start afresh.
type shared struct {
	Device
	name    string
	opening *opening
}

func (s *shared) Unwrap() Device { return s.Device }

func (s *shared) Close() error {
	forget(s.name, s.opening)
	return s.Device.Close()
}

func driver(name string) Driver {
	registry.Lock()
	defer registry.Unlock()
	return registry.drivers[name]
}

func driverNames() []string {
	registry.Lock()
	defer registry.Unlock()
	names := make([]string, 0, len(registry.drivers))
	for n := range registry.drivers {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
