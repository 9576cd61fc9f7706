package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

const (
	slideRepeat = 16 // parts of rows to an invocation, on devices that run on the CPU
	slideTaps   = 80 // elements of windows that an invocation has instructions for, at most
)

// slide runs a pooling by the kernel that is made for how windows slide along the
// last axis, and reports whether there is one.
func (d *device) slide(c *backend.Call, f kernel.Pool, a op.PoolAttrs) (bool, error) {
	x, y := &c.In[0], &c.Out[0] // the elements that windows slide over, and the windows
	back := f == kernel.PoolSpread || f == kernel.PoolBack
	if back {
		x, y = y, x
	}
	axes := len(x.Shape) - 2
	size, stride := three(perAxis(a.Kernel, axes, 1), 1), three(perAxis(a.Kernel, axes, 1), 1)
	if len(a.Stride) > 0 {
		stride = three(perAxis(a.Stride, axes, 1), 1)
	}
	pad := three(perAxis(a.Pad, axes, 0), 0)
	for _, n := range a.Dilation {
		if n != 1 {
			return false, nil
		}
	}
	const last = 2
	taps := size[last]
	if back {
		taps *= size[1]
	}
	if !x.DType.IsFloat() || !dense(c) || taps > slideTaps || stride[last] > size[last] || stride[1] > size[1] {
		return false, nil
	}
	operands, params, err := d.bindCall(c)
	if err != nil {
		return false, err
	}
	whole, count := three(x.Shape[2:], 1), three(y.Shape[2:], 1)
	s := kernel.SlideSpec{
		Pool: f, Type: x.DType, Columns: stride[last],
		Sliding: kernel.Sliding{Size: size[last], Stride: stride[last], Pad: pad[last]}, Down: kernel.Sliding{Size: size[1], Stride: stride[1], Pad: pad[1]},
		Deep: whole[0] > 1 || count[0] > 1 || size[0] > 1, Lanes: kernel.Size, Repeat: 1,
	}
	if d.onCPU() {
		s.Lanes, s.Repeat, s.Long = 8, slideRepeat, d.physical.Int64
		var ofX uint32
		for i, o := range operands {
			if operandOf(c, i) == x {
				ofX = o.start
			}
		}
		for _, n := range []int{8, 4} {
			if n%s.Stride == 0 && whole[last]%n == 0 && int(ofX)%n == 0 && n/s.Stride*taps <= slideTaps {
				s.Columns, s.Wide = n, true
				break
			}
		}
		windows := s.Columns / s.Stride
		s.Whole = count[last]%windows == 0
		for i, o := range operands { // the places of the windows' values, and of their indices
			if v := operandOf(c, i); v != x {
				s.Whole = s.Whole && int(o.start)%windows == 0
			}
		}
	}
	if d.turns(s.Repeat*(size[0]*(size[1]+2)+2)) != nil {
		return false, nil
	}
	rows, parts := count, ceil(count[last], s.Columns/s.Stride)
	if back {
		rows, parts = []int{whole[0], ceil(whole[1], stride[1])}, ceil(whole[last], s.Columns)
	}
	s.Reach = d.reaches && s.MayReach()
	if s.Deep {
		params = appendWords(params, []int{whole[0], count[0], size[0], stride[0], pad[0]})
	}
	params = appendWords(params, []int{whole[1], count[1], whole[last], count[last], parts, a.Divisor})
	exclude := uint32(0)
	if a.ExcludePad {
		exclude = 1
	}
	params = append(params, exclude)
	p, err := d.pipeline(s.Key(), func() (*kernel.Kernel, error) { return kernel.Slide(s), nil })
	if err != nil {
		return false, err
	}
	return true, d.launch(p, operands, params, int64(shape.Numel(x.Shape[:2])*rows[0]*rows[1]*parts))
}

// operandOf returns operand i of c, inputs first.
func operandOf(c *backend.Call, i int) *backend.View {
	if i < len(c.In) {
		return &c.In[i]
	}
	return &c.Out[i-len(c.In)]
}
