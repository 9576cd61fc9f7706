package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

func init() {
	for o, f := range map[*op.Op]kernel.ConvForm{op.Conv: kernel.ConvOut, op.ConvTranspose: kernel.ConvIn, op.ConvWeight: kernel.ConvKernel} {
		kernels[o] = func(d *device, c *backend.Call) error { return d.conv(c, f) }
	}
}

func (d *device) conv(c *backend.Call, f kernel.ConvForm) error {
	a, b, out := &c.In[0], &c.In[1], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if a.Numel() == 0 || b.Numel() == 0 {
		return d.fill(out, 0)
	}
	if err := d.supports(pointwise.Spec{In: []dtype.DType{a.DType}}); err != nil {
		return err
	}
	attrs, _ := c.Attrs.(op.ConvAttrs)
	if done, err := d.depthwise(c, f, attrs); done || err != nil {
		return err
	}
	if p := d.convProduct(c, f, attrs); p != nil {
		if d.fits(p) {
			return d.product(p)
		}
		if n := a.Shape[0]; n > 1 {
			return d.convImages(c, f, ceil(n, 2))
		}
	}
	return d.convPlain(c, f, attrs)
}

// convPlain enqueues a kernel whose invocations each go through a whole sum.
func (d *device) convPlain(c *backend.Call, f kernel.ConvForm, attrs op.ConvAttrs) error {
	a, b, out := &c.In[0], &c.In[1], &c.Out[0]
	// The turns of the loops over channels, or over one image, and the box within.
	rounds, box := b.Shape[1], b.Shape[2:]
	switch f {
	case kernel.ConvIn:
		rounds = b.Shape[0]
	case kernel.ConvKernel:
		rounds = a.Shape[0]
	}
	if n := rounds * loops(box); d.turns(n) != nil {
		one := loops(box)
		groups := max(attrs.Groups, 1)
		switch channels := convCuts(c.Op, groups); {
		case d.turns(one) != nil && f == kernel.ConvKernel && groups == 1:
			return d.convWide(c, attrs)
		case d.turns(one) != nil && f == kernel.ConvKernel:
			return d.eachGroup(c, attrs)
		case d.turns(one) != nil:
			return d.turns(n)
		case f == kernel.ConvKernel:
			return d.convImages(c, f, max(maxTurns/one, 1))
		case len(channels) > 1 && rounds > 1:
			return d.halvesSum(c, channels[2], rounds)
		}
		return d.turns(n)
	}
	operands, err := d.bindAll(a, b, out)
	if err != nil {
		return err
	}
	p, err := d.pipeline(kernel.ConvKey(f, a.DType, out.DType), func() (*kernel.Kernel, error) {
		return kernel.Conv(f, a.DType, out.DType), nil
	})
	if err != nil {
		return err
	}
	groups := max(attrs.Groups, 1)
	// x, weight and y, of which one is the result.
	x, w, y := a.Shape, b.Shape, out.Shape
	switch f {
	case kernel.ConvIn:
		x, y = out.Shape, a.Shape
	case kernel.ConvKernel:
		w, y = out.Shape, b.Shape
	}
	var params []uint32
	for _, o := range operands {
		params = append(params, o.start)
	}
	params = appendWords(params, []int{x[0], groups, w[1], w[0] / groups})
	axes := len(x) - 2
	for _, s := range [][]int{x[2:], w[2:], y[2:]} {
		params = appendWords(params, three(s, 1))
	}
	params = appendWords(params, three(perAxis(attrs.Stride, axes, 1), 1))
	params = appendWords(params, three(perAxis(attrs.Pad, axes, 0), 0))
	params = appendWords(params, three(perAxis(attrs.Dilation, axes, 1), 1))
	for _, v := range []*backend.View{a, b} {
		params = appendWords(params, v.Strides[:2])
		params = appendWords(params, three(v.Strides[2:], 0))
	}
	return d.launch(p, operands, params, int64(out.Numel()))
}

// loops returns the turns of loops over a box, one within the other.
func loops(box []int) int {
	n, inner := 0, 1
	for i := range box {
		inner *= box[i]
		n += inner
	}
	return n + 3
}

// convImages computes a convolution of some images at a time.
func (d *device) convImages(c *backend.Call, f kernel.ConvForm, images int) error {
	n := c.In[0].Shape[0]
	all := c.Out[0] // the result, or parts of it that are summed up
	if f == kernel.ConvKernel {
		parts, free, err := d.temporary(sumType(all.DType), append([]int{ceil(n, images)}, all.Shape...))
		if err != nil {
			return err
		}
		defer free()
		all = parts
	}
	for i := 0; i < n; i += images {
		part := backend.Call{Op: c.Op, Attrs: c.Attrs, In: slices.Clone(c.In), Out: []backend.View{all}}
		sliced := []*backend.View{&part.In[0], &part.Out[0]}
		if f == kernel.ConvKernel {
			sliced[1] = &part.In[1]
		}
		for _, v := range sliced {
			var err error
			if v.View, err = v.Slice(0, i, min(i+images, n), 1); err != nil {
				return err
			}
		}
		if f == kernel.ConvKernel {
			var err error
			if part.Out[0].View, err = all.Select(0, i/images); err != nil {
				return err
			}
		}
		if err := d.conv(&part, f); err != nil {
			return err
		}
	}
	if f == kernel.ConvKernel {
		return d.sum(all, c.Out[0])
	}
	return nil
}

// eachGroup computes a convolution one group of channels after the other.
func (d *device) eachGroup(c *backend.Call, attrs op.ConvAttrs) error {
	at := [3]int{1, 0, 1} // the axis of channels of each operand
	if c.Op == op.ConvWeight {
		at = [3]int{1, 1, 0}
	}
	groups := attrs.Groups
	attrs.Groups = 1
	for g := range groups {
		part := backend.Call{Op: c.Op, Attrs: attrs, In: slices.Clone(c.In), Out: slices.Clone(c.Out)}
		for i, v := range []*backend.View{&part.In[0], &part.In[1], &part.Out[0]} {
			n := v.Shape[at[i]] / groups
			var err error
			if v.View, err = v.Slice(at[i], g*n, (g+1)*n, 1); err != nil {
				return err
			}
		}
		if err := d.runDense(&part); err != nil {
			return err
		}
	}
	return nil
}

// sum enqueues the sum of parts, which lie along the first axis.
func (d *device) sum(parts, out backend.View) error {
	return d.run(&backend.Call{Op: op.Sum, In: []backend.View{parts}, Out: []backend.View{out}, Fold: &op.ReduceMapAttrs{
		Fn: same, By: op.BySum, Axes: []int{0}, Out: out.DType,
	}})
}

// three puts fillers before a list of up to three numbers.
func three(l []int, filler int) []int {
	return append(slices.Repeat([]int{filler}, 3-len(l)), l...)
}

// perAxis returns a number for each of n axes, from such a list, one number for
// all, or none.
func perAxis(l []int, n, absent int) []int {
	switch len(l) {
	case 0:
		return slices.Repeat([]int{absent}, n)
	case 1:
		return slices.Repeat(l, n)
	}
	return l
}
