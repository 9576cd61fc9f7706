package vulkan

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Ops on rows. Elements that the kernels do not know, or rows that lie badly,
// are left to the definition of the op.
func init() {
	forward, back := rowKernels{kernel.Softmax, kernel.SoftmaxLines, false}, rowKernels{kernel.SoftmaxGrad, kernel.SoftmaxGradLines, true}
	kernels[op.Softmax] = func(d *device, c *backend.Call) error { return d.softmax(c, forward, false) }
	kernels[op.LogSoftmax] = func(d *device, c *backend.Call) error { return d.softmax(c, forward, true) }
	kernels[op.SoftmaxGrad] = func(d *device, c *backend.Call) error { return d.softmax(c, back, false) }
	kernels[op.LogSoftmaxGrad] = func(d *device, c *backend.Call) error { return d.softmax(c, back, true) }
	kernels[op.LayerNorm] = func(d *device, c *backend.Call) error { return d.norm(c, true) }
	kernels[op.RMSNorm] = func(d *device, c *backend.Call) error { return d.norm(c, false) }
}

// team returns how many invocations see to a row of n elements together. On
// devices that run on the CPU that is what an instruction does at once.
func (d *device) team(n int) int {
	if d.onCPU() {
		return 8
	}
	g := 32
	for g < 256 && 16*g < n && 2*g <= d.limits.Invocations {
		g *= 2
	}
	return g
}

// rowSpec returns how kernels go over rows of n elements that begin where the
// operands do, or an error if they cannot.
func (d *device) rowSpec(t dtype.DType, n, group int, operands ...operand) (kernel.RowSpec, error) {
	s := kernel.RowSpec{Group: group, Wide: n%4 == 0, Type: t}
	for _, o := range operands {
		s.Wide = s.Wide && o.start%4 == 0
	}
	if !kernel.ShadersKnow(t) || t != dtype.Float32 && !s.Wide {
		return s, backend.ErrUnsupported
	}
	return s, nil
}

// dense reports whether all operands of c are in row-major order.
func dense(c *backend.Call) bool {
	for i := range c.In {
		if !c.In[i].IsContiguous() {
			return false
		}
	}
	return true
}

// enough is how many lines or rows keep a GPU busy with an invocation for each.
const enough = 4096

// rowKernels are a kernel for rows, of a workgroup each, and one for lines along
// another axis, of an invocation each.
type rowKernels struct {
	rows, lines func(s kernel.RowSpec, log bool) *kernel.Kernel
	simple      bool // what they do is as quick in the two passes of their definition, see slow
}

// slow reports whether a software driver is quicker with the passes of an op's
// definition, which load wide and by addresses, than with a kernel that has little
// else to do than to load: SwiftShader always, Mesa's from version 25 on in rows.
func (d *device) slow(k rowKernels, rows bool) bool {
	return k.simple && d.onCPU() && (d.family == plainFamily || rows && d.reaches)
}

// softmax runs a softmax, or what it passes back.
func (d *device) softmax(c *backend.Call, k rowKernels, log bool) error {
	x := &c.In[0]
	if x.Numel() == 0 {
		return nil
	}
	axis, err := shape.Axis(c.Attrs.(op.AxisAttrs).Axis, len(x.Shape))
	if err != nil || len(x.Shape) == 0 || !kernel.ShadersKnow(x.DType) {
		return backend.ErrUnsupported
	}
	if !dense(c) {
		return d.compacted(c, func(c *backend.Call) error { return d.softmax(c, k, log) })
	}
	operands, start, err := d.bindCall(c)
	if err != nil {
		return err
	}
	n, inner := x.Shape[axis], shape.Numel(x.Shape[axis+1:])
	lines := x.Numel() / n
	const short = 16 // rows of which it does not pay to share one
	along := inner > 1 || n <= short && x.DType == dtype.Float32
	if d.slow(k, !along) {
		return backend.ErrUnsupported
	}
	if along {
		s, err := d.rowSpec(x.DType, inner, kernel.Size, operands...)
		if err == nil {
			err = d.turns(3 * n)
		}
		if err != nil || !d.onCPU() && lines < enough {
			return backend.ErrUnsupported
		}
		params := append([]uint32{uint32(inner)}, start...)
		if s.Wide {
			lines /= 4
			for i := range params {
				params[i] /= 4
			}
		}
		return d.runRows(k.lines(s, log), operands, append([]uint32{uint32(n)}, params...), lines)
	}
	s, err := d.rowSpec(x.DType, n, d.team(n), operands...)
	if err != nil {
		return err
	}
	if err := d.rowTurns(n, s); err != nil {
		return err
	}
	return d.runRows(k.rows(s, log), operands, append([]uint32{uint32(n)}, start...), lines*s.Group)
}

// rowTurns returns an error if going over a row takes too many turns.
func (d *device) rowTurns(n int, s kernel.RowSpec) error {
	turns := ceil(n, 4*s.Group) * 4
	if !s.Wide {
		turns *= 5
	}
	return d.turns(turns + 100)
}

// runRows launches a kernel written for rows.
func (d *device) runRows(k *kernel.Kernel, operands []operand, params []uint32, count int) error {
	p, err := d.pipeline(k.Key, func() (*kernel.Kernel, error) { return k, nil })
	if err != nil {
		return err
	}
	return d.launch(p, operands, params, int64(count))
}

func (d *device) norm(c *backend.Call, centred bool) error {
	a, _ := c.Attrs.(op.NormAttrs)
	x, y := &c.In[0], &c.Out[0]
	if x.Numel() == 0 {
		return backend.ErrUnsupported
	}
	for i := range c.In {
		if c.In[i].DType != x.DType || !kernel.ShadersKnow(x.DType) {
			return backend.ErrUnsupported
		}
	}
	if !dense(c) {
		return d.compacted(c, func(c *backend.Call) error { return d.norm(c, centred) })
	}
	views := []*backend.View{x, x, x, y, y, y}
	for i := range c.In {
		views[i] = &c.In[i]
	}
	for i := range c.Out {
		views[3+i] = &c.Out[i]
	}
	operands, err := d.bindAll(views...)
	if err != nil {
		return err
	}
	n := shape.Numel(x.Shape[len(x.Shape)-max(a.Axes, 1):])
	s, err := d.rowSpec(x.DType, n, d.team(n), operands[:4]...)
	if err != nil {
		return err
	}
	if err := d.rowTurns(n, s); err != nil {
		return err
	}
	params := []uint32{uint32(n)}
	for _, o := range operands {
		params = append(params, o.start)
	}
	params = append(params, math.Float32bits(float32(a.Eps)))
	return d.runRows(kernel.Norm(s, centred, len(c.In)-1), operands, params, x.Numel()/n*s.Group)
}
