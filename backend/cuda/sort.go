package cuda

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() { structured[op.Sort] = (*device).sort }

// named returns a kernel that the text identifies.
func (d *device) named(text string, write func() *ptx.Kernel) (driver.Function, error) {
	return d.kernel(callKey{kind: text}, func() string { return text }, func() (*ptx.Kernel, error) { return write(), nil })
}

// sort sorts keys of the elements and moves these to where their keys went.
func (d *device) sort(c *backend.Call) error {
	a := c.Attrs.(op.SortAttrs)
	x, y, index := &c.In[0], &c.Out[0], &c.Out[1]
	axis, err := shape.Axis(a.Axis, len(x.Shape))
	if err != nil || x.Numel() == 0 {
		return err
	}
	n := axisSize(x, axis)
	count := x.Numel() / n
	keys, free, err := d.elementKeys(c, *x, axis, a.Descending)
	if err != nil {
		return err
	}
	defer free()
	o, err := d.sortKeys(c, keys, count, n, 8*x.DType.Size())
	if err != nil {
		return err
	}
	defer o.release()

	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	lines(&s.nest, x.Shape, axis, x, y, index)
	size, rank := x.DType.Size(), s.nest.rank()
	fn, err := d.named(fmt.Sprint("sortresult ", size, rank), func() *ptx.Kernel { return ptx.SortResult(size, rank) })
	if err != nil {
		return err
	}
	w := append(s.words[:0], uint64(count*n), uint64(n), address(x), address(&o.order), address(y), address(index),
		axisStride(x, axis), axisStride(y, axis), axisStride(index, axis))
	s.words = s.nest.words(w)
	return d.launchOver(c, fn, count*n, s.words)
}
