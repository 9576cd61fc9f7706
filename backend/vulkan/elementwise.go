package vulkan

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
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
	var types []dtype.DType
	for i := range c.Out {
		types = append(types, c.Out[i].DType)
	}
	s, err := d.spec(c.Fn, c.In, types...)
	if err != nil {
		return err
	}
	a, err := d.arrange(append(append([]backend.View(nil), c.In...), c.Out...))
	if err != nil {
		return err
	}
	p, err := d.pipeline(kernel.ElementwiseKey(s, a.Places), func() (*kernel.Kernel, error) {
		return kernel.Elementwise(s, a.Places)
	})
	if err != nil {
		return err
	}
	a.params = kernel.AppendUniforms(a.params, s.Program, spirv.WidthsOf(s), c.Uniforms)
	return d.launch(p, a.operands, a.params, a.count)
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
	if d.wide(to) || d.wide(from) {
		return d.moveWide(to, from)
	}
	a, err := d.arrange([]backend.View{*from, *to})
	if err != nil {
		return err
	}
	return d.copyKernel(a, to.DType.Size())
}

// moveWide is move of more than a kernel can see, in halves.
func (d *device) moveWide(to, from *backend.View) error {
	for k, n := range to.Shape {
		if n == 1 {
			continue
		}
		for _, r := range [2][2]int{{0, n / 2}, {n / 2, n}} {
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
	p, err := d.pipeline(kernel.CopyKey(size, a.Places), func() (*kernel.Kernel, error) {
		return kernel.Copy(size, a.Places), nil
	})
	if err != nil {
		return err
	}
	return d.launch(p, a.operands, a.params, a.count)
}

// An arrangement is how the operands of an elementwise kernel lie.
type arrangement struct {
	kernel.Places
	operands []operand
	params   []uint32
	count    int64 // to launch
}

// arrange binds views of one shape, with as few axes as can be.
func (d *device) arrange(views []backend.View) (*arrangement, error) {
	operands := make([]operand, len(views))
	for i := range views {
		var err error
		if operands[i], err = d.bind(&views[i]); err != nil {
			return nil, err
		}
	}
	return d.arrangeBound(views, operands), nil
}

// arrangeBound is arrange for views that are bound already.
func (d *device) arrangeBound(views []backend.View, operands []operand) *arrangement {
	a := &arrangement{operands: operands}
	strides := make([][]int, len(views))
	for i := range views {
		a.params = append(a.params, operands[i].start)
		strides[i] = views[i].Strides
	}
	sizes, strides := kernel.Coalesce(views[0].Shape, strides...)
	a.count = int64(views[0].Numel())
	last := len(sizes) - 1
	least, most := d.rows()
	if last > 0 && sizes[last] >= least {
		part := min(panelled(sizes[last], kernel.Size), most)
		parts := ceil(sizes[last], part)
		a.Rows, a.count = true, a.count/int64(sizes[last])*int64(parts)*kernel.Size
		a.params = append(a.params, uint32(parts), uint32(part))
	} else {
		a.Repeat = d.repeat()
	}
	any := a.Rows
	for _, s := range strides {
		l := kernel.LayoutOf(sizes, s, a.Rows)
		a.Layouts = append(a.Layouts, l)
		any = any || l == kernel.Strided
	}
	if !any {
		return a
	}
	a.Axes = len(sizes)
	a.params = appendWords(a.params, sizes)
	for i, l := range a.Layouts {
		if l == kernel.Strided || l == kernel.RowSame {
			a.params = appendWords(a.params, strides[i])
		}
	}
	return a
}

func appendWords(to []uint32, list []int) []uint32 {
	for _, x := range list {
		to = append(to, uint32(x)) // a negative stride wraps, and so do sums with it
	}
	return to
}

// repeat is how many elements an invocation sees to, apart from rows.
func (d *device) repeat() int {
	if d.info.Kind == backend.Software {
		return 8
	}
	return 1
}

// rows returns how long rows must be that have workgroups of their own, and the
// most elements of a workgroup.
func (d *device) rows() (least, most int) {
	if d.info.Kind == backend.Software {
		return 32, 2048
	}
	return 128, 256
}
