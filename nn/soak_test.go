package nn_test

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// resident returns the process's memory in bytes, 0 where it cannot be known,
// once the collector has given back what earlier tests left behind.
func resident() int {
	debug.FreeOSMemory()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.Atoi(strings.Fields(string(b))[1])
	return pages * os.Getpagesize()
}

// Ten thousand training steps leave device memory as it was after the first
// ones, and the process no larger.
func TestTenThousandSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	dev := tensor.CPU()
	if c, ok := backend.As[backend.Counter](dev); ok {
		c.CountSmall(true)
		defer c.CountSmall(false)
	}
	b := nn.On(dev, dtype.Float32, 1)
	net := nn.Sequential{
		b.Conv2d(1, 4, 3, nn.Pad(1)), b.BatchNorm2d(4), nn.ReLU{}, nn.MaxPool2d{Kernel: 2}, nn.Flatten{},
		b.Linear(4*4*4, 32), nn.ReLU{}, b.Dropout(0.1), b.Linear(32, 10),
	}
	opt := optim.Adam{}.New(nn.Parameters(net))
	gen := tensor.NewGenerator(2)
	x, y := gen.Normal(dev, dtype.Float32, 0, 1, 16, 1, 8, 8), gen.Int(dev, dtype.Int64, 0, 10, 16)
	stats, _ := backend.As[backend.MemoryStats](dev)
	var inUse int64
	var size int
	for range 2 { // what earlier tests left to the collector: found, then finalized
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	for i := range 10_000 {
		tensor.Scope(func(s *tensor.Arena) {
			opt.ZeroGrad()
			autograd.Backward(nn.CrossEntropy(net.Forward(s.Own(x.Detach())), s.Own(y.Detach())))
			opt.Step()
		})
		if i == 1000 { // everything is warm
			inUse, size = stats.Stats().InUse, resident()
		}
	}
	if now := stats.Stats().InUse; now != inUse {
		t.Errorf("%d bytes of the device in use after 10,000 steps, %d after 1,000", now, inUse)
	}
	// The collector's heap breathes by a few MB; a leak of one 4 KiB block a step
	// would be 36 MB.
	if now := resident(); now > size+16<<20 {
		t.Errorf("resident size %d MB after 10,000 steps, %d MB after 1,000", now>>20, size>>20)
	}
	t.Logf("in use %d bytes, resident %d MB, then %d MB", inUse, size>>20, resident()>>20)
}
