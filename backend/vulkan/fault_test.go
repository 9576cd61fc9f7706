package vulkan

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// faulty is a driver that fails when told to.
type faulty struct {
	gpu
	lostAt  uint64 // number of the batch at which the device is lost, 0 for never
	lost    bool
	allocs  int
	short   func(n int) bool // the nth allocation finds no memory
	compile error            // what the next Compile returns
	live    int              // allocations not freed
}

func (f *faulty) Alloc(bytes int64, host bool) (vkshim.Memory, error) {
	f.allocs++
	if f.lost {
		return vkshim.Memory{}, vkshim.DeviceLost
	}
	if f.short != nil && f.short(f.allocs) {
		return vkshim.Memory{}, vkshim.OutOfDeviceMemory
	}
	m, err := f.gpu.Alloc(bytes, host)
	if err == nil {
		f.live++
	}
	return m, err
}

func (f *faulty) Free(m vkshim.Memory) {
	f.live--
	f.gpu.Free(m)
}

func (f *faulty) Compile(words []uint32, buffers int, constants []uint32) (vkshim.Pipeline, error) {
	if err := f.compile; err != nil {
		f.compile = nil
		return vkshim.Pipeline{}, err
	}
	return f.gpu.Compile(words, buffers, constants)
}

func (f *faulty) Submit(b *vkshim.Batch, stream []uint64, stamps int, number uint64) error {
	if f.lost = f.lost || number == f.lostAt; f.lost {
		return vkshim.DeviceLost
	}
	return f.gpu.Submit(b, stream, stamps, number)
}

func (f *faulty) Wait(b *vkshim.Batch, number, nanoseconds uint64) error {
	if f.lost {
		return vkshim.DeviceLost
	}
	return f.gpu.Wait(b, number, nanoseconds)
}

func (f *faulty) Done() (uint64, error) {
	if f.lost {
		return math.MaxUint64, nil // as the specification has it
	}
	return f.gpu.Done()
}

func (f *faulty) Fault() string { return "page fault at 0x1234" }

// openFaulty opens the first device with a driver that can fail, and the same
// device as the rest of the program sees it.
func openFaulty(t *testing.T) (*faulty, *device, backend.Device) {
	t.Helper()
	var f *faulty
	var dev *device
	p := first(t, func(d *device) {
		f = &faulty{gpu: d.vk}
		d.vk, dev = f, d
	})
	return f, dev, p
}

// TestLost loses the device in the middle of work: every call fails from then
// on, with the kernels that may be to blame; closed and opened it works again.
func TestLost(t *testing.T) {
	for _, when := range []string{"submit", "wait"} {
		t.Run(when, func(t *testing.T) {
			f, dev, p := openFaulty(t)
			x := tensor.Ones(p, dtype.Float32, 100)
			y := x.Exp().Mul(x)
			if when == "submit" {
				f.lostAt = dev.stream.number
			} else {
				dev.mu.Lock()
				if err := dev.flush(); err != nil {
					t.Fatal(err)
				}
				f.lost = true
				dev.mu.Unlock()
			}
			err := tensor.Try(func() error { y.Float64s(); return nil })
			if !errors.Is(err, backend.ErrDeviceLost) {
				t.Fatalf("%v, want ErrDeviceLost", err)
			}
			for _, want := range []string{"batch ", "ends with", "elementwise", "page fault at 0x1234"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not tell %q", err, want)
				}
			}
			_, alloc := dev.Alloc(10)
			_, stamp := dev.Stamp()
			for what, err := range map[string]error{
				"run": tensor.Try(func() error { x.Exp(); return nil }), "sync": p.Sync(), "alloc": alloc, "stamp": stamp,
			} {
				if !errors.Is(err, backend.ErrDeviceLost) {
					t.Errorf("%s after the loss: %v", what, err)
				}
			}
		})
	}
	d := first(t, func(*device) {})
	if got := tensor.Ones(d, dtype.Float32, 3).AddScalar(1).Float64s()[2]; got != 2 {
		t.Errorf("opened again, 1 + 1 = %v", got)
	}
}

// TestOutOfMemory has the driver refuse memory: once, and what is kept for
// reuse is given up; always, and the error has figures. Nothing is lost by it.
func TestOutOfMemory(t *testing.T) {
	f, dev, p := openFaulty(t)
	x := tensor.Ones(p, dtype.Float32, 1000)
	want := 0.0
	for range slots { // which have what they need then
		want = x.Exp().Sum().Float64s()[0]
	}
	if b, err := dev.scratch(100); err != nil {
		t.Fatal(err)
	} else {
		dev.giveScratch(b)
	}

	fail := f.allocs + 1
	f.short = func(n int) bool { return n == fail }
	b, err := dev.Alloc(1 << 20)
	if err != nil || f.allocs != fail+1 {
		t.Fatalf("%v after %d allocations, want success at the second", err, f.allocs-fail+1)
	}
	b.Free()
	if len(dev.spare) != 0 {
		t.Error("scratch memory was not given up")
	}

	f.short = func(int) bool { return true }
	_, err = dev.Alloc(1 << 20)
	var m *backend.MemoryError
	if !errors.Is(err, backend.ErrOutOfMemory) || !errors.As(err, &m) || m.Requested != 1<<20 || m.InUse != dev.held || m.Cause == nil {
		t.Errorf("%v, want a MemoryError with figures", err)
	}
	f.compile = vkshim.OutOfHostMemory
	y := x.Exp().Neg() // memory of the pool serves, and the second Compile
	err = tensor.Try(func() error { y.Sum(); return nil })
	if !errors.Is(err, backend.ErrOutOfMemory) { // which needs scratch memory
		t.Errorf("%v, want ErrOutOfMemory", err)
	}
	f.short = nil
	if got := y.Sum().Float64s()[0]; got != -want {
		t.Errorf("sum %v, want %v", got, -want)
	}
	if got := x.Exp().Sum().Float64s()[0]; got != want {
		t.Errorf("with memory again, sum %v, want %v", got, want)
	}
}

// TestBudget gives the device a small memory of its own.
func TestBudget(t *testing.T) {
	t.Setenv("HEKLA_VULKAN_LIMITS", "memory=1MiB")
	var dev *device
	first(t, func(d *device) { dev = d })
	a, err := dev.Alloc(600 << 10)
	if err != nil {
		t.Fatal(err)
	}
	var m *backend.MemoryError
	if _, err := dev.Alloc(600 << 10); !errors.As(err, &m) || m.Limit != 1<<20 || m.InUse != 600<<10 {
		t.Errorf("%v, want a MemoryError that names the limit", err)
	}
	a.Free()
	if b, err := dev.Alloc(600 << 10); err != nil {
		t.Error(err)
	} else {
		b.Free()
	}
	dev.left = func() (int64, bool) { return 1000, true } // other programs have the rest
	if _, err := dev.Alloc(2000); !errors.Is(err, backend.ErrOutOfMemory) {
		t.Errorf("%v, want ErrOutOfMemory", err)
	}
}

// TestNothingLeaks counts what the driver handed out.
func TestNothingLeaks(t *testing.T) {
	list, skipped := find()
	if len(list) == 0 {
		t.Skip(skipped)
	}
	t.Setenv("HEKLA_VULKAN_STAGING", "1")
	d, err := open(&list[0])
	if err != nil {
		t.Fatal(err)
	}
	f := &faulty{gpu: d.vk}
	d.vk = f
	p := backend.Pool(d)
	for i := range 20 {
		x := tensor.Ones(p, dtype.Float32, 1000, i+1)
		x.Exp().Sum(0).Float64s()
	}
	if f.live < 4 {
		t.Fatalf("only %d allocations are counted", f.live)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if f.live != 0 {
		t.Errorf("%d allocations are left", f.live)
	}
}
