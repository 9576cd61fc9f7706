package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// depthwise computes a convolution whose channels see one channel of x each, and
// reports whether its kernels can.
func (d *device) depthwise(c *backend.Call, f kernel.ConvForm, attrs op.ConvAttrs) (bool, error) {
	a, b, out := &c.In[0], &c.In[1], &c.Out[0]
	g := convFormOf(c, f, attrs)
	one := [3]int{1, 1, 1}
	flat := g.x[0] == 1 && g.w[0] == 1 && g.y[0] == 1 && g.pad[0] == 0
	if g.groups < 2 || g.ci != 1 || !flat || g.w[2] > 16 || !kernel.ShadersKnow(a.DType) || b.DType != a.DType || !dense(c) {
		return false, nil
	}
	from, to, pad, source := g.x, g.y, g.pad, a // of what pixels are moved, and of what they go with
	if f == kernel.ConvIn {
		if g.stride != one || g.co != 1 {
			return false, nil
		}
		from, to = g.y, g.x
		for i := range pad {
			pad[i] = (g.w[i]-1)*g.dilation[i] - g.pad[i]
		}
	}
	with := out
	if f == kernel.ConvKernel {
		with = b
	}
	operands, err := d.bindAll(source, with)
	if err != nil {
		return false, err
	}
	pixels := to[1] * to[2]
	s := kernel.DepthwiseSpec{RowSpec: kernel.RowSpec{Group: d.team(pixels), Type: a.DType}, Tall: g.w[1], Broad: g.w[2]}
	if g.stride == one && g.dilation == one && from[2]%4 == 0 && to[2]%4 == 0 && operands[0].start%4 == 0 && operands[1].start%4 == 0 &&
		pad[2] >= 0 && pad[2] <= 4 && g.w[2]-pad[2] <= 5 {
		s.Wide, s.Before = true, pad[2]
	}
	if !s.Wide && a.DType != dtype.Float32 {
		return false, nil
	}
	channels := g.groups * g.co
	plane := []uint32{uint32(from[1]), uint32(from[2]), uint32(to[1]), uint32(to[2])}
	plane = appendWords(appendWords(appendWords(plane, g.stride[1:]), pad[1:]), g.dilation[1:])
	width := s.Group
	if s.Wide {
		width *= 4
	}
	if f == kernel.ConvKernel {
		return d.depthwiseWeight(c, s, operands, channels, g, plane, width)
	}
	weight, err := d.bind(b)
	if err != nil {
		return false, err
	}
	across := ceil(pixels, width)
	params := append([]uint32{uint32(channels), uint32(g.co), uint32(across)}, plane...)
	params = append(params, weight.start, operands[0].start, operands[1].start)
	k := kernel.Depthwise(s, f == kernel.ConvIn)
	return true, d.runRows(k, []operand{operands[0], weight, operands[1]}, params, g.images*channels*across*s.Group)
}

// depthwiseWeight computes the gradient by the weight, from x and the gradient of
// the result.
func (d *device) depthwiseWeight(c *backend.Call, s kernel.DepthwiseSpec, operands []operand, channels int, g convForm, plane []uint32, width int) (bool, error) {
	each := g.images
	if !d.onCPU() {
		each = ceil(each, max(2*busy/(channels*s.Tall), 1))
	}
	turns := ceil(g.y[1]*g.y[2], width)*(s.Broad+4) + 2*s.Broad + 4 // of an image
	if d.turns(turns) != nil {
		return false, nil
	}
	if d.turns(turns*each) != nil {
		each = maxTurns / turns
	}
	parts := ceil(g.images, each)
	taps := s.Tall * s.Broad
	to, err := d.floats(parts * channels * taps)
	if err != nil {
		return false, err
	}
	defer d.giveScratch(to.buffer)
	params := append([]uint32{uint32(channels), uint32(g.co), uint32(g.images)}, plane...)
	params = append(params, uint32(each), operands[0].start, operands[1].start)
	if err := d.runRows(kernel.DepthwiseWeight(s), append(operands, to), params, parts*channels*s.Tall*s.Group); err != nil {
		return false, err
	}
	all := backend.View{Buffer: to.buffer, DType: dtype.Float32, View: shape.Contiguous([]int{parts, channels * taps})}
	out := c.Out[0]
	out.View = shape.View{Shape: []int{channels * taps}, Strides: []int{1}, Offset: out.Offset}
	return true, d.sum(all, out)
}
