package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	for o, s := range map[*op.Op]kernel.Scan{
		op.CumSum: kernel.ScanSum, op.CumProd: kernel.ScanProd, op.CumMax: kernel.ScanMax, op.CumMin: kernel.ScanMin, op.LinearScan: kernel.ScanLinear,
		op.LogCumSumExp: kernel.ScanLogSumExp,
	} {
		kernels[o] = func(d *device, c *backend.Call) error { return d.scan(c, s) }
	}
	for o, larger := range map[*op.Op]bool{op.ArgMax: true, op.ArgMin: false} {
		kernels[o] = func(d *device, c *backend.Call) error { return d.arg(c, larger) }
	}
}

// arg finds extreme elements, in blocks as scan has them.
func (d *device) arg(c *backend.Call, larger bool) error {
	a, x := c.Attrs.(op.ArgAttrs), c.In[0]
	axis := a.Axis
	if a.Flat {
		if !x.IsContiguous() {
			return d.compacted(c, func(c *backend.Call) error { return d.arg(c, larger) })
		}
		x.View = shape.View{Shape: []int{x.Numel()}, Strides: []int{1}, Offset: x.Offset}
		axis = 0
	}
	flat := *c
	flat.In = []backend.View{x}
	n, err := lineOf(&x, axis)
	if err != nil || x.Numel() == 0 {
		return err
	}
	if size := d.scanBlock(n, x.Numel()/n); size < n {
		value := x.DType
		if value == dtype.Bool {
			value = dtype.Int32
		}
		s := kernel.ScanFirstMin
		if larger {
			s = kernel.ScanFirstMax
		}
		return d.scanBlocks(&flat, s, x.DType, value, axis, size, false)
	}
	return d.lines(&flat, axis, kernel.ArgKey(x.DType, larger), true, func() *kernel.Kernel { return kernel.Arg(x.DType, larger) })
}

// lineOf returns how many elements v has along an axis.
func lineOf(v *backend.View, axis int) (int, error) {
	axis, err := shape.Axis(axis, max(len(v.Shape), 1))
	if err != nil || len(v.Shape) == 0 {
		return 1, err
	}
	return v.Shape[axis], nil
}

// scan goes along lines, in blocks if they are long and few.
func (d *device) scan(c *backend.Call, s kernel.Scan) error {
	a := c.Attrs.(op.ScanAttrs)
	in, out := c.In[0].DType, c.Out[0].DType
	x := &c.In[0]
	if x.Numel() == 0 {
		return nil
	}
	n, err := lineOf(x, a.Axis)
	if err != nil {
		return err
	}
	if size := d.scanBlock(n, x.Numel()/n); size < n {
		return d.scanBlocks(c, s, in, out, a.Axis, size, a.Reverse)
	}
	return d.lines(c, a.Axis, kernel.ScanKey(s, in, out, a.Reverse), true, func() *kernel.Kernel {
		return kernel.ScanLine(s, in, out, a.Reverse)
	})
}

// scanBlock returns how many elements of lines of n an invocation sees to. That
// is all, unless there are few lines to keep a GPU busy, or more elements than
// an invocation can go over.
func (d *device) scanBlock(n, lines int) int {
	if d.onCPU() {
		if d.turns(n) == nil {
			return n
		}
		return 4096
	}
	const least = 128 // elements that are worth a state
	return max(n/max(enough/lines, 1), min(least, n))
}

// scanStates returns scratch memory for the states of blocks, both numbers of
// each.
func (d *device) scanStates(s kernel.Scan, in, out dtype.DType, n int) ([]operand, error) {
	var states []operand
	value, more := kernel.ScanState(s, in, out)
	for _, t := range []dtype.DType{value, more} {
		o, err := d.floats(n * ceil(t.Size(), 4))
		if err != nil {
			d.giveStates(states)
			return nil, err
		}
		states = append(states, o)
	}
	return states, nil
}

func (d *device) giveStates(states []operand) {
	for _, o := range states {
		d.giveScratch(o.buffer)
	}
}

// scanBlocks finds what each block comes to by itself, then what there is before
// each, and from there on scans them. If it is to find extreme elements, it ends
// with the index of that of each line.
func (d *device) scanBlocks(c *backend.Call, s kernel.Scan, in, out dtype.DType, axis, size int, reverse bool) error {
	l, ok, err := d.linesOf(c, axis)
	if err != nil {
		return err
	}
	if !ok {
		return d.compacted(c, func(c *backend.Call) error { return d.scanBlocks(c, s, in, out, axis, size, reverse) })
	}
	blocks := ceil(l.n, size)
	if err := d.turns(max(blocks, size)); err != nil {
		return err
	}
	lines := l.outer * l.inner
	states, err := d.scanStates(s, in, out, lines*blocks)
	if err != nil {
		return err
	}
	defer d.giveStates(states)
	part := func(p kernel.ScanPart, operands []operand, params []uint32, count int) error {
		q, err := d.pipeline(kernel.ScanPartKey(p, s, in, out, reverse), func() (*kernel.Kernel, error) {
			return kernel.ScanPartOf(p, s, in, out, reverse), nil
		})
		if err != nil {
			return err
		}
		return d.launch(q, append(slices.Clone(operands), states...), params, int64(count))
	}
	params := append([]uint32{uint32(l.n), uint32(l.inner), uint32(size), uint32(blocks)}, l.params...)
	if err := part(kernel.ScanTotals, l.inputs, params, lines*blocks); err != nil {
		return err
	}
	if s == kernel.ScanFirstMax || s == kernel.ScanFirstMin {
		return part(kernel.ScanLast, l.outputs, []uint32{uint32(l.inner), uint32(blocks), l.outputs[0].start}, lines)
	}
	if err := part(kernel.ScanCarry, nil, []uint32{uint32(l.inner), uint32(blocks)}, lines); err != nil {
		return err
	}
	for _, o := range l.outputs {
		params = append(params, o.start)
	}
	return part(kernel.ScanBlocks, slices.Concat(l.inputs, l.outputs), params, lines*blocks)
}
