package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// numbered runs a wide call whose function reads the index of its elements, the
// first of which has number base. It is cut along the first axes, so that those
// of a piece follow one another.
func (d *device) numbered(c *backend.Call, base int64) error {
	s := c.Out[0].Shape
	axis := slices.IndexFunc(s, func(n int) bool { return n > 1 })
	wide := func(v backend.View) bool { return d.wide(&v) }
	if axis < 0 || !slices.ContainsFunc(c.In, wide) && !slices.ContainsFunc(c.Out, wide) {
		piece := *c
		if base > 0 {
			piece.Fn = d.numberedFn(c.Fn)
			piece.Uniforms = append(slices.Clone(c.Uniforms), float64(uint32(base)), float64(base>>32))
		}
		return d.elementwise(&piece)
	}
	n := s[axis]
	row := int64(c.Out[0].Numel() / n)
	for _, r := range halvesOf(n) {
		half := *c
		half.In, half.Out = slices.Clone(c.In), slices.Clone(c.Out)
		for _, l := range [...][]backend.View{half.In, half.Out} {
			for i := range l {
				var err error
				if l[i].View, err = l[i].View.Slice(axis, r[0], r[1], 1); err != nil {
					return err
				}
			}
		}
		if err := d.numbered(&half, base+int64(r[0])*row); err != nil {
			return err
		}
	}
	return nil
}

// numberedFn returns f with the number of its first element as two uniforms.
func (d *device) numberedFn(f *op.Fn) *op.Fn {
	g := d.numberings[f]
	if g == nil {
		if len(d.numberings) >= maxPrograms {
			clear(d.numberings)
		}
		g = &op.Fn{Program: f.From()}
		d.numberings[f] = g
	}
	return g
}
