package cuda

import (
	"math/bits"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// temporaries are memory that calls need while they run. The driver's allocation
// is slow and its free waits for the device, so memory is kept, in powers of two. It
// may be given to the next call at once: all work is done in the order of the calls.
type temporaries struct {
	mu   sync.Mutex
	free [64][]backend.Buffer // by the logarithm of their size
	kept int64                // bytes in free

	// While calls are captured, memory is the replay's own.
	capturing bool
	captured  []backend.Buffer
}

// leastTemporary is the logarithm of the smallest that is kept.
const leastTemporary = 9

// temporary returns a view of memory; free it when the work on it is enqueued.
func (d *device) temporary(t dtype.DType, s []int) (backend.View, func(), error) {
	class := max(bits.Len64(uint64(max(shape.Numel(s)*t.Size(), 1)-1)), leastTemporary)
	k := &d.temporaries
	k.mu.Lock()
	var b backend.Buffer
	if n := len(k.free[class]); n > 0 && !k.capturing {
		b = k.free[class][n-1]
		k.free[class] = k.free[class][:n-1]
		k.kept -= b.Len()
	}
	k.mu.Unlock()
	if b == nil {
		var err error
		if b, err = d.Alloc(1 << class); err != nil {
			return backend.View{}, nil, err
		}
	}
	return backend.View{Buffer: b, DType: t, View: shape.Contiguous(s)}, func() { d.keep(b, class) }, nil
}

// summed has sums made in out or, of 16-bit floats, in float32 memory that is then
// rounded to out.
func (d *device) summed(c *backend.Call, out backend.View, sum func(y backend.View) error) error {
	if !out.DType.IsFloat() || out.DType.Size() != 2 {
		return sum(out)
	}
	y, free, err := d.temporary(dtype.Float32, out.Shape)
	if err != nil {
		return err
	}
	defer free()
	if err := sum(y); err != nil {
		return err
	}
	return d.copyTo(c, out, y)
}

// keep takes a temporary back. A sixteenth of the device's memory is kept at most.
func (d *device) keep(b backend.Buffer, class int) {
	k := &d.temporaries
	k.mu.Lock()
	switch {
	case k.capturing:
		k.captured = append(k.captured, b)
		b = nil
	case k.kept+b.Len() <= d.info.Memory/16:
		k.free[class] = append(k.free[class], b)
		k.kept += b.Len()
		b = nil
	}
	k.mu.Unlock()
	if b != nil {
		b.Free()
	}
}

// dropTemporaries gives the driver back what is kept, and reports whether there was
// anything. The device must be current.
func (d *device) dropTemporaries() bool {
	k := &d.temporaries
	k.mu.Lock()
	free := k.free
	had := k.kept > 0
	k.free, k.kept = [64][]backend.Buffer{}, 0
	k.mu.Unlock()
	for _, list := range free {
		for _, b := range list {
			own := b.(*buffer)
			d.inUse.Add(-own.size)
			_ = d.failed("free", d.api.Free(own.at)) // shows at the next call if it matters
			own.at = 0
		}
	}
	return had
}

// capture makes temporaries the replay's own until the result is called, which
// returns them.
func (k *temporaries) capture() (end func() []backend.Buffer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.capturing = true
	return func() []backend.Buffer {
		k.mu.Lock()
		defer k.mu.Unlock()
		list := k.captured
		k.capturing, k.captured = false, nil
		return list
	}
}
