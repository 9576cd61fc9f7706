package vulkan

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.Resize] = func(d *device, c *backend.Call) error {
		a := c.Attrs.(op.ResizeAttrs)
		return d.resize(c, func(k, n int) (int, []int, []float64) { return a.Taps(k, n) })
	}
	kernels[op.ResizeTranspose] = func(d *device, c *backend.Call) error {
		a := c.Attrs.(op.ResizeAttrs)
		a.Size = c.In[0].Shape[2:]
		return d.resize(c, func(k, _ int) (int, []int, []float64) { return a.TransposedTaps(k, a.In[k]) })
	}
}

// tapsOf gives the table of spatial axis k of size n: how many taps an element of
// the result has, and for each where it is and its weight.
type tapsOf func(k, n int) (taps int, at []int, weights []float64)

// resize goes through the spatial axes in turn, with a table of taps for each.
func (d *device) resize(c *backend.Call, table tapsOf) error {
	x, out := c.In[0], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if !x.DType.IsFloat() {
		return backend.ErrUnsupported
	}
	if err := d.supports(pointwise.Spec{In: []dtype.DType{x.DType}}); err != nil {
		return err
	}
	between := dtype.Float32
	if x.DType == dtype.Float64 {
		between = x.DType
	}
	if !x.IsContiguous() {
		return d.compacted(c, func(c *backend.Call) error { return d.resize(c, table) })
	}
	for k := range len(x.Shape) - 2 {
		to := *out
		if k < len(x.Shape)-3 {
			s := slices.Clone(x.Shape)
			s[k+2] = out.Shape[k+2]
			b, err := d.scratch(int64(between.Size() * shape.Numel(s)))
			if err != nil {
				return err
			}
			defer d.giveScratch(b)
			to = backend.View{Buffer: b, DType: between, View: shape.Contiguous(s)}
		}
		if err := d.resizeAxis(&to, &x, k+2, table); err != nil {
			return err
		}
		x = to
	}
	return nil
}

func (d *device) resizeAxis(to, x *backend.View, axis int, table tapsOf) error {
	if d.wide(x) || d.wide(to) {
		return d.resizeHalves(to, x, axis, table)
	}
	taps, at, weights := table(axis-2, x.Shape[axis])
	return d.resizeBy(to, x, axis, taps, at, weights)
}

// resizeBy is resizeAxis of what a kernel can see, with a table.
func (d *device) resizeBy(to, x *backend.View, axis, taps int, at []int, weights []float64) error {
	n := x.Shape[axis]
	bytes := tapTable(at, weights, kernel.WeightParts(x.DType))
	if int64(len(bytes)) > d.limits.StorageRange {
		return d.tooWide()
	}
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

// tapTable is a table of taps as kernels read it, weights as sums of float32.
func tapTable(at []int, weights []float64, parts int) (bytes []byte) {
	for i := range at {
		bytes = binary.NativeEndian.AppendUint32(bytes, uint32(at[i]))
		rest := weights[i]
		for range parts {
			x := float32(rest)
			bytes = binary.NativeEndian.AppendUint32(bytes, math.Float32bits(x))
			rest -= float64(x)
		}
	}
	return bytes
}
