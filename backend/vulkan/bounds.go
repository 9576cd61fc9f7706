package vulkan

import (
	"encoding/binary"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// A bounds is where kernels leave an index that is out of range. The host looks when
// it next waits for the device, as it would be told by others.
type bounds struct {
	cell *buffer // kernel.CheckWords words; nil before the first check
	last string  // the op that was checked last, if the host has not looked since
}

// checkIndices enqueues a look at the indices of a call: its own kernels take those out
// of range for others, and pieces of a wide call leave out what is another's.
func (d *device) checkIndices(c *backend.Call) error {
	check := func(indices []backend.View, signed bool, limit func(i int) int) error {
		for i := range indices {
			if err := d.checkIndex(&indices[i], signed, limit(i)); err != nil {
				return err
			}
		}
		if d.bounds.cell != nil { // there was something to look at, now or before
			d.bounds.last = c.Op.Name
		}
		return nil
	}
	var a op.AxisAttrs
	skip := 1
	switch c.Op {
	case op.Gather, op.Scatter, op.ScatterAdd:
		a = c.Attrs.(op.AxisAttrs)
	case op.ScatterReduce:
		a.Axis = c.Attrs.(op.ScatterReduceAttrs).Axis
	case op.IndexPut:
		skip = 2
		fallthrough
	case op.IndexGet:
		return check(c.In[skip:], true, func(i int) int { return c.In[0].Shape[i] })
	default:
		return nil
	}
	s := c.In[0].Shape
	if len(s) == 0 {
		return check(c.In[1:2], false, func(int) int { return 1 })
	}
	axis, err := shape.Axis(a.Axis, len(s))
	if err != nil {
		return err
	}
	return check(c.In[1:2], false, func(int) int { return s[axis] })
}

// checkIndex looks at one tensor of indices, piece by piece if it is wide.
func (d *device) checkIndex(v *backend.View, signed bool, limit int) error {
	if v.Numel() == 0 {
		return nil
	}
	if err := d.check(v); err != nil {
		return err
	}
	if d.wide(v) {
		longest := 0
		for i, n := range v.Shape {
			if n > v.Shape[longest] {
				longest = i
			}
		}
		n := v.Shape[longest]
		for _, part := range [...][2]int{{0, n / 2}, {n / 2, n}} {
			w := *v
			var err error
			if w.View, err = v.View.Slice(longest, part[0], part[1], 1); err != nil {
				return err
			}
			if err := d.checkIndex(&w, signed, limit); err != nil {
				return err
			}
		}
		return nil
	}
	if d.bounds.cell == nil {
		page, err := d.newPage(4 * kernel.CheckWords)
		if err != nil {
			return err
		}
		cell := &buffer{page: page, n: 4 * kernel.CheckWords, whole: true}
		if err := d.write(cell, 0, make([]byte, cell.n)); err != nil {
			return err
		}
		d.bounds.cell = cell
	}
	cell := backend.View{Buffer: d.bounds.cell, DType: kernel.CheckType, View: shape.Contiguous([]int{kernel.CheckWords})}
	operands, err := d.bindAll(v, &cell)
	if err != nil {
		return err
	}
	sizes, strides := v.Shape, v.Strides
	if v.IsContiguous() {
		sizes, strides = []int{v.Numel()}, []int{1}
	}
	k, err := d.pipeline(kernel.CheckKey(v.DType, len(sizes), signed), func() (*kernel.Kernel, error) {
		return kernel.Check(v.DType, len(sizes), signed), nil
	})
	if err != nil {
		return err
	}
	params := appendWords(appendWords([]uint32{operands[0].start, operands[1].start, uint32(limit)}, sizes), strides)
	return d.launch(k, operands, params, int64(v.Numel()))
}

// badIndex reports an index out of range that was met since the last look.
func (d *device) badIndex() error {
	if d.bounds.last == "" {
		return nil
	}
	name := d.bounds.last
	d.bounds.last = ""
	var found [4 * kernel.CheckWords]byte
	if err := d.read(found[:], d.bounds.cell, 0); err != nil {
		return err
	}
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(found[4*i:]) }
	if word(0) == 0 {
		return nil
	}
	index := int64(word(1)) | int64(word(2))<<32
	if err := d.write(d.bounds.cell, 0, make([]byte, len(found))); err != nil {
		return err
	}
	return fmt.Errorf("vulkan: %s, or a call before it: index %d is out of range", name, index)
}
