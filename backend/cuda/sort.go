package cuda

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() { structured[op.Sort] = (*device).sort }

// named returns a kernel that the text identifies.
func (d *device) named(text string, write func() *ptx.Kernel) (driver.Function, error) {
	return d.kernel(callKey{kind: text}, func() string { return text }, func() (*ptx.Kernel, error) { return write(), nil })
}

// sort sorts lines by a bitonic network: n log² n work, but no order that
// depends on chance.
func (d *device) sort(c *backend.Call) error {
	a := c.Attrs.(op.SortAttrs)
	x, y, index := &c.In[0], &c.Out[0], &c.Out[1]
	axis, err := shape.Axis(a.Axis, len(x.Shape))
	if err != nil || x.Numel() == 0 {
		return err
	}
	n := axisSize(x, axis)
	filled := 1
	for filled < n {
		filled *= 2
	}
	count := x.Numel() / n
	keys, free, err := d.temporary(dtype.Int64, []int{count, filled})
	if err != nil {
		return err
	}
	defer free()
	order, drop, err := d.temporary(dtype.Int64, []int{count, filled})
	if err != nil {
		return err
	}
	defer drop()

	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	lines(&s.nest, x.Shape, axis, x)
	rank := s.nest.rank()
	fn, err := d.named(fmt.Sprint("sortkeys ", x.DType, a.Descending, rank), func() *ptx.Kernel { return ptx.SortKeys(x.DType, a.Descending, rank) })
	if err != nil {
		return err
	}
	pairs := count * filled
	w := append(s.words[:0], uint64(pairs), uint64(n), uint64(filled), address(x), address(&keys), address(&order), axisStride(x, axis))
	s.words = s.nest.words(w)
	if err := d.launchOver(c, fn, pairs, s.words); err != nil {
		return err
	}
	if fn, err = d.named("sortstep", ptx.SortStep); err != nil {
		return err
	}
	for block := 2; block <= filled; block *= 2 {
		for distance := block / 2; distance > 0; distance /= 2 {
			s.words = append(s.words[:0], uint64(pairs/2), address(&keys), address(&order), uint64(distance), uint64(block), uint64(filled-1))
			if err := d.launchOver(c, fn, pairs/2, s.words); err != nil {
				return err
			}
		}
	}
	lines(&s.nest, x.Shape, axis, x, y, index)
	size := x.DType.Size()
	rank = s.nest.rank()
	if fn, err = d.named(fmt.Sprint("sortresult ", size, rank), func() *ptx.Kernel { return ptx.SortResult(size, rank) }); err != nil {
		return err
	}
	w = append(s.words[:0], uint64(count*n), uint64(n), uint64(filled), address(x), address(&order), address(y), address(index),
		axisStride(x, axis), axisStride(y, axis), axisStride(index, axis))
	s.words = s.nest.words(w)
	return d.launchOver(c, fn, count*n, s.words)
}
