package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// A lineSet is what kernels along an axis are told: operands are [outer, n,
// inner].
type lineSet struct {
	outer, n, inner int
	inputs, outputs []operand
	params          []uint32 // of the inputs: where each starts, strides along, before and after the axis
}

// linesOf returns the lines of c's operands along an axis; not ok if an input
// must be made dense first.
func (d *device) linesOf(c *backend.Call, axis int) (l lineSet, ok bool, err error) {
	x := &c.In[0]
	s := pointwise.Spec{In: []dtype.DType{x.DType}, Out: []dtype.DType{c.Out[0].DType}}
	if len(c.Out) == 2 || c.Op == op.ArgMax || c.Op == op.ArgMin {
		s.Out = nil // indices are stored as words
	}
	if err := d.supports(s); err != nil {
		return l, false, err
	}
	rank := len(x.Shape)
	if axis, err = shape.Axis(axis, max(rank, 1)); err != nil {
		return l, false, err
	}
	l = lineSet{outer: 1, n: 1, inner: 1}
	if rank > 0 {
		l.n, l.inner, l.outer = x.Shape[axis], shape.Numel(x.Shape[axis+1:]), shape.Numel(x.Shape[:axis])
	}
	for i := range c.In {
		v := &c.In[i]
		o, err := d.bind(v)
		if err != nil {
			return l, false, err
		}
		l.inputs = append(l.inputs, o)
		var strides [3]int // along, before, after
		if rank > 0 {
			before, ok1 := single(v.Shape[:axis], v.Strides[:axis])
			after, ok2 := single(v.Shape[axis+1:], v.Strides[axis+1:])
			if !ok1 || !ok2 {
				return l, false, nil
			}
			strides = [3]int{v.Strides[axis], before, after}
		}
		l.params = append(l.params, o.start)
		l.params = appendWords(l.params, strides[:])
	}
	for i := range c.Out {
		o, err := d.bind(&c.Out[i])
		if err != nil {
			return l, false, err
		}
		l.outputs = append(l.outputs, o)
	}
	return l, true, nil
}

// lines enqueues a kernel along an axis, with an invocation for each line or
// for each element.
func (d *device) lines(c *backend.Call, axis int, key string, each bool, make func() *kernel.Kernel) error {
	if c.In[0].Numel() == 0 {
		return nil
	}
	l, ok, err := d.linesOf(c, axis)
	if err == nil {
		err = d.turns(l.n)
	}
	if err != nil {
		return err
	}
	if !ok {
		return d.compacted(c, func(c *backend.Call) error { return d.lines(c, axis, key, each, make) })
	}
	p, err := d.pipeline(key, func() (*kernel.Kernel, error) { return make(), nil })
	if err != nil {
		return err
	}
	params := append([]uint32{uint32(l.n), uint32(l.inner)}, l.params...)
	for _, o := range l.outputs {
		params = append(params, o.start)
	}
	count := l.outer * l.inner
	if !each {
		count *= l.n
	}
	return d.launch(p, slices.Concat(l.inputs, l.outputs), params, int64(count))
}

// single returns the stride with which axes are walked as one.
func single(sizes, strides []int) (int, bool) {
	s, l := kernel.Coalesce(sizes, strides)
	switch len(s) {
	case 0:
		return 0, true
	case 1:
		return l[0][0], true
	}
	return 0, false
}

// compacted runs c on dense copies of its inputs.
func (d *device) compacted(c *backend.Call, run func(c *backend.Call) error) error {
	r := *c
	r.In = append([]backend.View(nil), c.In...)
	for i := range r.In {
		v := &r.In[i]
		b, err := d.scratch(int64(v.Numel() * v.DType.Size()))
		if err != nil {
			return err
		}
		defer d.giveScratch(b)
		to := backend.View{Buffer: b, DType: v.DType, View: shape.Contiguous(v.Shape)}
		if err := d.move(&to, v); err != nil {
			return err
		}
		*v = to
	}
	return run(&r)
}
