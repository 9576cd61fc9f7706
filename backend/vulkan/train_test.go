package vulkan_test

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// train fits a small classifier and returns its losses.
func train(dev backend.Device, steps int) []float64 {
	const n = 64
	points, labels := make([]float32, 2*n), make([]int64, n)
	for i := range n { // three arms of a spiral
		arm, r := i%3, float64(i)/n
		a := 3*r + 2*math.Pi/3*float64(arm)
		points[2*i], points[2*i+1] = float32(r*math.Cos(a)), float32(r*math.Sin(a))
		labels[i] = int64(arm)
	}
	b := nn.On(dev, dtype.Float32, 1)
	model := nn.Sequential{b.Linear(2, 32), nn.GELU{}, b.Linear(32, 32), nn.Tanh{}, b.Linear(32, 3)}
	x, y := tensor.From(dev, points, n, 2), tensor.From(dev, labels)
	opt := optim.Adam{LR: 0.01}.New(nn.Parameters(model))
	var losses []float64
	for range steps {
		tensor.Scope(func(s *tensor.Arena) {
			loss := nn.CrossEntropy(model.Forward(s.Own(x.Detach())), y)
			autograd.Backward(loss)
			opt.Step()
			opt.ZeroGrad()
			losses = append(losses, loss.Float64s()[0])
		})
	}
	return losses
}

// TestTrain compares the losses of a training run with those on the CPU, and
// with those of a second run, which must be the same.
func TestTrain(t *testing.T) {
	d := open(t)
	got, again, want := train(d, 100), train(d, 100), train(tensor.CPU(), 100)
	for i := range got {
		if got[i] != again[i] {
			t.Fatalf("step %d: loss %v, in a second run %v", i, got[i], again[i])
		}
		if i < 50 && math.Abs(got[i]-want[i]) > 1e-4 {
			t.Errorf("step %d: loss %v, on the CPU %v", i, got[i], want[i])
		}
	}
	if last := got[len(got)-1]; last > 0.2 {
		t.Errorf("the loss ends at %v", last)
	}
	t.Logf("loss %.4f to %.4f", got[0], got[len(got)-1])
}

// TestTrainConv compares the losses of a small convolutional net with those on
// the CPU.
func TestTrainConv(t *testing.T) {
	losses := func(dev backend.Device) (l []float64) {
		const n = 16
		pixels, labels := make([]float32, n*12*12), make([]int64, n)
		for i := range pixels { // stripes of as many directions as there are classes
			x, y, k := i%12, i/12%12, i/144%4
			pixels[i] = float32(math.Sin(float64(x*(k%2+1) + y*(k/2+1))))
			labels[i/144] = int64(k)
		}
		b := nn.On(dev, dtype.Float32, 1)
		conv1, norm, conv2, head := b.Conv2d(1, 8, 3, nn.Pad(1)), b.BatchNorm2d(8), b.Conv2d(8, 8, 3), b.Linear(8*2*2, 4)
		model := nn.Sequential{conv1, norm, nn.ReLU{}, nn.MaxPool2d{Kernel: 2}, conv2, nn.ReLU{}, nn.AvgPool2d{Kernel: 2}, nn.Flatten{Start: 1, End: -1}, head}
		x, y := tensor.From(dev, pixels, n, 1, 12, 12), tensor.From(dev, labels)
		opt := optim.Adam{LR: 0.01}.New(nn.Parameters(model))
		for range 50 {
			tensor.Scope(func(s *tensor.Arena) {
				loss := nn.CrossEntropy(model.Forward(s.Own(x.Detach())), y)
				autograd.Backward(loss)
				opt.Step()
				opt.ZeroGrad()
				l = append(l, loss.Float64s()[0])
			})
		}
		return l
	}
	got, want := losses(open(t)), losses(tensor.CPU())
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-3 {
			t.Errorf("step %d: loss %v, on the CPU %v", i, got[i], want[i])
		}
	}
	if last := got[len(got)-1]; last > got[0]/4 {
		t.Errorf("the loss ends at %v", last)
	}
	t.Logf("loss %.4f to %.4f", got[0], got[len(got)-1])
}

// stress reports whether tests should take their time: make stress-vulkan.
func stress() bool { return os.Getenv("HEKLA_STRESS") != "" }

// TestCollect trains in several goroutines on one device while the garbage
// collector runs all the time: nothing the driver sees may move or be freed.
func TestCollect(t *testing.T) {
	goroutines, lasting := 4, time.Duration(0)
	if stress() {
		goroutines, lasting = 16, time.Minute
	}
	d := open(t)
	want := train(d, 5)
	stop := make(chan struct{})
	var collector, workers sync.WaitGroup
	collector.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	})
	start, runs := time.Now(), atomic.Int64{}
	for range goroutines {
		workers.Go(func() {
			for i := 0; i < 3 || time.Since(start) < lasting; i++ {
				runs.Add(1)
				got := train(d, 5)
				for i := range got {
					if got[i] != want[i] {
						t.Errorf("step %d: loss %v, alone %v", i, got[i], want[i])
					}
				}
			}
		})
	}
	workers.Wait()
	close(stop)
	collector.Wait()
	t.Logf("%d trainings by %d goroutines in %v", runs.Load(), goroutines, time.Since(start))
}

func TestReopen(t *testing.T) {
	if err := open(t).Close(); err != nil {
		t.Fatal(err)
	}
	times := 5
	if stress() {
		times = 100
	}
	least := grows(t, func() {
		for range times {
			d, err := backend.Open("vulkan")
			if err != nil {
				t.Fatal(err)
			}
			x := tensor.Ones(d, dtype.Float32, 10)
			if got := x.AddScalar(1).Float64s()[3]; got != 2 {
				t.Fatalf("1 + 1 = %v", got)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
	// 10 KiB an opening; a device has 4 MiB of staging buffers alone.
	if stress() && least > 1<<20 {
		t.Errorf("%d openings always leave %d KiB or more behind", times, least>>10)
	} else {
		t.Logf("%d openings: %+d KiB", times, least>>10)
	}
}

// grows does f six times and returns the least by which the process grew in one of
// the last five: a leak grows in each, and what settles or is there once does not.
func grows(t *testing.T, f func()) int64 {
	t.Helper()
	f()
	least := int64(math.MaxInt64)
	before := resident(t)
	for range 5 {
		f()
		after := resident(t)
		least = min(least, after-before)
		before = after
	}
	return least
}

// resident returns the bytes of memory that the process has, or skips.
func resident(t *testing.T) int64 {
	t.Helper()
	runtime.GC()
	debug.FreeOSMemory()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("the system does not tell the memory in use")
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(b), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// TestFlat trains for long: neither the device's memory nor the process's may
// grow once all there is to allocate is allocated.
func TestFlat(t *testing.T) {
	steps := 20
	if stress() {
		steps = 2000
	}
	d := open(t)
	train(d, steps)
	pool, ok := backend.As[backend.MemoryStats](d)
	if !ok {
		t.Fatal("the device has no pool")
	}
	before := pool.Stats()
	least := grows(t, func() { train(d, steps) })
	after := pool.Stats()
	if after.InUse > before.InUse || after.InUse+after.Cached > before.InUse+before.Cached {
		t.Errorf("device memory grew from %+v to %+v", before, after)
	}
	// A block of C's smallest size lost in each step would be 62 KiB, and in each
	// of its commands some MiB.
	if stress() && least > 48<<10 {
		t.Errorf("the process always grows by %d KiB or more in %d steps", least>>10, steps)
	}
	t.Logf("%d steps, six times: device memory %+d bytes, process %+d KiB", steps, after.InUse+after.Cached-before.InUse-before.Cached, least>>10)
}
