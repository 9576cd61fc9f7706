package cuda

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	structured[op.LinearScan] = (*device).linearScan
	structured[op.ArgMax] = func(d *device, c *backend.Call) error { return d.arg(c, true) }
	structured[op.ArgMin] = func(d *device, c *backend.Call) error { return d.arg(c, false) }
}

// linearScan has a thread for each line: its factors may overflow where they are
// multiplied first.
func (d *device) linearScan(c *backend.Call) error {
	a := c.Attrs.(op.ScanAttrs)
	out := &c.Out[0]
	axis, err := shape.Axis(a.Axis, len(out.Shape))
	if err != nil || out.Numel() == 0 {
		return err
	}
	views := make([]backend.View, 0, 3)
	views = append(append(views, c.In...), *out)
	steps := make([]uint64, len(views))
	for i := range views {
		v := &views[i]
		if steps[i] = axisStride(v, axis); a.Reverse && len(v.Shape) > 0 {
			v.Offset += (v.Shape[axis] - 1) * v.Strides[axis]
			steps[i] = -steps[i]
		}
	}
	return d.overLines(c, views, steps, out.Shape, axis, "linear scan", func(rank int) *ptx.Kernel {
		return ptx.LinearScan(c.In[0].DType, rank)
	})
}

// overLines launches a kernel with a thread to each line along an axis; first
// are words that it takes before those of beginLine.
func (d *device) overLines(c *backend.Call, views []backend.View, steps []uint64, s []int, axis int, kind string, write func(rank int) *ptx.Kernel, first ...uint64) error {
	sc := scratches.Get().(*scratch)
	defer scratches.Put(sc)
	list := make([]*backend.View, len(views))
	for i := range views {
		list[i] = &views[i]
	}
	lines(&sc.nest, s, axis, list...)
	rank := sc.nest.rank()
	key := callKey{kind: kind, shape: uint64(rank)}
	for i := range views {
		key.types[i] = views[i].DType
	}
	fn, err := d.kernel(key, func() string { return fmt.Sprint(key) }, func() (*ptx.Kernel, error) { return write(rank), nil })
	if err != nil {
		return err
	}
	length := 1
	if len(s) > 0 {
		length = s[axis]
	}
	n := shape.Numel(s) / length
	w := append(append(sc.words[:0], first...), uint64(n), uint64(length))
	for i := range views {
		w = append(w, address(&views[i]))
	}
	sc.words = sc.nest.words(append(w, steps...))
	return d.launchOver(c, fn, n, sc.words)
}

// arg finds the index of the largest or smallest element of each line.
func (d *device) arg(c *backend.Call, largest bool) error {
	a, _ := c.Attrs.(op.ArgAttrs)
	x, out := c.In[0], c.Out[0]
	if a.Flat {
		// One line of all elements, in order.
		if !x.IsContiguous() {
			flat, free, err := d.temporary(x.DType, x.Shape)
			if err != nil {
				return err
			}
			defer free()
			if err := d.copyTo(c, flat, x); err != nil {
				return err
			}
			x = flat
		}
		x.View = shape.View{Shape: []int{x.Numel()}, Strides: []int{1}, Offset: x.Offset}
		a.Axis = 0
	}
	axis, err := shape.Axis(a.Axis, len(x.Shape))
	if err != nil || out.Numel() == 0 {
		return err
	}
	// The result as it would be with the axis kept, stretched along it.
	kept := shape.Reduced(x.Shape, []int{axis}, true)
	if len(x.Shape) == 0 {
		kept = nil
	}
	y := backend.View{Buffer: out.Buffer, DType: out.DType, View: shape.View{Shape: kept, Strides: shape.Strides(kept), Offset: out.Offset}}
	return d.overLines(c, []backend.View{x, y}, []uint64{axisStride(&x, axis), 0}, x.Shape, axis, fmt.Sprint("arg ", largest), func(rank int) *ptx.Kernel {
		return ptx.ArgKernel(x.DType, largest, rank)
	})
}
