package vulkan

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	for o, s := range map[*op.Op]kernel.Scan{
		op.CumSum: kernel.ScanSum, op.CumProd: kernel.ScanProd, op.CumMax: kernel.ScanMax, op.CumMin: kernel.ScanMin, op.LinearScan: kernel.ScanLinear,
		op.LogCumSumExp: kernel.ScanLogSumExp,
	} {
		kernels[o] = func(d *device, c *backend.Call) error {
			a := c.Attrs.(op.ScanAttrs)
			in, out := c.In[0].DType, c.Out[0].DType
			if s == kernel.ScanLogSumExp && in == dtype.Float64 {
				return fmt.Errorf("%w: exponentials of float64", backend.ErrUnsupported)
			}
			return d.lines(c, a.Axis, kernel.ScanKey(s, in, out, a.Reverse), true, func() *kernel.Kernel {
				return kernel.ScanLine(s, in, out, a.Reverse)
			})
		}
	}
	for o, larger := range map[*op.Op]bool{op.ArgMax: true, op.ArgMin: false} {
		kernels[o] = func(d *device, c *backend.Call) error {
			a, x := c.Attrs.(op.ArgAttrs), c.In[0]
			axis := a.Axis
			if a.Flat {
				if !x.IsContiguous() {
					return d.compacted(c, func(c *backend.Call) error { return kernels[o](d, c) })
				}
				x.View = shape.View{Shape: []int{x.Numel()}, Strides: []int{1}, Offset: x.Offset}
				axis = 0
			}
			flat := *c
			flat.In = []backend.View{x}
			return d.lines(&flat, axis, kernel.ArgKey(x.DType, larger), true, func() *kernel.Kernel { return kernel.Arg(x.DType, larger) })
		}
	}
}

// lines enqueues a kernel along an axis, with an invocation for each line or
// for each element.
func (d *device) lines(c *backend.Call, axis int, key string, each bool, make func() *kernel.Kernel) error {
	x := &c.In[0]
	if x.Numel() == 0 {
		return nil
	}
	s := pointwise.Spec{In: []dtype.DType{x.DType}, Out: []dtype.DType{c.Out[0].DType}}
	if len(c.Out) == 2 || c.Op == op.ArgMax || c.Op == op.ArgMin {
		s.Out = nil // indices are stored as words
	}
	if err := d.supports(s); err != nil {
		return err
	}
	rank := len(x.Shape)
	axis, err := shape.Axis(axis, max(rank, 1))
	if err != nil {
		return err
	}
	n, inner, outer := 1, 1, 1
	if rank > 0 {
		n, inner, outer = x.Shape[axis], shape.Numel(x.Shape[axis+1:]), shape.Numel(x.Shape[:axis])
	}
	if err := d.turns(n); err != nil {
		return err
	}
	params := []uint32{uint32(n), uint32(inner)}
	var operands []operand
	for i := range c.In {
		v := &c.In[i]
		o, err := d.bind(v)
		if err != nil {
			return err
		}
		operands = append(operands, o)
		var strides [3]int // along, before, after
		if rank > 0 {
			before, ok1 := single(v.Shape[:axis], v.Strides[:axis])
			after, ok2 := single(v.Shape[axis+1:], v.Strides[axis+1:])
			if !ok1 || !ok2 {
				return d.compacted(c, func(c *backend.Call) error { return d.lines(c, axis, key, each, make) })
			}
			strides = [3]int{v.Strides[axis], before, after}
		}
		params = append(params, o.start)
		params = appendWords(params, strides[:])
	}
	for i := range c.Out {
		o, err := d.bind(&c.Out[i])
		if err != nil {
			return err
		}
		operands, params = append(operands, o), append(params, o.start)
	}
	p, err := d.pipeline(key, func() (*kernel.Kernel, error) { return make(), nil })
	if err != nil {
		return err
	}
	count := outer * inner
	if !each {
		count *= n
	}
	return d.launch(p, operands, params, int64(count))
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
