package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

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
	values, err := c.In[1].View.Expand(slices.Concat(lead, x.Shape[len(strides):]))
	if err != nil {
		return err
	}
	return d.indexPutLines(c, lead, values.Strides, strides)
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
