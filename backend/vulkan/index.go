package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.Gather] = (*device).gather
	kernels[op.ScatterAdd] = func(d *device, c *backend.Call) error { return d.scatter(c, true) }
	kernels[op.Scatter] = func(d *device, c *backend.Call) error { return d.scatter(c, false) }
}

func (d *device) gather(c *backend.Call) error {
	x, index, out := &c.In[0], &c.In[1], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	rank := len(x.Shape)
	axis, err := shape.Axis(c.Attrs.(op.AxisAttrs).Axis, max(rank, 1))
	if err != nil {
		return err
	}
	return d.gatherPart(x, index, out, axis, nil)
}

// A part is where a piece of a longer axis begins, and how long that is.
type part struct{ from, whole int }

// gatherPart gathers from x, or if of is not nil from a part of it: what is elsewhere
// is left as it is.
func (d *device) gatherPart(x, index, out *backend.View, axis int, of *part) error {
	rank := len(x.Shape)
	size := x.DType.Size()
	operands, err := d.bindAll(x, index, out)
	if err != nil {
		return err
	}
	p, err := d.pipeline(kernel.GatherKey(size, index.DType, rank, axis, of != nil), func() (*kernel.Kernel, error) {
		return kernel.Gather(size, index.DType, rank, axis, of != nil), nil
	})
	if err != nil {
		return err
	}
	var params []uint32
	for _, o := range operands {
		params = append(params, o.start)
	}
	limit := 1
	if rank > 0 {
		limit = x.Shape[axis]
	}
	if of != nil {
		params = appendWords(params, []int{of.whole, of.from})
	}
	params = append(params, uint32(limit))
	params = appendWords(appendWords(appendWords(params, index.Shape), x.Strides), index.Strides)
	return d.launch(p, operands, params, int64(out.Numel()))
}

func (d *device) scatter(c *backend.Call, add bool) error {
	x, index, src, out := &c.In[0], &c.In[1], &c.In[2], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if index.Numel() == 0 {
		return d.move(out, x)
	}
	if err := d.supports(pointwise.Spec{In: []dtype.DType{x.DType}}); err != nil {
		return err
	}
	rank := len(x.Shape)
	axis, err := shape.Axis(c.Attrs.(op.AxisAttrs).Axis, max(rank, 1))
	if err != nil {
		return err
	}
	if rank > 0 && add && d.sorts(index.Numel()/index.Shape[axis], index.Shape[axis], 1) {
		if err := d.move(out, x); err != nil {
			return err
		}
		return d.joinLines(out, index, src, axis, op.BySum)
	}
	if rank > 0 && d.serial(x.Shape[axis], index.Numel()/index.Shape[axis], index.Shape[axis]) {
		return d.scatterLines(c, axis, add)
	}
	if rank > 0 {
		if err := d.turns(index.Shape[axis]); err != nil {
			return err
		}
	}
	operands, err := d.bindAll(x, index, src, out)
	if err != nil {
		return err
	}
	p, err := d.pipeline(kernel.ScatterKey(x.DType, index.DType, rank, axis, add), func() (*kernel.Kernel, error) {
		return kernel.Scatter(x.DType, index.DType, rank, axis, add), nil
	})
	if err != nil {
		return err
	}
	var params []uint32
	for _, o := range operands {
		params = append(params, o.start)
	}
	params = appendWords(appendWords(params, x.Shape), index.Shape)
	params = appendWords(appendWords(appendWords(params, x.Strides), index.Strides), src.Strides)
	return d.launch(p, operands, params, int64(out.Numel()))
}

// serial reports whether it is better to go through n indices of each line in
// one invocation than to have one for each of the size elements they may point
// to, which all go through them.
func (d *device) serial(size, lines, n int) bool {
	together := 1 << 14 // invocations that run at a time
	if d.onCPU() {
		together = 16
	}
	return size*min(lines, together) >= together || d.turns(n) != nil
}

// scatterLines puts or adds src to a copy of x, line by line.
func (d *device) scatterLines(c *backend.Call, axis int, add bool) error {
	x, index, src, out := &c.In[0], &c.In[1], &c.In[2], &c.Out[0]
	by := kernel.Put
	if add {
		by = kernel.Combine(op.BySum)
	}
	return d.summed(out, add, func(sum *backend.View) error {
		if err := d.convert(sum, x); err != nil {
			return err
		}
		return d.scatterInto(sum, index, src, axis, by)
	})
}

// scatterInto combines elements of src with those of to.
func (d *device) scatterInto(to, index, src *backend.View, axis int, by kernel.Combine) error {
	if d.wide(to) || d.wide(index) || d.wide(src) {
		return d.scatterIntoWide(*to, *index, *src, axis, by)
	}
	operands, err := d.bindAll(index, src, to)
	if err != nil {
		return err
	}
	rank := len(to.Shape)
	if by != kernel.Put && d.sorts(index.Numel()/index.Shape[axis], index.Shape[axis], 1) {
		return d.joinLines(to, index, src, axis, op.By(by))
	}
	p, err := d.pipeline(kernel.ScatterLineKey(src.DType, to.DType, index.DType, rank, axis, by), func() (*kernel.Kernel, error) {
		return kernel.ScatterLine(src.DType, to.DType, index.DType, rank, axis, by), nil
	})
	if err != nil {
		return err
	}
	n := index.Shape[axis]
	for from := 0; from < n; from += maxTurns {
		var params []uint32
		for _, o := range operands {
			params = append(params, o.start)
		}
		params = append(params, uint32(from), uint32(min(from+maxTurns, n)), uint32(to.Shape[axis]))
		params = appendWords(appendWords(params, index.Shape), index.Strides)
		params = appendWords(appendWords(params, src.Strides), to.Strides)
		if err := d.launch(p, operands, params, int64(index.Numel()/n)); err != nil {
			return err
		}
	}
	return nil
}

// summed runs body on a view of out's shape that sums of elements are kept in:
// out itself, or for small floats, of which many may meet, float32s, which are
// rounded once.
func (d *device) summed(out *backend.View, many bool, body func(sum *backend.View) error) error {
	if !many || !out.DType.IsFloat() || out.DType.Size() > 2 {
		return body(out)
	}
	b, err := d.scratch(int64(4 * out.Numel()))
	if err != nil {
		return err
	}
	defer d.giveScratch(b)
	sum := backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous(out.Shape)}
	if err := body(&sum); err != nil {
		return err
	}
	return d.convert(out, &sum)
}

// convert enqueues a copy of floats of any type, or of elements of one type.
func (d *device) convert(to, from *backend.View) error {
	if to.DType == from.DType {
		return d.move(to, from)
	}
	return d.run(&backend.Call{Fn: same, In: []backend.View{*from}, Out: []backend.View{*to}})
}
