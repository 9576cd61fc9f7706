package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// scatterWide combines src with a copy of x of which a kernel cannot see all.
func (d *device) scatterWide(c *backend.Call) error {
	x, index := &c.In[0], &c.In[1]
	if index.Numel() == 0 {
		return d.move(&c.Out[0], x)
	}
	if err := d.supports(specOf(x)); err != nil {
		return err
	}
	return d.scatterLines(c, axisOf(c.Attrs.(op.AxisAttrs).Axis, len(x.Shape)), c.Op == op.ScatterAdd)
}

// scatterIntoWide is scatterInto of more than a kernel can see: some indices after
// others, as their order has it, and each piece of the result by itself, which
// other pieces' indices are out of range of.
func (d *device) scatterIntoWide(to, index, src backend.View, axis int, by kernel.Combine) (err error) {
	rank := len(to.Shape)
	others := allBut(rank, axis)
	if src, err = upTo(src, index.Shape, allBut(rank)); err != nil {
		return err
	}
	if to, err = upTo(to, index.Shape, others); err != nil {
		return err
	}
	for _, v := range []*backend.View{&index, &src} {
		if d.wide(v) {
			return d.scatterHalves(to, index, src, axis, farthest(v, allBut(rank)), by)
		}
	}
	if !d.wide(&to) {
		return d.scatterInto(&to, &index, &src, axis, by)
	}
	if one := thin(to, axis); d.wide(&one) {
		return d.scatterHalves(to, index, src, axis, farthest(&one, others), by)
	}
	return d.boxes(to, []int{axis}, func(piece *backend.View, at []int) error {
		if at[axis] == 0 {
			return d.scatterInto(piece, &index, &src, axis, by)
		}
		from, free, err := d.shifted(&index, -at[axis])
		if err != nil {
			return err
		}
		defer free()
		return d.scatterInto(piece, &from, &src, axis, by)
	})
}

// scatterHalves is scatterInto in two, cut along axis k of the indices.
func (d *device) scatterHalves(to, index, src backend.View, axis, k int, by kernel.Combine) error {
	if k < 0 {
		return d.tooWide()
	}
	for _, r := range halvesOf(index.Shape[k]) {
		views := []backend.View{index, src, to}
		if k == axis {
			views = views[:2]
		}
		for i := range views {
			var err error
			if views[i].View, err = views[i].View.Slice(k, r[0], r[1], 1); err != nil {
				return err
			}
		}
		if k == axis {
			views = append(views, to)
		}
		if err := d.scatterInto(&views[2], &views[0], &views[1], axis, by); err != nil {
			return err
		}
	}
	return nil
}

// specOf is the spec of what computes with elements of v.
func specOf(v *backend.View) (s pointwise.Spec) {
	s.In = append(s.In, v.DType)
	return s
}
