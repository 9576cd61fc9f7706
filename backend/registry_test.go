package backend

import (
	"errors"
	"strings"
	"testing"
)

// fakeDriver has the given devices; it counts how often one is opened.
type fakeDriver struct {
	infos   []Info
	skipped []Skipped
	opened  []*fake
	err     error
	run     func(c *Call) error
}

func (d *fakeDriver) List() ([]Info, []Skipped) { return d.infos, d.skipped }

func (d *fakeDriver) Open(info Info) (Device, error) {
	if d.err != nil {
		return nil, d.err
	}
	dev := &fake{name: info.Name, run: d.run}
	d.opened = append(d.opened, dev)
	return dev, nil
}

// drivers replaces the registry during a test.
func drivers(t *testing.T, m map[string]Driver) {
	t.Helper()
	t.Setenv("HEKLA_DEVICE", "")
	t.Setenv("HEKLA_SHADOW", "")
	t.Setenv("HEKLA_MEMORY_LIMIT", "")
	registry.Lock()
	defer registry.Unlock()
	oldDrivers, oldOpen := registry.drivers, registry.open
	registry.drivers, registry.open = map[string]Driver{}, map[string]*opening{}
	t.Cleanup(func() {
		registry.Lock()
		defer registry.Unlock()
		registry.drivers, registry.open = oldDrivers, oldOpen
	})
	for name, d := range m {
		registry.drivers[name] = d
	}
}

func machine() map[string]Driver {
	return map[string]Driver{
		"cpu": &fakeDriver{infos: []Info{{Name: "cpu:0", Model: "Processor", Kind: CPU}}},
		"vulkan": &fakeDriver{infos: []Info{
			{Name: "vulkan:0", Model: "llvmpipe", Kind: Software},
			{Name: "vulkan:1", Model: "AMD Radeon 780M", Kind: IntegratedGPU, UUID: "AAAA-01"},
			{Name: "vulkan:2", Model: "NVIDIA H100", Kind: DiscreteGPU, UUID: "bbbb-02"},
		}, skipped: []Skipped{{"vulkan:3", "no compute queue"}}},
		"cuda": &fakeDriver{infos: []Info{{Name: "cuda:0", Model: "NVIDIA H100", Kind: DiscreteGPU, UUID: "bbbb-02"}}},
	}
}

func TestOpenByName(t *testing.T) {
	drivers(t, machine())
	for _, c := range []struct{ name, want, why string }{
		{"cpu", "cpu:0", "the first of a driver"},
		{" CPU:0 ", "cpu:0", "case and spaces do not matter"},
		{"vulkan", "vulkan:0", "the first, when the driver is named"},
		{"vulkan:2", "vulkan:2", "index"},
		{"vulkan:radeon", "vulkan:1", "part of the model"},
		{"vulkan:h100", "vulkan:2", "part of the model"},
		{"vulkan:aaaa-01", "vulkan:1", "UUID in another case"},
		{"vulkan:llvmpipe", "vulkan:0", "software, when named"},
	} {
		d, err := Open(c.name)
		if err != nil {
			t.Errorf("Open(%q): %v", c.name, err)
			continue
		}
		if got := d.Info().Name; got != c.want {
			t.Errorf("Open(%q) = %s, want %s: %s", c.name, got, c.want, c.why)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	drivers(t, machine())
	for _, c := range []struct{ name, want, why string }{
		{"rocm", `backend: no such device: unknown driver "rocm" in "rocm" (forgotten import? registered: [cpu cuda vulkan])`, "the remedy"},
		{"", `unknown driver ""`, "nothing named"},
		{"cuda:7", `"cuda:7"; found: cuda:0 (NVIDIA H100); nothing else`, "no such index"},
		{"vulkan:10", `vulkan:3 skipped: no compute queue`, "a number is an index, not part of H100"},
	} {
		_, err := Open(c.name)
		if !errors.Is(err, ErrNoDevice) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open(%q): %v, want %s: %s", c.name, err, c.want, c.why)
		}
	}
	m := machine()
	broken := errors.New("libcuda.so.1 not found")
	m["cuda"].(*fakeDriver).err = broken
	drivers(t, m)
	if _, err := Open("cuda"); !errors.Is(err, broken) || !strings.Contains(err.Error(), "open cuda:0") {
		t.Errorf("Open of a broken driver: %v", err)
	}
}

func TestOpenShares(t *testing.T) {
	m := machine()
	drivers(t, m)
	a, err := Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := Open("cpu:0"); a != b {
		t.Error("a second Open made a second device")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if c, _ := Open("cpu"); c == a {
		t.Error("Open returned a closed device")
	}
	if n := len(m["cpu"].(*fakeDriver).opened); n != 2 {
		t.Errorf("the driver opened %d devices, want 2", n)
	}
	if _, ok := As[MemoryStats](a); !ok {
		t.Error("an opened device has no Stats")
	}
	if _, ok := As[*fake](a); !ok {
		t.Error("As does not reach the driver's device")
	}
	if _, ok := As[interface{ PeerCopy() }](a); ok {
		t.Error("As found what no device implements")
	}
}

// gated is a driver that is slow to open its first device.
type gated struct {
	fakeDriver
	entered, leave chan struct{}
}

func (d *gated) Open(info Info) (Device, error) {
	if info.Name == "cuda:0" {
		close(d.entered)
		<-d.leave
	}
	return d.fakeDriver.Open(info)
}

// TestOpenDoesNotHoldOthersUp opens another device while one takes its time, and
// the same one, which waits and gets the one device.
func TestOpenDoesNotHoldOthersUp(t *testing.T) {
	m := machine()
	d := &gated{*m["cuda"].(*fakeDriver), make(chan struct{}), make(chan struct{})}
	m["cuda"] = d
	drivers(t, m)
	devs := make(chan Device)
	get := func() {
		dev, err := Open("cuda")
		if err != nil {
			t.Error(err)
		}
		devs <- dev
	}
	go get()
	<-d.entered
	go get()
	if _, err := Open("cpu"); err != nil { // would hang if the registry were locked
		t.Error(err)
	}
	close(d.leave)
	if a, b := <-devs, <-devs; a != b || len(d.opened) != 1 {
		t.Errorf("%d devices were opened, %p and %p, want one", len(d.opened), a, b)
	}
}

func TestRegisterTwice(t *testing.T) {
	drivers(t, nil)
	Register("cpu", &fakeDriver{})
	for name, d := range map[string]Driver{"cpu": &fakeDriver{}, "none": nil} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.Contains(r.(string), name) {
					t.Errorf("Register(%q): recovered %v", name, r)
				}
			}()
			Register(name, d)
		}()
	}
}

func TestDefaultOrder(t *testing.T) {
	m := machine()
	drivers(t, m)
	names := func() string {
		infos, skipped := List()
		var l []string
		for _, i := range infos {
			l = append(l, i.Name)
		}
		return strings.Join(l, " ") + " / " + skipped[0].Name
	}
	if got, want := names(), "cuda:0 vulkan:2 vulkan:1 cpu:0 vulkan:0 / vulkan:3"; got != want {
		t.Errorf("List: %s, want %s", got, want)
	}
	for _, c := range []struct{ drop, want string }{
		{"", "cuda:0"}, {"cuda", "vulkan:2"}, {"vulkan", "cpu:0"},
	} {
		delete(registry.drivers, c.drop)
		d, err := Default()
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Info().Name; got != c.want {
			t.Errorf("Default without %s: %s, want %s", c.drop, got, c.want)
		}
	}
	t.Setenv("HEKLA_DEVICE", "rocm")
	if _, err := Default(); !errors.Is(err, ErrNoDevice) {
		t.Errorf("HEKLA_DEVICE=rocm: %v, want an error, not another device", err)
	}
}

// slow is a driver that nobody should ask in vain.
type slow struct {
	fakeDriver
	experimental bool
	asked        int
}

func (d *slow) Experimental() bool { return d.experimental }

func (d *slow) List() ([]Info, []Skipped) {
	d.asked++
	return d.fakeDriver.List()
}

func TestDefaultDoesNotAskExperimentalDrivers(t *testing.T) {
	m := machine()
	s := &slow{fakeDriver: *m["vulkan"].(*fakeDriver), experimental: true}
	m["vulkan"] = s
	delete(m, "cuda")
	drivers(t, m)
	if d, err := Default(); err != nil || d.Info().Name != "cpu:0" || s.asked != 0 {
		t.Errorf("Default = %v, %v; the experimental driver was asked %d times", d, err, s.asked)
	}
	if infos, _ := List(); len(infos) != 4 || s.asked != 1 {
		t.Errorf("List gives %d devices, asked %d times; want 4, once", len(infos), s.asked)
	}
	s.experimental = false
	if d, err := Default(); err != nil || d.Info().Name != "vulkan:2" {
		t.Errorf("Default = %v, %v, want vulkan:2 of a driver that is proven", d, err)
	}
}

func TestSoftwareIsNeverDefault(t *testing.T) {
	drivers(t, map[string]Driver{"vulkan": &fakeDriver{infos: []Info{{Name: "vulkan:0", Model: "llvmpipe", Kind: Software}}}})
	if d, err := Default(); !errors.Is(err, ErrNoDevice) {
		t.Errorf("Default = %v, %v, want no device", d, err)
	}
	t.Setenv("HEKLA_DEVICE", "vulkan:llvmpipe")
	if d, err := Default(); err != nil || d.Info().Kind != Software {
		t.Errorf("HEKLA_DEVICE=vulkan:llvmpipe: %v, %v", d, err)
	}
}

func TestEnvironmentOfOpen(t *testing.T) {
	m := machine()
	drivers(t, m)
	t.Setenv("HEKLA_SHADOW", "cpu")
	gpu, err := Open("cuda")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := As[*shadow](gpu); !ok {
		t.Error("HEKLA_SHADOW=cpu: cuda is not shadowed")
	}
	cpu, err := Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := As[*shadow](cpu); ok {
		t.Error("HEKLA_SHADOW=cpu: cpu is shadowed by itself")
	}
	if n := len(m["cpu"].(*fakeDriver).opened); n != 1 {
		t.Errorf("the reference was opened %d times, want once", n)
	}
	t.Setenv("HEKLA_SHADOW", "abacus")
	if _, err := Open("vulkan:2"); !errors.Is(err, ErrNoDevice) || !strings.Contains(err.Error(), "HEKLA_SHADOW") {
		t.Errorf("HEKLA_SHADOW=abacus: %v", err)
	}
	t.Setenv("HEKLA_SHADOW", "")
	t.Setenv("HEKLA_MEMORY_LIMIT", "much")
	if _, err := Open("vulkan:2"); err == nil || !strings.Contains(err.Error(), "HEKLA_MEMORY_LIMIT") {
		t.Errorf("HEKLA_MEMORY_LIMIT=much: %v", err)
	}
}
