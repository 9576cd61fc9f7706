package vulkan

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.Resize] = func(d *device, c *backend.Call) error {
		a := c.Attrs.(op.ResizeAttrs)
		return d.resize(c, func(k, n int) (int, []byte) { return tapTable(a.Taps(k, n)) })
	}
	kernels[op.ResizeTranspose] = func(d *device, c *backend.Call) error {
		a := c.Attrs.(op.ResizeAttrs)
		a.Size = c.In[0].Shape[2:]
		return d.resize(c, func(k, _ int) (int, []byte) { return tapTable(a.TransposedTaps(k, a.In[k])) })
	}
}

// resize goes through the spatial axes in turn, with a table of taps for each.
func (d *device) resize(c *backend.Call, table func(k, n int) (taps int, bytes []byte)) error {
	x, out := c.In[0], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if !kernel.ShadersKnow(x.DType) {
		return backend.ErrUnsupported
	}
	if !x.IsContiguous() {
		return d.compacted(c, func(c *backend.Call) error { return d.resize(c, table) })
	}
	for k := range len(x.Shape) - 2 {
		to := *out
		if k < len(x.Shape)-3 {
			s := slices.Clone(x.Shape)
			s[k+2] = out.Shape[k+2]
			b, err := d.scratch(int64(4 * shape.Numel(s)))
			if err != nil {
				return err
			}
			defer d.giveScratch(b)
			to = backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous(s)}
		}
		if err := d.resizeAxis(&to, &x, k+2, table); err != nil {
			return err
		}
		x = to
	}
	return nil
}

func (d *device) resizeAxis(to, x *backend.View, axis int, table func(k, n int) (taps int, bytes []byte)) error {
	n := x.Shape[axis]
	taps, bytes := table(axis-2, n)
	if err := d.turns(taps); err != nil {
		return err
	}
	t, err := d.floats(len(bytes) / 4)
	if err != nil {
		return err
	}
	defer d.giveScratch(t.buffer)
	if err := d.write(t.buffer, t.off, bytes); err != nil {
		return err
	}
	operands, err := d.bindAll(x, to)
	if err != nil {
		return err
	}
	operands = []operand{operands[0], t, operands[1]}
	p, err := d.pipeline(kernel.ResizeKey(x.DType, to.DType), func() (*kernel.Kernel, error) { return kernel.Resize(x.DType, to.DType), nil })
	if err != nil {
		return err
	}
	var params []uint32
	for _, o := range operands {
		params = append(params, o.start)
	}
	params = append(params, uint32(n), uint32(to.Shape[axis]), uint32(shape.Numel(x.Shape[axis+1:])), uint32(taps))
	return d.launch(p, operands, params, int64(to.Numel()))
}

// tapTable is a table of taps as kernels read it.
func tapTable(count int, at []int, weights []float64) (taps int, bytes []byte) {
	for i := range at {
		bytes = binary.NativeEndian.AppendUint32(bytes, uint32(at[i]))
		bytes = binary.NativeEndian.AppendUint32(bytes, math.Float32bits(float32(weights[i])))
	}
	return count, bytes
}
