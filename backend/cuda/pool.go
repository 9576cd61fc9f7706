package cuda

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	structured[op.MaxPool] = func(d *device, c *backend.Call) error { return d.pool(c, ptx.Pool{Max: true}) }
	structured[op.AvgPool] = func(d *device, c *backend.Call) error { return d.pool(c, ptx.Pool{}) }
	structured[op.AdaptiveMaxPool] = func(d *device, c *backend.Call) error { return d.pool(c, ptx.Pool{Max: true, Adaptive: true}) }
	structured[op.AdaptiveAvgPool] = func(d *device, c *backend.Call) error { return d.pool(c, ptx.Pool{Adaptive: true}) }
	structured[op.AvgPoolTranspose] = func(d *device, c *backend.Call) error { return d.spread(c, ptx.Pool{}) }
	structured[op.MaxPoolGrad] = (*device).maxPoolGrad
	structured[op.AdaptiveAvgPoolTranspose] = func(d *device, c *backend.Call) error { return d.spread(c, ptx.Pool{Adaptive: true}) }
}

// pool computes one of the poolings.
func (d *device) pool(c *backend.Call, p ptx.Pool) error {
	x, y := c.In[0], c.Out[0]
	return d.windows(c, p, &x, &x.View, &y.View, y.Numel(), ptx.Windows)
}

// spread computes the gradient of one by means.
func (d *device) spread(c *backend.Call, p ptx.Pool) error {
	g, out := c.In[0], c.Out[0]
	return d.windows(c, p, &g, &out.View, &g.View, out.Numel(), ptx.Spread)
}

// maxPoolGrad gathers where the windows are known: an element is the largest of few.
func (d *device) maxPoolGrad(c *backend.Call) error {
	a, _ := c.Attrs.(op.PoolAttrs)
	g, index, out := c.In[0], &c.In[1], c.Out[0]
	if a.Kernel == nil || !g.DType.IsFloat() || index.DType != dtype.Int64 || !index.IsContiguous() {
		return unsupported("indices of %v, in windows of %v", index.DType, a.Kernel)
	}
	return d.windows(c, ptx.Pool{Max: true}, &g, &out.View, &g.View, out.Numel(), ptx.Spread)
}

// windows launches a kernel with n threads that reads x, between elements and
// windows of them.
func (d *device) windows(c *backend.Call, p ptx.Pool, x *backend.View, elements, windows *shape.View, n int, write func(ptx.Pool) *ptx.Kernel) error {
	if n == 0 {
		return nil
	}
	a, _ := c.Attrs.(op.PoolAttrs)
	p.In, p.Out, p.ExcludePad, p.Divisor = x.DType, c.Out[0].DType, a.ExcludePad, a.Divisor != 0
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.nest.reset(1)
	for k, size := range x.Shape[:2] {
		s.nest.push(size, func(int) int { return x.Strides[k] * x.DType.Size() })
	}
	s.nest.whole()
	p.Rank = s.nest.rank()
	key := callKey{kind: fmt.Sprintf("%s %v", c.Op.Name, p)}
	fn, err := d.kernel(key, func() string { return key.kind }, func() (*ptx.Kernel, error) { return write(p), nil })
	if err != nil {
		return err
	}
	indices := uint64(0)
	if len(c.Out) > 1 {
		indices = address(&c.Out[1])
	}
	if c.Op == op.MaxPoolGrad {
		indices = address(&c.In[1])
	}
	w := append(s.words[:0], uint64(n), uint64(shape.Numel(c.Out[0].Shape[2:])), address(x), address(&c.Out[0]), indices, math.Float64bits(float64(a.Divisor)))
	axes := len(x.Shape) - 2
	kernel := perAxis(a.Kernel, axes, 1)
	stride, pad, dilation := kernel, perAxis(a.Pad, axes, 0), perAxis(a.Dilation, axes, 1)
	if len(a.Stride) > 0 {
		stride = perAxis(a.Stride, axes, 1)
	}
	for range 3 - axes {
		w = append(w, 1, 1, 1, 1, 0, 1, 0)
	}
	for k := range axes {
		for _, v := range [...]int{elements.Shape[k+2], windows.Shape[k+2], kernel[k], stride[k], pad[k], dilation[k], x.Strides[k+2] * x.DType.Size()} {
			w = append(w, uint64(v))
		}
	}
	s.words = s.nest.words(w)
	return d.launchOver(c, fn, n, s.words)
}
