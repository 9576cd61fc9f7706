package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// carried are the scans of which that of a second half is its own, combined with
// the last element of the first half's, by kinds of elements. Not of small
// floats, which would be rounded twice.
var carried = map[*op.Op]map[pointwise.Kind]*op.Fn{
	op.CumSum:  combining(pointwise.Value.Add),
	op.CumProd: combining(pointwise.Value.Mul),
}

func combining(f func(x, y pointwise.Value) pointwise.Value) map[pointwise.Kind]*op.Fn {
	fns := map[pointwise.Kind]*op.Fn{}
	for _, k := range []pointwise.Kind{pointwise.Float, pointwise.Int} {
		fns[k] = op.NewFn([]pointwise.Kind{k, k}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
			return []pointwise.Value{f(in[0], in[1])}
		})
	}
	return fns
}

// scanWide scans the halves of lines that are longer than a kernel can see, and
// carries the first half's result over to the second.
func (d *device) scanWide(c *backend.Call, a op.ScanAttrs) error {
	axis := axisOf(a.Axis, len(c.Out[0].Shape))
	n := c.Out[0].Shape[axis]
	halves := [2][2]int{{0, n / 2}, {n / 2, n}}
	for _, r := range halves {
		half := *c
		half.In, half.Out = slices.Clone(c.In), slices.Clone(c.Out)
		for _, v := range []*backend.View{&half.In[0], &half.Out[0]} {
			var err error
			if v.View, err = v.View.Slice(axis, r[0], r[1], 1); err != nil {
				return err
			}
		}
		if err := d.runDense(&half); err != nil {
			return err
		}
	}
	at, rest := n/2-1, halves[1]
	if a.Reverse {
		at, rest = n/2, halves[0]
	}
	last, to := c.Out[0], c.Out[0]
	var err error
	if last.View, err = last.Slice(axis, at, at+1, 1); err != nil {
		return err
	}
	if to.View, err = to.Slice(axis, rest[0], rest[1], 1); err != nil {
		return err
	}
	if last.View, err = last.Expand(to.Shape); err != nil {
		return err
	}
	f := carried[c.Op][kindOfType(to.DType)]
	return d.run(&backend.Call{Op: c.Op, Fn: f, In: []backend.View{last, to}, Out: []backend.View{to}})
}
