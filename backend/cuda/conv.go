package cuda

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// The convolutions are sums of products of views: windows are axes of their own
// with the strides of the axis they slide along. So they are folds, of copies
// with zeros around, or between, the elements. This is right for every shape and
// type; implicit.go takes the common ones.
func init() {
	structured[op.Conv] = (*device).conv
	structured[op.ConvTranspose] = (*device).convTranspose
	structured[op.ConvWeight] = (*device).convWeight
}

var product = op.NewFn([]pointwise.Kind{pointwise.Float, pointwise.Float}, nil, func(in, _ []op.V) []op.V { return []op.V{in[0].Mul(in[1])} })

// windows is how windows slide along the spatial axes.
type windows struct {
	stride, pad, dilation []int
	groups                int
}

func windowsOf(c *backend.Call) windows {
	a, _ := c.Attrs.(op.ConvAttrs)
	n := len(c.In[0].Shape) - 2
	return windows{perAxis(a.Stride, n, 1), perAxis(a.Pad, n, 0), perAxis(a.Dilation, n, 1), max(a.Groups, 1)}
}

// perAxis returns a number for each of n axes.
func perAxis(v []int, n, absent int) []int {
	out := make([]int, n)
	for i := range out {
		switch len(v) {
		case 0:
			out[i] = absent
		case 1:
			out[i] = v[0]
		default:
			out[i] = v[i]
		}
	}
	return out
}

// A loop is an axis of a fold, with the strides of both factors in elements.
type loop struct{ size, x, y int }

// sumProducts folds x*y over the last axes of a nest of loops.
func (d *device) sumProducts(c *backend.Call, x, y backend.View, kept, reduced []loop) error {
	out := &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if count(reduced) == 0 {
		return d.fill(c, *out, 0)
	}
	full, axes := make([]int, 0, 12), make([]int, 0, 6)
	x.Shape, x.Strides, y.Shape, y.Strides = nil, nil, nil, nil
	for i, l := range append(append([]loop(nil), kept...), reduced...) {
		full = append(full, l.size)
		x.Strides, y.Strides = append(x.Strides, l.x), append(y.Strides, l.y)
		if i >= len(kept) {
			axes = append(axes, i)
		}
	}
	x.Shape, y.Shape = full, full
	f := fold{device: d, call: c, fn: product, by: op.BySum, in: []backend.View{x, y}, out: address(out), outType: out.DType, sum: dtype.Float32}
	if out.DType == dtype.Float64 {
		f.sum = dtype.Float64
	}
	return f.all(full, axes, out.Numel())
}

func count(l []loop) int {
	n := 1
	for _, a := range l {
		n *= a.size
	}
	return n
}

// padded returns a copy of v with zeros: element i of spatial axis k lies at
// before[k] + i*step[k] of an axis of size[k]. Without need it is v.
func (d *device) padded(c *backend.Call, v backend.View, before, step, size []int) (backend.View, func(), error) {
	same := true
	s := append([]int(nil), v.Shape...)
	for k := range before {
		same = same && before[k] == 0 && step[k] == 1 && size[k] == s[k+2]
		s[k+2] = size[k]
	}
	if same {
		return v, func() {}, nil
	}
	wide, free, err := d.temporary(v.DType, s)
	if err != nil {
		return wide, nil, err
	}
	inside := wide
	inside.Shape, inside.Strides = v.Shape, append([]int(nil), wide.Strides...)
	for k := range before {
		inside.Offset += before[k] * wide.Strides[k+2]
		inside.Strides[k+2] *= step[k]
	}
	if err = d.fill(c, wide, 0); err == nil {
		err = d.copyTo(c, inside, v)
	}
	if err != nil {
		free()
	}
	return wide, free, err
}

func ones(n int) []int { return perAxis(nil, n, 1) }

// frame returns x with its padding.
func (d *device) frame(c *backend.Call, x backend.View, w windows) (backend.View, func(), error) {
	size := make([]int, len(w.pad))
	for k, p := range w.pad {
		size[k] = x.Shape[k+2] + 2*p
	}
	return d.padded(c, x, w.pad, ones(len(size)), size)
}

func (d *device) conv(c *backend.Call) error {
	w, k, out := windowsOf(c), c.In[1], c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if f := convOut(c, w); f.fits(out.DType) {
		return f.run(d, c)
	}
	x, free, err := d.frame(c, c.In[0], w)
	if err != nil {
		return err
	}
	defer free()
	in, each := k.Shape[1], k.Shape[0]/w.groups
	kept := []loop{{out.Shape[0], x.Strides[0], 0}, {w.groups, in * x.Strides[1], each * k.Strides[0]}, {each, 0, k.Strides[0]}}
	reduced := []loop{{in, x.Strides[1], k.Strides[1]}}
	for i := range w.pad {
		kept = append(kept, loop{out.Shape[i+2], w.stride[i] * x.Strides[i+2], 0})
		reduced = append(reduced, loop{k.Shape[i+2], w.dilation[i] * x.Strides[i+2], k.Strides[i+2]})
	}
	return d.sumProducts(c, x, k, kept, reduced)
}

// convTranspose lets the kernel, reversed, slide over the operand with zeros
// between its elements.
func (d *device) convTranspose(c *backend.Call) error {
	w, y, k, out := windowsOf(c), c.In[0], c.In[1], c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if f := convIn(c, w); f.fits(out.DType) {
		return f.run(d, c)
	}
	n := len(w.pad)
	before, size := make([]int, n), make([]int, n)
	for i := range n {
		before[i] = (k.Shape[i+2] - 1) * w.dilation[i]
		size[i] = before[i] + max(out.Shape[i+2]+w.pad[i], (y.Shape[i+2]-1)*w.stride[i]+1)
	}
	y, free, err := d.padded(c, y, before, w.stride, size)
	if err != nil {
		return err
	}
	defer free()
	from, each := k.Shape[0]/w.groups, k.Shape[1]
	kept := []loop{{out.Shape[0], y.Strides[0], 0}, {w.groups, from * y.Strides[1], from * k.Strides[0]}, {each, 0, k.Strides[1]}}
	reduced := []loop{{from, y.Strides[1], k.Strides[0]}}
	for i := range n {
		y.Offset += (w.pad[i] + before[i]) * y.Strides[i+2]
		kept = append(kept, loop{out.Shape[i+2], y.Strides[i+2], 0})
		reduced = append(reduced, loop{k.Shape[i+2], -w.dilation[i] * y.Strides[i+2], k.Strides[i+2]})
	}
	return d.sumProducts(c, y, k, kept, reduced)
}

func (d *device) convWeight(c *backend.Call) error {
	w, y, out := windowsOf(c), c.In[1], c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if f := convKernel(c, w); f.fits(out.DType) {
		return f.run(d, c)
	}
	x, free, err := d.frame(c, c.In[0], w)
	if err != nil {
		return err
	}
	defer free()
	in, each := out.Shape[1], out.Shape[0]/w.groups
	kept := []loop{{w.groups, in * x.Strides[1], each * y.Strides[1]}, {each, 0, y.Strides[1]}, {in, x.Strides[1], 0}}
	reduced := []loop{{y.Shape[0], x.Strides[0], y.Strides[0]}}
	for i := range w.pad {
		kept = append(kept, loop{out.Shape[i+2], w.dilation[i] * x.Strides[i+2], 0})
		reduced = append(reduced, loop{y.Shape[i+2], w.stride[i] * x.Strides[i+2], y.Strides[i+2]})
	}
	return d.sumProducts(c, x, y, kept, reduced)
}
