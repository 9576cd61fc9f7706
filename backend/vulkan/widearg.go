package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// argWide finds the extreme element of each piece of lines that are longer than a
// kernel can see, and then that of those: of equal ones the first piece's, as of
// elements.
func (d *device) argWide(c *backend.Call, a op.ArgAttrs) error {
	x := c.In[0]
	axis := axisOf(a.Axis, len(x.Shape))
	if a.Flat {
		if !x.IsContiguous() {
			return d.compacted(c, d.runWide)
		}
		x, axis = flatView(x), 0
	}
	kept := thin(x, axis).Shape
	var pieces []backend.View
	var starts []int
	if err := d.boxes(x, []int{axis}, func(piece *backend.View, at []int) error {
		pieces, starts = append(pieces, *piece), append(starts, at[axis])
		return nil
	}); err != nil {
		return err
	}
	// Of the pieces, along a first axis: the places, the elements there, and what wins.
	many := append([]int{len(pieces)}, kept...)
	places, free, err := d.temporary(dtype.Int64, many)
	if err != nil {
		return err
	}
	defer free()
	values, free, err := d.temporary(x.DType, many)
	if err != nil {
		return err
	}
	defer free()
	for i := range pieces {
		place, value := places, values
		if place.View, err = places.Select(0, i); err != nil {
			return err
		}
		if value.View, err = values.Select(0, i); err != nil {
			return err
		}
		one := op.ArgAttrs{Axis: axis, Keep: true}
		if err := d.run(&backend.Call{Op: c.Op, Attrs: one, In: pieces[i : i+1], Out: []backend.View{place}}); err != nil {
			return err
		}
		if err := d.run(&backend.Call{Op: op.Gather, Attrs: op.AxisAttrs{Axis: axis}, In: []backend.View{pieces[i], place}, Out: []backend.View{value}}); err != nil {
			return err
		}
		if err := d.run(&backend.Call{Fn: plus, Uniforms: []float64{float64(starts[i])}, In: []backend.View{place}, Out: []backend.View{place}}); err != nil {
			return err
		}
	}
	best, free, err := d.temporary(dtype.Int64, append([]int{1}, kept...))
	if err != nil {
		return err
	}
	defer free()
	if err := d.run(&backend.Call{Op: c.Op, Attrs: op.ArgAttrs{Keep: true}, In: []backend.View{values}, Out: []backend.View{best}}); err != nil {
		return err
	}
	out := c.Out[0]
	if !out.IsContiguous() {
		return d.tooWide()
	}
	out.View = best.View
	out.Offset = c.Out[0].Offset
	return d.run(&backend.Call{Op: op.Gather, Attrs: op.AxisAttrs{}, In: []backend.View{places, best}, Out: []backend.View{out}})
}
