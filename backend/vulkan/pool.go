package vulkan

import (
	"fmt"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

func init() {
	kernels[op.MaxPoolGrad] = (*device).maxPoolGrad
	for o, f := range poolings {
		kernels[o] = func(d *device, c *backend.Call) error {
			a, plain := c.Attrs.(op.PoolAttrs)
			return d.pool(c, f, a, !plain)
		}
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
	return d.poolPart(c, f, a, adaptive, nil)
}

// A poolPiece is a part of the windows of a pooling and of the places they slide
// over: how many there are of both in all, and which are the first of the part.
type poolPiece struct{ whole, count, window, begin []int }

// poolPart is pool by the kernel for all windows, or if part is not nil of a part.
func (d *device) poolPart(c *backend.Call, f kernel.Pool, a op.PoolAttrs, adaptive bool, part *poolPiece) error {
	x, out := &c.In[0], &c.Out[0]
	views := []*backend.View{x}
	for i := range c.Out {
		views = append(views, &c.Out[i])
	}
	operands, err := d.bindAll(views...)
	if err != nil {
		return err
	}
	p, err := d.pipeline(kernel.PoolKey(f, x.DType, adaptive, part != nil), func() (*kernel.Kernel, error) {
		return kernel.Pooling(f, x.DType, adaptive, part != nil), nil
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
	if part != nil {
		whole, count = part.whole, part.count
	}
	size := perAxis(a.Kernel, axes, 1)
	stride := size
	if len(a.Stride) > 0 {
		stride = perAxis(a.Stride, axes, 1)
	}
	if adaptive {
		if size, stride, err = ratios(whole, count); err != nil {
			return err
		}
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
	if part != nil {
		params = appendWords(params, slices.Concat(three(out.Shape[2:], 1), three(part.window, 0), three(part.begin, 0)))
	}
	return d.launch(p, operands, params, int64(out.Numel()))
}

// ratios returns whole to count of each axis without common divisors, or an error if
// a kernel's products with them overflow.
func ratios(whole, count []int) (size, stride []int, err error) {
	for i, w := range whole {
		n := count[i]
		g := w
		for r := n; r > 0; {
			g, r = r, g%r
		}
		g = max(g, 1)
		if (n+1)*(w/g)+n/g > math.MaxUint32 || (w+1)*(n/g) > math.MaxUint32 {
			return nil, nil, fmt.Errorf("%w: %d windows over %d elements", backend.ErrUnsupported, n, w)
		}
		size, stride = append(size, w/g), append(stride, n/g)
	}
	return size, stride, nil
}
