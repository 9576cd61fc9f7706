package vulkan

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.BatchNorm] = func(d *device, c *backend.Call) error {
		a, _ := c.Attrs.(op.NormAttrs)
		return d.channelNorm(c, a, false)
	}
	kernels[op.NormGrad] = func(d *device, c *backend.Call) error {
		a, _ := c.Attrs.(op.NormGradAttrs)
		if a.Channels {
			return d.channelNorm(c, a.NormAttrs, true)
		}
		return d.normGrad(c, a.NormAttrs)
	}
}

// oneType reports whether the kernels know the elements of x and of all others
// of c's inputs but some, which are float32.
func oneType(c *backend.Call, x int, floats ...int) bool {
	t := c.In[x].DType
	want := make([]dtype.DType, len(c.In))
	for i := range want {
		want[i] = t
	}
	for _, i := range floats {
		want[i] = dtype.Float32
	}
	for i := range want {
		if c.In[i].DType != want[i] {
			return false
		}
	}
	return kernel.ShadersKnow(t)
}

// normGrad passes the gradient of a normalisation of rows back.
func (d *device) normGrad(c *backend.Call, a op.NormAttrs) error {
	g := &c.In[0]
	uncentred := c.Attrs.(op.NormGradAttrs).Uncentred // RMSNorm's goes in steps
	if g.Numel() == 0 || uncentred || !oneType(c, 0, 2, 3) {
		return backend.ErrUnsupported
	}
	if !dense(c) {
		return d.compacted(c, func(c *backend.Call) error { return d.normGrad(c, a) })
	}
	views := []*backend.View{g, &c.In[1], &c.In[2], &c.In[3], g, &c.Out[0]}
	weighted := len(c.In) > 4
	if weighted {
		views[4] = &c.In[4]
	}
	operands, err := d.bindAll(views...)
	if err != nil {
		return err
	}
	n := shape.Numel(g.Shape[len(g.Shape)-max(a.Axes, 1):])
	rows := g.Numel() / n
	s, err := d.rowSpec(g.DType, n, d.team(n), operands[0], operands[1], operands[4], operands[5])
	if err != nil {
		return err
	}
	if err := d.rowTurns(n, s); err != nil {
		return err
	}
	params := []uint32{uint32(n)}
	for _, o := range operands {
		params = append(params, o.start)
	}
	epsilon := math.Float32bits(float32(a.Eps))
	if err := d.runRows(kernel.NormGrad(s, weighted), operands, append(params, epsilon), rows*s.Group); err != nil || !weighted {
		return err
	}
	// Sums of few rows, as a GPU has much to do then, and errors stay small.
	each := 64
	if d.onCPU() {
		each = 512
	}
	parts := ceil(rows, each)
	b, err := d.scratch(int64(8 * parts * n))
	if err != nil {
		return err
	}
	defer d.giveScratch(b)
	all := backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous([]int{2, parts, n})}
	to, err := d.bind(&all)
	if err != nil {
		return err
	}
	s.Group = min(s.Group, 64)
	across := ceil(n, 4*s.Group)
	params = []uint32{uint32(n), uint32(rows), uint32(each), uint32(across)}
	for _, o := range operands[:4] {
		params = append(params, o.start)
	}
	if err := d.runRows(kernel.NormWeight(s), append(operands[:4:4], to), append(params, epsilon), parts*across*s.Group); err != nil {
		return err
	}
	for i := range 2 {
		half, out := all, c.Out[1+i]
		if half.View, err = all.Select(0, i); err != nil {
			return err
		}
		out.View = shape.View{Shape: []int{n}, Strides: []int{1}, Offset: out.Offset}
		if err := d.sum(half, out); err != nil {
			return err
		}
	}
	return nil
}

// fewPixels is up to how many pixels of a channel in an image these are better
// summed side by side, as the definition does.
const fewPixels = 16

// channelNorm normalises channels of [n, c, ...], or passes the gradient of that
// back.
func (d *device) channelNorm(c *backend.Call, a op.NormAttrs, back bool) error {
	x, affine, ok := &c.In[0], len(c.In)-1, oneType(c, 0)
	if back {
		x, affine, ok = &c.In[1], len(c.In)-4, oneType(c, 0, 2, 3)
	}
	images, channels, pixels := x.Shape[0], x.Shape[1], shape.Numel(x.Shape[2:])
	if x.Numel() == 0 || pixels < fewPixels || !ok {
		return backend.ErrUnsupported
	}
	if !dense(c) {
		return d.compacted(c, func(c *backend.Call) error { return d.channelNorm(c, a, back) })
	}
	parts := 1
	if !d.onCPU() {
		parts = min(images, ceil(2*busy, channels))
	}
	each := ceil(images, parts)
	parts = ceil(images, each)
	sums, err := d.floats(2 * channels * parts)
	if err != nil {
		return err
	}
	defer d.giveScratch(sums.buffer)
	// What there is one of for each channel is float32.
	var small [2]backend.View
	copy(small[:], c.Out[1:])
	rounded := back && affine > 0 && x.DType != dtype.Float32
	if rounded || back && affine == 0 {
		for i := range small {
			b, err := d.scratch(int64(4 * channels))
			if err != nil {
				return err
			}
			defer d.giveScratch(b)
			small[i] = backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous([]int{channels})}
		}
	}
	views := []*backend.View{x, x, x, x, x, x, &c.Out[0], &small[0], &small[1]} // but the parts
	if back {
		views[1], views[4], views[5] = &c.In[0], &c.In[2], &c.In[3]
		if affine > 0 {
			views[2] = &c.In[4]
		}
	} else {
		for i := range affine {
			views[2+i] = &c.In[1+i]
		}
	}
	o, err := d.bindAll(views...)
	if err != nil {
		return err
	}
	s, err := d.rowSpec(x.DType, pixels, d.team(pixels), o[0], o[1], o[6])
	if err != nil {
		return err
	}
	if err := d.turns(2 * each * (ceil(pixels, 4*s.Group)*5 + 2)); err != nil {
		return err
	}
	head := []uint32{uint32(images), uint32(channels), uint32(pixels), uint32(parts), uint32(each)}
	params := append(head[:5:5], o[0].start, o[1].start, o[4].start)
	if err := d.runRows(kernel.Channels(s, back), []operand{o[0], o[1], o[4], sums}, params, channels*parts*s.Group); err != nil {
		return err
	}
	params = head
	for i := range o {
		params = append(params, o[i].start)
	}
	params = append(params, math.Float32bits(float32(a.Eps)))
	operands := append([]operand{o[0], o[1], sums}, o[2:]...)
	if err := d.runRows(kernel.Planes(s, back, affine), operands, params, images*channels*s.Group); err != nil || !rounded {
		return err
	}
	for i := range small {
		if err := d.convert(&c.Out[1+i], &small[i]); err != nil {
			return err
		}
	}
	return nil
}
