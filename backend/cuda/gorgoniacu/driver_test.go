package gorgoniacu_test

import (
	"errors"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/hekla-ml/hekla/backend"
	_ "github.com/hekla-ml/hekla/backend/cuda"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/backend/cuda/gorgoniacu"
	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/tensor"
)

// install puts m behind the library that this program is linked to, if that is
// the one of internal/fakelib. On a real driver it skips the test.
func install(t *testing.T, m *fakecuda.Machine) {
	t.Helper()
	set, err := purego.Dlsym(purego.RTLD_DEFAULT, "hekla_set")
	if err != nil {
		t.Skip("this is a real driver")
	}
	name, err := purego.Dlsym(purego.RTLD_DEFAULT, "hekla_name")
	if err != nil {
		t.Fatal(err)
	}
	fakecuda.Install(m)
	start, err := m.Symbol("cuInit") // the library's own was called before there was a machine
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _ := purego.SyscallN(start, 0); r != 0 {
		t.Fatalf("cuInit: %d", r)
	}
	for i := uintptr(0); ; i++ {
		p, _, _ := purego.SyscallN(name, i)
		if p == 0 {
			break
		}
		text := cString(p)
		f, err := m.Symbol(strings.TrimRight(text, "\x00"))
		if err != nil {
			t.Fatal(err)
		}
		if r, _, _ := purego.SyscallN(set, p, f); r != 0 {
			t.Fatalf("no function %s", text)
		}
	}
}

func cString(p uintptr) string {
	b := *(**byte)(unsafe.Pointer(&p))
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(b), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(b, n))
}

// TestConformance runs ops of every kind of kernel, with the garbage collector
// at work.
func TestConformance(t *testing.T) {
	m := &fakecuda.Machine{}
	install(t, m)
	dev, err := backend.Open("cuda:0")
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	stop := make(chan bool)
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	conformance.Run(t, dev, conformance.Options{Run: regexp.MustCompile(`^(tanh|dot|sum|cumsum|gather|sort)/.*[^0-9][0-9]{0,3}/contiguous$`)})
	if m.Fault != nil {
		t.Error(m.Fault)
	}
	if m.Launches == 0 {
		t.Error("no kernel was launched")
	}
}

// TestErrors: results of the driver keep their numbers.
func TestErrors(t *testing.T) {
	m := &fakecuda.Machine{Memory: 1 << 20}
	install(t, m)
	d, err := gorgoniacu.Open()
	if err != nil {
		t.Fatal(err)
	}
	h, p, err := d.Properties(0)
	if err != nil || p.Name != "Interpreted GPU" || p.Major != 5 || p.Memory != 1<<20 || !strings.HasPrefix(p.UUID, "GPU-") {
		t.Errorf("properties %+v, %v", p, err)
	}
	c, err := d.Retain(h)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release(h)
	leave, err := d.Enter(c)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	var e *driver.Error
	if _, err := d.Alloc(1 << 21); !errors.As(err, &e) || e.Result != driver.OutOfMemory {
		t.Errorf("alloc: %v", err)
	}
	if _, err := d.Compile("nonsense"); !errors.As(err, &e) || e.Result != driver.InvalidPTX {
		t.Errorf("compile: %v", err)
	}
	if err := d.Unload(99); !errors.As(err, &e) {
		t.Errorf("unload of nothing: %v", err)
	}
	if err := d.Launch(99, driver.Launch{Grid: [3]uint32{1, 1, 1}, Threads: 1}, []uint64{1}); !errors.As(err, &e) {
		t.Errorf("launch of nothing: %v", err)
	}
}

// TestOutOfMemory: the typed error comes through to tensors.
func TestOutOfMemory(t *testing.T) {
	install(t, &fakecuda.Machine{Memory: 1 << 20})
	dev, err := backend.Open("cuda:0")
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	err = tensor.Try(func() error { tensor.Full(dev, dtype.Float32, 1, 1<<20); return nil })
	if !errors.Is(err, backend.ErrOutOfMemory) {
		t.Errorf("%v", err)
	}
}
