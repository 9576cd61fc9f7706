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
	operands, err := d.bindAll(a, b, out)
	if err != nil {
		return err
	}
	p, err := d.pipeline(kernel.ConvKey(f, a.DType), func() (*kernel.Kernel, error) { return kernel.Conv(f, a.DType), nil })
	if err != nil {
		return err
	}
	attrs, _ := c.Attrs.(op.ConvAttrs)
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
