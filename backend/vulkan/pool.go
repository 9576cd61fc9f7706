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
	kernels[op.MaxPoolGrad] = (*device).maxPoolGrad
	for o, f := range map[*op.Op]kernel.Pool{op.MaxPool: kernel.PoolMax, op.AvgPool: kernel.PoolMean, op.AvgPoolTranspose: kernel.PoolSpread} {
		kernels[o] = func(d *device, c *backend.Call) error {
			a, _ := c.Attrs.(op.PoolAttrs)
			return d.pool(c, f, a, false)
		}
	}
	for o, f := range map[*op.Op]kernel.Pool{op.AdaptiveMaxPool: kernel.PoolMax, op.AdaptiveAvgPool: kernel.PoolMean, op.AdaptiveAvgPoolTranspose: kernel.PoolSpread} {
		kernels[o] = func(d *device, c *backend.Call) error { return d.pool(c, f, op.PoolAttrs{}, true) }
	}
}

// maxPoolGrad has each place of the result look for the windows of which it is
// the largest, where these are known. If they are of no common kind that takes a
// GPU: on a CPU it is quicker to go along the windows and add each to its place,
// which is the definition.
func (d *device) maxPoolGrad(c *backend.Call) error {
	a, _ := c.Attrs.(op.PoolAttrs)
	g, index, out := &c.In[0], &c.In[1], &c.Out[0]
	if len(a.Kernel) == 0 || g.Numel() == 0 || index.DType != dtype.Int64 || !g.DType.IsFloat() {
		return backend.ErrUnsupported
	}
	if err := d.supports(pointwise.Spec{In: []dtype.DType{g.DType}}); err != nil {
		return err
	}
	if !dense(c) {
		return d.compacted(c, d.maxPoolGrad)
	}
	if done, err := d.slide(c, kernel.PoolBack, a); done || err != nil {
		return err
	}
	if d.onCPU() {
		return backend.ErrUnsupported
	}
	operands, params, err := d.bindCall(c)
	if err != nil {
		return err
	}
	axes := len(g.Shape) - 2
	size := perAxis(a.Kernel, axes, 1)
	stride := size
	if len(a.Stride) > 0 {
		stride = perAxis(a.Stride, axes, 1)
	}
	for _, l := range [][]int{out.Shape[2:], g.Shape[2:], size, stride} {
		params = appendWords(params, three(l, 1))
	}
	params = appendWords(params, three(perAxis(a.Pad, axes, 0), 0))
	params = appendWords(params, three(perAxis(a.Dilation, axes, 1), 1))
	p, err := d.pipeline(kernel.MaxBackKey(g.DType), func() (*kernel.Kernel, error) { return kernel.MaxBack(g.DType), nil })
	if err != nil {
		return err
	}
	return d.launch(p, operands, params, int64(out.Numel()))
}

func (d *device) pool(c *backend.Call, f kernel.Pool, a op.PoolAttrs, adaptive bool) error {
	x, out := &c.In[0], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if x.Numel() == 0 || x.DType == dtype.Bool {
		return backend.ErrUnsupported
	}
	if err := d.supports(pointwise.Spec{In: []dtype.DType{x.DType}}); err != nil {
		return err
	}
	if !adaptive {
		if done, err := d.slide(c, f, a); done || err != nil {
			return err
		}
	}
	views := []*backend.View{x}
	for i := range c.Out {
		views = append(views, &c.Out[i])
	}
	operands, err := d.bindAll(views...)
	if err != nil {
		return err
	}
	p, err := d.pipeline(kernel.PoolKey(f, x.DType, adaptive), func() (*kernel.Kernel, error) {
		return kernel.Pooling(f, x.DType, adaptive), nil
	})
	if err != nil {
		return err
	}
	var params []uint32
	for _, o := range operands {
		params = append(params, o.start)
	}
	axes := len(x.Shape) - 2
	whole, count := x.Shape[2:], out.Shape[2:]
	if f == kernel.PoolSpread {
		whole, count = count, whole
	}
	size := perAxis(a.Kernel, axes, 1)
	stride := size
	if len(a.Stride) > 0 {
		stride = perAxis(a.Stride, axes, 1)
	}
	n := 1
	for i := range axes {
		m := size[i]
		if adaptive {
			m = whole[i]/max(count[i], 1) + 2
		}
		if f == kernel.PoolSpread { // windows that touch a place
			if m = m/max(stride[i], 1) + 1; adaptive {
				m = count[i]/max(whole[i], 1) + 4
			}
		}
		n = n*m + m
	}
	if err := d.turns(n); err != nil {
		return err
	}
	params = append(params, uint32(x.Shape[1]))
	for _, l := range [][]int{whole, count, size, stride} {
		params = appendWords(params, three(l, 1))
	}
	params = appendWords(params, three(perAxis(a.Pad, axes, 0), 0))
	params = appendWords(params, three(perAxis(a.Dilation, axes, 1), 1))
	exclude := uint32(0)
	if a.ExcludePad {
		exclude = 1
	}
	params = append(params, uint32(a.Divisor), exclude)
	params = appendWords(params, slices.Concat(x.Strides[:2], three(x.Strides[2:], 0)))
	return d.launch(p, operands, params, int64(out.Numel()))
}
