package vulkan

import (
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// elementwise enqueues a call that applies a function to each element.
func (d *device) elementwise(c *backend.Call) error {
	n := c.Out[0].Numel()
	if n == 0 {
		return nil
	}
	if isCopy(c) {
		return d.move(&c.Out[0], &c.In[0])
	}
	if len(c.In)+len(c.Out) > d.most() {
		return d.divided(c)
	}
	a := &d.arranged
	a.views = a.views[:0]
	for i := range c.In {
		a.views = append(a.views, &c.In[i])
	}
	for i := range c.Out {
		a.views = append(a.views, &c.Out[i])
	}
	f := d.expand(c.Fn, slices.ContainsFunc(a.views, func(v *backend.View) bool { return v.DType == dtype.Float64 }))
	a.work, a.turns, a.uniforms = len(f.Code), f.turns, 2*len(c.Uniforms)
	if err := d.arrange(a); err != nil {
		return err
	}
	p, err := d.plan(c, a)
	if err != nil {
		return err
	}
	a.params = kernel.AppendUniforms(a.params, p.program, p.widths, c.Uniforms)
	return d.launchFor(p.pipeline, a.operands, a.params, a.count, a.flops())
}

// isCopy reports whether c moves elements as they are.
func isCopy(c *backend.Call) bool {
	return len(c.In) == 1 && len(c.Out) == 1 && c.In[0].DType == c.Out[0].DType &&
		c.Fn.Code[c.Fn.Outputs[0]].Op == pointwise.OpInput
}

// move enqueues a copy of elements, whose views have one shape and type.
func (d *device) move(to, from *backend.View) error {
	n := to.Numel()
	if n == 0 {
		return nil
	}
	small := n*to.DType.Size() <= smallCopy
	if d.onCPU() && (small || !d.reaches) && to.IsContiguous() && from.IsContiguous() {
		return d.transferDense(to, from)
	}
	if d.wide(to) || d.wide(from) {
		return d.moveWide(to, from)
	}
	a := &d.arranged
	a.views, a.work, a.uniforms, a.turns = append(a.views[:0], from, to), 1, 0, 0
	if err := d.arrange(a); err != nil {
		return err
	}
	if done, err := d.transpose(a); done || err != nil {
		return err
	}
	if s, ok := d.turn(a); ok {
		p, err := d.pipeline(s.Key(), func() (*kernel.Kernel, error) { return kernel.Turn(s), nil })
		if err != nil {
			return err
		}
		return d.launchFor(p, a.operands, a.params, a.count, a.flops())
	}
	return d.copyKernel(a, to.DType.Size())
}

// smallCopy is how many bytes the driver itself copies sooner than its threads, which
// have to be woken up, run a kernel.
const smallCopy = 1 << 20

// moveWide is move of more than a kernel can see, in halves.
func (d *device) moveWide(to, from *backend.View) error {
	for k, n := range to.Shape {
		if n == 1 {
			continue
		}
		for _, r := range halvesOf(n) {
			x, y := *to, *from
			var err error
			if x.View, err = to.View.Slice(k, r[0], r[1], 1); err == nil {
				y.View, err = from.View.Slice(k, r[0], r[1], 1)
			}
			if err == nil {
				err = d.move(&x, &y)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%w: an element wider than what kernels of this device see", backend.ErrUnsupported)
}

// copyKernel enqueues a copy of elements of some bytes.
func (d *device) copyKernel(a *arrangement, size int) error {
	key := planKey{places: a.key(), copied: uint8(size)}
	p := d.plans[key]
	if p == nil {
		made, err := d.pipeline(kernel.CopyKey(size, a.Places), func() (*kernel.Kernel, error) {
			return kernel.Copy(size, a.Places), nil
		})
		if err != nil {
			return err
		}
		p = d.keep(key, &plan{pipeline: made})
	}
	return d.launchFor(p.pipeline, a.operands, a.params, a.count, a.flops())
}

// An arrangement is how the operands of an elementwise kernel lie. The device
// has one, whose memory serves call after call.
type arrangement struct {
	kernel.Places
	views    []*backend.View
	operands []operand
	params   []uint32
	count    int64 // to launch
	work     int   // instructions of an element
	uniforms int   // at most so many words
	turns    int   // of loops, that an element may take
	axes     kernel.Coalesced
}

// flops is how much work there is, of which moving the operands is most.
func (a *arrangement) flops() int64 { return 8 * int64(a.views[0].Numel()) }

// arrange binds a's views, of one shape, with as few axes as can be.
func (d *device) arrange(a *arrangement) error {
	a.operands = a.operands[:0]
	for _, v := range a.views {
		o, err := d.bind(v)
		if err != nil {
			return err
		}
		a.operands = append(a.operands, o)
	}
	d.arrangeBound(a)
	return nil
}

// arrangeBound is arrange of what is bound already.
func (d *device) arrangeBound(a *arrangement) {
	step := d.stride
	near := d.reaches && a.work >= nearFrom && d.limits.StorageRange <= math.MaxInt32
	if near {
		step.wide, step.wideRepeat = step.wide/2, 2*step.wideRepeat
	}
	if d.info.Kind == backend.Software && a.views[0].Numel() >= 4*step.part*8*runtime.NumCPU() {
		step.wideRepeat, step.part = 4*step.wideRepeat, 4*step.part
	}
	if a.turns > 0 {
		step = step.short(maxTurns / a.turns)
	}
	a.axes.Begin(len(a.views))
	a.params = a.params[:0]
	for i, v := range a.views {
		a.params = append(a.params, a.operands[i].start)
		a.axes.Operand(i, v.Strides)
	}
	a.axes.Join(a.views[0].Shape)
	sizes, strides := a.axes.Sizes, a.axes.Strides
	a.Places = kernel.Places{Layouts: a.Layouts[:0], Lanes: step.lanes, Repeat: step.repeat}
	a.count = int64(a.views[0].Numel())
	last := len(sizes) - 1
	if last > 0 && sizes[last] >= step.row {
		a.Rows, a.Repeat = true, 0
		rows := int(a.count) / sizes[last]
		part := min(panelled(sizes[last], a.Lanes), step.part)
		parts, each := ceil(sizes[last], part), 1
		if parts == 1 && step.rows { // enough rows for each workgroup, enough workgroups
			each = max(min(step.part/part, rows/8), 1)
		}
		a.count = int64(parts) * int64(ceil(rows, each)) * int64(a.Lanes)
		a.params = append(a.params, uint32(parts), uint32(part), uint32(each), uint32(rows))
	}
	any := a.Rows
	for _, s := range strides {
		l := kernel.LayoutOf(sizes, s, a.Rows)
		a.Layouts = append(a.Layouts, l)
		any = any || l == kernel.Strided
	}
	a.widen(d, step)
	if any {
		a.Axes = len(sizes)
	}
	a.Reach = d.reaches && a.MayReach(a.uniforms)
	a.Near = a.Reach && near
	if !any {
		return
	}
	a.params = appendWords(a.params, sizes)
	for i, l := range a.Layouts {
		if l == kernel.Strided || l == kernel.RowSame || l == kernel.Along {
			a.params = appendWords(a.params, strides[i])
		}
	}
}

const (
	wideFrom = 4096 // elements from which it pays to compile a larger kernel
	maxWork  = 1024 // instructions of all elements moved at once
	nearFrom = 40   // instructions that gain more from 256-bit vectors alone than moving words one by one costs
)

// widen has several elements moved at once, if there are many and they lie so
// in some operand.
func (a *arrangement) widen(d *device, step stride) {
	n := step.wide
	sizes, strides := a.axes.Sizes, a.axes.Strides
	last := len(sizes) - 1
	if a.views[0].Numel() < wideFrom || a.work*n > maxWork || a.Rows && sizes[last]%n != 0 {
		return
	}
	helps := false
	for k, l := range a.Layouts {
		aligned := int(a.operands[k].start)%n == 0
		switch l {
		case kernel.Dense:
			if !aligned {
				return
			}
			helps = true
		case kernel.Strided:
			if !a.Rows {
				return
			}
			for _, s := range strides[k][:last] {
				aligned = aligned && s%n == 0
			}
			if aligned && strides[k][last] == 1 {
				a.Layouts[k], helps = kernel.Along, true
			}
		}
	}
	if !helps {
		return
	}
	a.Wide, a.Long = n, d.physical.Int64 && d.onCPU()
	if !a.Rows {
		a.Repeat = step.wideRepeat
	}
}

func appendWords(to []uint32, list []int) []uint32 {
	for _, x := range list {
		to = append(to, uint32(x)) // a negative stride wraps, and so do sums with it
	}
	return to
}

// A stride is how elementwise kernels go through their elements.
type stride struct {
	lanes      int  // invocations of a workgroup
	repeat     int  // elements of an invocation
	wide       int  // elements moved at once
	wideRepeat int  // how often an invocation does that
	row        int  // the length from which rows are seen to by themselves
	part       int  // elements of a workgroup then
	rows       bool // which may have several rows
}

// strideOf returns what suits a device: a workgroup costs one that runs on the CPU
// as much as some hundred elements do, and its vectors are those of 8 lanes.
func (d *device) strideOf() stride {
	if d.onCPU() {
		return stride{lanes: 8, repeat: 64, wide: 8, wideRepeat: 128, row: 32, part: 8192, rows: true}
	}
	return stride{lanes: kernel.Size, repeat: 1, wide: 4, wideRepeat: 1, row: 128, part: 256}
}

// turnsOf is how many turns of loops f may take of an element: a bit of the
// quotient each, of floats and of integers wider than the device's.
func (d *device) turnsOf(f *op.Fn, double bool) int {
	most := 0
	for _, in := range f.Code {
		switch {
		case in.Kind == pointwise.Float && in.Op == pointwise.OpRem && double:
			most = max(most, 2200)
		case in.Kind == pointwise.Float && in.Op == pointwise.OpRem:
			most = max(most, 300)
		case in.Kind == pointwise.Int && (in.Op == pointwise.OpRem || in.Op == pointwise.OpDiv) && !d.physical.Int64:
			most = max(most, 192)
		}
	}
	return most
}

// short is s for functions with loops, of which software drivers end all after
// maxTurns together: an invocation sees to few elements, and at least a wide load.
func (s stride) short(few int) stride {
	few = max(min(few, 32), s.wide)
	s.repeat, s.wideRepeat = min(s.repeat, few), min(s.wideRepeat, few/s.wide)
	s.part, s.rows = min(s.part, few*s.lanes), false
	return s
}
