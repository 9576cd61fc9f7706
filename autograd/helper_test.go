package autograd_test

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

var cpu = tensor.CPU()

func leaf(x ...float64) *tensor.Tensor { return tensor.From(cpu, x).SetRequiresGrad(true) }

func vec(x ...float64) *tensor.Tensor { return tensor.From(cpu, x) }

// matrix returns a leaf of n*m different numbers around 1.
func matrix(n, m int) *tensor.Tensor {
	return tensor.NewGenerator(uint64(n*100+m)).Uniform(cpu, dtype.Float64, 0.5, 1.5, n, m).SetRequiresGrad(true)
}

func equal(t *testing.T, what string, got *tensor.Tensor, want ...float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is nil, want %v", what, want)
		return
	}
	x := got.Float64s()
	if len(x) != len(want) {
		t.Errorf("%s = %v, want %v", what, x, want)
		return
	}
	for i := range want {
		// float64, a few operations
		if d := math.Abs(x[i] - want[i]); !(d <= 1e-12*max(1, math.Abs(want[i]))) {
			t.Errorf("%s = %v, want %v", what, x, want)
			return
		}
	}
}

func misuse(t *testing.T, what, want string, f func()) {
	t.Helper()
	err := tensor.Try(func() error { f(); return nil })
	if err == nil || err.Error() != want {
		t.Errorf("%s:\n got %v\nwant %s", what, err, want)
	}
}

func used() int64 {
	s, _ := backend.As[backend.MemoryStats](cpu)
	return s.Stats().InUse
}

// countSmall has cpu count small buffers, too, until the function that it
// returns is called.
func countSmall() func() {
	c, _ := backend.As[backend.Counter](cpu)
	c.CountSmall(true)
	return func() { c.CountSmall(false) }
}

// uncollected runs f while nothing is collected and fails if it leaves memory
// in use.
func uncollected(t *testing.T, what string, f func()) {
	t.Helper()
	defer countSmall()()
	f() // what is made once, such as compiled functions
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	before := used()
	for last := int64(-1); before != last; { // what was collected already is freed in a moment
		last = before
		runtime.GC()
		time.Sleep(time.Millisecond)
		before = used()
	}
	f()
	if left := used() - before; left != 0 {
		t.Errorf("%s leaves %d bytes in use", what, left)
	}
}

func grad(y *tensor.Tensor, x ...*tensor.Tensor) []*tensor.Tensor {
	return autograd.Grad([]*tensor.Tensor{y}, x)
}
