package tensor_test

import (
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

var cpu = tensor.CPU()

// count returns 0, 1, 2, ... in the given shape.
func count(d dtype.DType, sizes ...int) *tensor.Tensor {
	n := 1
	for _, s := range sizes {
		n *= s
	}
	return tensor.Arange(cpu, d, 0, float64(n), 1).Reshape(sizes...)
}

func vec(x ...float64) *tensor.Tensor { return tensor.From(cpu, x) }

func ints(i ...int64) *tensor.Tensor { return tensor.From(cpu, i) }

func same(t *testing.T, what string, got *tensor.Tensor, sizes []int, want ...float64) {
	t.Helper()
	if !slices.Equal(got.Shape(), sizes) {
		t.Errorf("%s has shape %v, want %v", what, got.Shape(), sizes)
		return
	}
	x := got.Float64s()
	for i := range want {
		if math.Float64bits(x[i]) != math.Float64bits(want[i]) && x[i] != want[i] && !(math.IsNaN(x[i]) && math.IsNaN(want[i])) {
			t.Errorf("%s = %v, want %v", what, x, want)
			return
		}
	}
}

// used returns the bytes of dev in use.
func used(dev backend.Device) int64 {
	s, _ := backend.As[backend.MemoryStats](dev)
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
// in use: what f frees it must free by itself.
func uncollected(t *testing.T, what string, f func()) {
	t.Helper()
	defer countSmall()()
	f() // what is made once, such as compiled functions
	gc := pauseGC()
	defer gc()
	before := used(cpu)
	for last := int64(-1); before != last; { // what was collected already is freed in a moment
		last = before
		runtime.GC()
		time.Sleep(time.Millisecond)
		before = used(cpu)
	}
	f()
	if left := used(cpu) - before; left != 0 {
		t.Errorf("%s leaves %d bytes in use", what, left)
	}
	runtime.KeepAlive(f)
}
