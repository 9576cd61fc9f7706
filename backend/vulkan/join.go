package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.Concat] = (*device).concat
	kernels[op.Flip] = (*device).flip
}

// concat copies each operand to its part of the output.
func (d *device) concat(c *backend.Call) error {
	out := c.Out[0]
	axis, err := shape.Axis(c.Attrs.(op.AxisAttrs).Axis, len(out.Shape))
	if err != nil {
		return err
	}
	at := 0
	for i := range c.In {
		n := c.In[i].Shape[axis]
		part := out
		if part.View, err = out.View.Slice(axis, at, at+n, 1); err != nil {
			return err
		}
		if err := d.move(&part, &c.In[i]); err != nil {
			return err
		}
		at += n
	}
	return nil
}

// flip copies backwards: to a view of the output whose strides wrap around, as
// sums of words do.
func (d *device) flip(c *backend.Call) error {
	x, out := c.In[0], c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	axes, err := shape.Axes(c.Attrs.(op.FlipAttrs).Axes, len(out.Shape))
	if err != nil {
		return err
	}
	return d.flipHalves(x, out, axes)
}

// flipHalves flips what a kernel can see, or the halves of more.
func (d *device) flipHalves(x, out backend.View, axes []int) error {
	k := slices.IndexFunc(out.Shape, func(n int) bool { return n > 1 })
	if k < 0 || !d.wide(&x) && !d.wide(&out) {
		return d.flipAxes(x, out, axes)
	}
	n := out.Shape[k]
	for _, r := range halvesOf(n) {
		from, to := x, out
		there := r
		if slices.Contains(axes, k) {
			there = [2]int{n - r[1], n - r[0]}
		}
		var err error
		if from.View, err = x.Slice(k, r[0], r[1], 1); err != nil {
			return err
		}
		if to.View, err = out.Slice(k, there[0], there[1], 1); err != nil {
			return err
		}
		if err := d.flipHalves(from, to, axes); err != nil {
			return err
		}
	}
	return nil
}

// flipAxes is flip of what a kernel can see.
func (d *device) flipAxes(x, out backend.View, axes []int) error {
	a := &d.arranged
	a.views, a.work, a.uniforms, a.turns = append(a.views[:0], &x, &out), 1, 0, 0
	if err := d.arrange(a); err != nil {
		return err
	}
	x.Strides = slices.Clone(x.Strides)
	start := int64(a.operands[0].start)
	for _, k := range axes {
		start += int64((x.Shape[k] - 1) * x.Strides[k])
		x.Strides[k] = -x.Strides[k]
	}
	a.operands[0].start = uint32(start)
	d.arrangeBound(a)
	return d.copyKernel(a, x.DType.Size())
}
