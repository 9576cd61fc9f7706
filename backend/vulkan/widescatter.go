package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
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

// elsewhere gives integers that are indices of an axis of n, of which negative ones
// count from the end, as indices of a piece of that size which begins at first; and
// elsewhere what is out of range of all.
var elsewhere = op.NewFn([]pointwise.Kind{pointwise.Int}, []pointwise.Kind{pointwise.Int, pointwise.Int, pointwise.Int}, func(in, u []pointwise.Value) []pointwise.Value {
	zero := pointwise.Const(0)
	x, n, first, size := in[0], u[0], u[1], u[2]
	x = x.Lt(zero).Select(x.Add(n), x).Sub(first)
	return []pointwise.Value{x.Lt(zero).Or(x.Ge(size)).Select(pointwise.Const(1<<40), x)}
})

// indexPutWide is indexPut of more than a kernel can see.
func (d *device) indexPutWide(c *backend.Call) error {
	a, _ := c.Attrs.(op.IndexPutAttrs)
	x, out := &c.In[0], &c.Out[0]
	_, lead, strides, err := pointers(x, c.In[2:])
	if err != nil {
		return err
	}
	if shape.Numel(lead) == 0 {
		return d.move(out, x)
	}
	if err := d.supports(specOf(x)); err != nil {
		return err
	}
	index := slices.Clone(c.In[2:])
	for i := range index {
		index[i].Shape, index[i].Strides = lead, strides[i]
	}
	values := c.In[1]
	if values.View, err = values.View.Expand(slices.Concat(lead, x.Shape[len(index):])); err != nil {
		return err
	}
	return d.summed(out, a.Accumulate, func(sum *backend.View) error {
		if err := d.convert(sum, x); err != nil {
			return err
		}
		return d.putInto(*sum, values, index, a.Accumulate)
	})
}

// putInto puts values, of the indices' one shape and the rest of to, in to: some
// indices after others, and in each piece of to by itself.
func (d *device) putInto(to, values backend.View, index []backend.View, add bool) error {
	lead, k := len(index[0].Shape), len(index)
	// halves cuts the indices along axis i, or if that is not one of theirs, to.
	halves := func(i int) error {
		if i < 0 {
			return d.tooWide()
		}
		for _, r := range halvesOf(values.Shape[i]) {
			v, part, l := values, to, slices.Clone(index)
			var err error
			if v.View, err = v.View.Slice(i, r[0], r[1], 1); err != nil {
				return err
			}
			if i >= lead {
				part.View, err = part.View.Slice(i-lead+k, r[0], r[1], 1)
			}
			for j := range l {
				if i < lead && err == nil {
					l[j].View, err = l[j].View.Slice(i, r[0], r[1], 1)
				}
			}
			if err == nil {
				err = d.putInto(part, v, l, add)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	for j := range index {
		if d.wide(&index[j]) {
			return halves(farthest(&index[j], allBut(lead)))
		}
	}
	if d.wide(&values) {
		return halves(farthest(&values, allBut(len(values.Shape))))
	}
	if !d.wide(&to) {
		return d.putLines(&to, &values, index, add)
	}
	if one := thin(to, allBut(k)...); d.wide(&one) {
		return halves(farthest(&one, allBut(len(to.Shape), allBut(k)...)) - k + lead)
	}
	return d.boxes(to, allBut(k), func(piece *backend.View, at []int) error {
		l := slices.Clone(index)
		for j := range l {
			if piece.Shape[j] == to.Shape[j] {
				continue
			}
			v, free, err := d.temporary(dtype.Int64, l[j].Shape)
			if err != nil {
				return err
			}
			defer free()
			u := []float64{float64(to.Shape[j]), float64(at[j]), float64(piece.Shape[j])}
			if err := d.run(&backend.Call{Fn: elsewhere, Uniforms: u, In: l[j : j+1], Out: []backend.View{v}}); err != nil {
				return err
			}
			l[j] = v
		}
		return d.putLines(piece, &values, l, add)
	})
}
