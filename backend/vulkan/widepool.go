package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// poolings say which kernel does which pooling.
var poolings = map[*op.Op]kernel.Pool{
	op.MaxPool: kernel.PoolMax, op.AvgPool: kernel.PoolMean, op.AvgPoolTranspose: kernel.PoolSpread,
	op.AdaptiveMaxPool: kernel.PoolMax, op.AdaptiveAvgPool: kernel.PoolMean, op.AdaptiveAvgPoolTranspose: kernel.PoolSpread,
}

// A widePool is a pooling of planes that are wider than a kernel can see.
type widePool struct {
	*device
	call                     *backend.Call
	pool                     kernel.Pool
	attrs                    op.PoolAttrs
	adaptive                 bool
	whole, count             []int // sizes that windows slide over, and numbers of windows
	size, stride, pad, reach []int
}

func (d *device) poolWide(c *backend.Call, f kernel.Pool) error {
	x, out := &c.In[0], &c.Out[0]
	for k := range 2 {
		if out.Shape[k] > 1 { // the inputs are all the same
			return d.halves(c, slices.Repeat(cut{k}, 1+len(c.Out)), out.Shape[k])
		}
	}
	if x.DType == dtype.Bool {
		return backend.ErrUnsupported
	}
	if err := d.supports(specOf(x)); err != nil {
		return err
	}
	a, plain := c.Attrs.(op.PoolAttrs)
	axes := len(x.Shape) - 2
	p := &widePool{device: d, call: c, pool: f, attrs: a, adaptive: !plain, whole: x.Shape[2:], count: out.Shape[2:]}
	if f == kernel.PoolSpread {
		p.whole, p.count = p.count, p.whole
	}
	p.size, p.pad = perAxis(a.Kernel, axes, 1), perAxis(a.Pad, axes, 0)
	if p.stride = p.size; len(a.Stride) > 0 {
		p.stride = perAxis(a.Stride, axes, 1)
	}
	for i, step := range perAxis(a.Dilation, axes, 1) {
		p.reach = append(p.reach, (p.size[i]-1)*step+1)
	}
	return p.piece(make([]int, axes), out.Shape[2:])
}

// needs returns which indices of the input's axis k there have to be for those of the
// output's from lo to hi.
func (p *widePool) needs(k, lo, hi int) (from, to int) {
	whole, count := p.whole[k], p.count[k]
	switch {
	case p.pool == kernel.PoolSpread && p.adaptive:
		from, to = lo*count/whole-1, hi*count/whole+2
	case p.pool == kernel.PoolSpread:
		from, to = ceil(max(lo+p.pad[k]-p.reach[k]+1, 0), p.stride[k]), (hi-1+p.pad[k])/p.stride[k]+1
	case p.adaptive:
		from, to = lo*whole/count, ceil(hi*whole, count)
	default:
		from = lo*p.stride[k] - p.pad[k]
		to = (hi-1)*p.stride[k] - p.pad[k] + p.reach[k]
	}
	n := p.call.In[0].Shape[2+k]
	from = max(min(from, n-1), 0)
	return from, max(min(to, n), from+1)
}

// piece computes the box of the output that begins at lo and ends at hi: in halves
// if it, or what it takes, is too wide.
func (p *widePool) piece(lo, hi []int) error {
	call := *p.call
	call.In, call.Out = slices.Clone(call.In), slices.Clone(call.Out)
	first := make([]int, len(lo))
	wide := false
	cutOut := func(v *backend.View, k, from, to int) (err error) {
		v.View, err = v.View.Slice(2+k, from, to, 1)
		return err
	}
	for k := range lo {
		from, to := p.needs(k, lo[k], hi[k])
		first[k] = from
		if err := cutOut(&call.In[0], k, from, to); err != nil {
			return err
		}
		for i := range call.Out {
			if err := cutOut(&call.Out[i], k, lo[k], hi[k]); err != nil {
				return err
			}
		}
	}
	if x := &call.In[0]; p.wide(x) && int64(x.Numel()*max(x.DType.Size(), 4)) <= p.limits.StorageRange/2 {
		v, free, err := p.temporary(x.DType, x.Shape) // few elements that lie far apart
		if err != nil {
			return err
		}
		defer free()
		if err := p.move(&v, x); err != nil {
			return err
		}
		*x = v
	}
	for _, v := range slices.Concat(call.In, call.Out) {
		wide = wide || p.wide(&v)
	}
	if !wide {
		part := &poolPiece{whole: p.whole, count: p.count, window: lo, begin: first}
		if p.pool == kernel.PoolSpread {
			part.window, part.begin = first, lo
		}
		return p.poolPart(&call, p.pool, p.attrs, p.adaptive, part)
	}
	k := slices.IndexFunc(call.Out[0].Shape[2:], func(n int) bool { return n > 1 })
	if k < 0 {
		return p.tooWide()
	}
	middle := (lo[k] + hi[k]) / 2
	end, begin := slices.Clone(hi), slices.Clone(lo)
	end[k], begin[k] = middle, middle
	if err := p.piece(lo, end); err != nil {
		return err
	}
	return p.piece(begin, hi)
}
