package cuda

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	structured[op.Gather] = (*device).gather
	structured[op.Scatter] = func(d *device, c *backend.Call) error { return d.scatter(c, false) }
	structured[op.ScatterAdd] = func(d *device, c *backend.Call) error { return d.scatter(c, true) }
}

// errorCell returns the address of the words where kernels leave an index that is
// out of range. It is looked at when the host next waits for the device.
func (d *device) errorCell(name string) (uint64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cell == 0 {
		p, err := d.api.Alloc(16)
		if err != nil {
			return 0, err
		}
		if err := d.api.CopyIn(p, make([]byte, 16)); err != nil {
			return 0, err
		}
		d.cell = p
	}
	if name != "" {
		d.indexed = name
	}
	return uint64(d.cell), nil
}

// lines pushes all axes of s but one onto a nest of operands.
func lines(n *nest, s []int, axis int, views ...*backend.View) {
	n.reset(len(views))
	for k, size := range s {
		if k != axis {
			n.push(size, func(i int) int { return views[i].Strides[k] * views[i].DType.Size() })
		}
	}
	n.whole()
}

// whole gives a nest without axes one of size 1.
func (n *nest) whole() {
	if n.rank() == 0 {
		n.sizes = append(n.sizes, 1)
		for k := range n.operands {
			n.strides[k] = append(n.strides[k], 0)
		}
	}
}

// axisStride returns the stride in bytes of an axis; a scalar has none.
func axisStride(v *backend.View, axis int) uint64 {
	if len(v.Strides) == 0 {
		return 0
	}
	return uint64(v.Strides[axis] * v.DType.Size())
}

// axisSize is the size of an axis, 1 for a scalar.
func axisSize(v *backend.View, axis int) int {
	if len(v.Shape) == 0 {
		return 1
	}
	return v.Shape[axis]
}

func (d *device) gather(c *backend.Call) error {
	axis, err := shape.Axis(c.Attrs.(op.AxisAttrs).Axis, len(c.In[0].Shape))
	if err != nil {
		return err
	}
	return d.gatherTo(c, &c.Out[0], &c.In[0], &c.In[1], axis)
}

// gatherTo moves the elements of x that an index of out's shape names.
func (d *device) gatherTo(c *backend.Call, out, x, index *backend.View, axis int) error {
	if out.Numel() == 0 {
		return nil
	}
	cell, err := d.errorCell(c.Op.Name)
	if err != nil {
		return err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	views := [...]*backend.View{x, index, out}
	s.nest.reset(3)
	for k, size := range out.Shape {
		s.nest.push(size, func(i int) int {
			if i == 0 && k == axis {
				return 0
			}
			return views[i].Strides[k] * views[i].DType.Size()
		})
	}
	s.nest.whole()
	rank, size := s.nest.rank(), x.DType.Size()
	key := callKey{kind: "gather", shape: uint64(rank)<<8 | uint64(size)}
	key.types[0] = index.DType
	fn, err := d.kernel(key, func() string { return fmt.Sprint("gather ", key) }, func() (*ptx.Kernel, error) {
		return ptx.Gather(size, index.DType, rank), nil
	})
	if err != nil {
		return err
	}
	n := out.Numel()
	w := append(s.words[:0], uint64(n), address(x), address(index), address(out), uint64(axisSize(x, axis)), axisStride(x, axis), cell)
	s.words = s.nest.words(w)
	return d.launchOver(c, fn, n, s.words)
}

func (d *device) scatter(c *backend.Call, add bool) error {
	axis, err := shape.Axis(c.Attrs.(op.AxisAttrs).Axis, len(c.In[0].Shape))
	if err != nil {
		return err
	}
	return d.scatterTo(c, c.Out[0], c.In[0], &c.In[1], &c.In[2], axis, add)
}

// scatterTo copies x to out and changes that.
func (d *device) scatterTo(c *backend.Call, out, x backend.View, index, src *backend.View, axis int, add bool) error {
	if add && x.DType == dtype.Bool {
		return unsupported("a sum of bools")
	}
	if index.Numel() == 0 {
		return d.copyTo(c, out, x)
	}
	scatter := func(y backend.View) error {
		if err := d.copyTo(c, y, x); err != nil {
			return err
		}
		return d.scatterInto(c, index, src, &y, axis, add)
	}
	if add {
		return d.summed(c, out, scatter)
	}
	return scatter(out)
}

func (d *device) scatterInto(c *backend.Call, index, src, y *backend.View, axis int, add bool) error {
	if add && addsRows(index, src, y, axis) {
		return d.addRows(c, index, src, y, axis)
	}
	cell, err := d.errorCell(c.Op.Name)
	if err != nil {
		return err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	lines(&s.nest, index.Shape, axis, index, src, y)
	rank := s.nest.rank()
	key := callKey{kind: "scatter", shape: uint64(rank) << 1}
	if add {
		key.shape |= 1
	}
	key.types = [40]dtype.DType{index.DType, src.DType, y.DType}
	fn, err := d.kernel(key, func() string { return fmt.Sprint("scatter ", key) }, func() (*ptx.Kernel, error) {
		return ptx.Scatter(src.DType, y.DType, index.DType, add, rank), nil
	})
	if err != nil {
		return err
	}
	length := axisSize(index, axis)
	n := index.Numel() / length
	w := append(s.words[:0], uint64(n), uint64(length), address(index), address(src), address(y), uint64(axisSize(y, axis)),
		axisStride(index, axis), axisStride(src, axis), axisStride(y, axis), cell)
	s.words = s.nest.words(w)
	return d.launchOver(c, fn, n, s.words)
}
