package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// overtaken says which of two elements, the largest or smallest before a piece of a
// line and that of the piece so far, is that of the line so far, and its index. The
// piece's own indices begin at a number; of equal elements, and of two NaN, the last
// counts.
var overtaken = map[*op.Op]map[pointwise.Kind]*op.Fn{
	op.CumMax: overtaking(pointwise.Value.Ge), op.CumMin: overtaking(pointwise.Value.Le),
}

func overtaking(better func(x, y pointwise.Value) pointwise.Value) map[pointwise.Kind]*op.Fn {
	fns := map[pointwise.Kind]*op.Fn{}
	for _, k := range []pointwise.Kind{pointwise.Float, pointwise.Int} {
		fns[k] = op.NewFn([]pointwise.Kind{k, pointwise.Int, k, pointwise.Int}, []pointwise.Kind{pointwise.Int}, func(in, u []pointwise.Value) []pointwise.Value {
			x, place, y, here := in[0], in[1], in[2], in[3].Add(u[0])
			take := better(y, x)
			if k == pointwise.Float {
				take = take.Or(y.IsNaN())
			}
			return []pointwise.Value{take.Select(y, x), take.Select(here, place)}
		})
	}
	return fns
}

// extremeWide is the scan for the largest or smallest element so far along lines that
// are longer than a kernel can see, a piece after another.
func (d *device) extremeWide(c *backend.Call, a op.ScanAttrs) error {
	axis := axisOf(a.Axis, len(c.Out[0].Shape))
	views := slices.Concat(c.In, c.Out)
	pieces, err := d.piecesOf(views, axis)
	if err != nil {
		return err
	}
	if a.Reverse {
		slices.Reverse(pieces)
	}
	var last []backend.View // of the piece before
	f := overtaken[c.Op][kindOfType(c.Out[0].DType)]
	for _, r := range pieces {
		part := slices.Clone(views)
		for i := range part {
			if part[i].View, err = part[i].View.Slice(axis, r[0], r[1], 1); err != nil {
				return err
			}
		}
		out := part[len(c.In):]
		call := backend.Call{Op: c.Op, Attrs: a, In: part[:len(c.In)], Out: slices.Clone(out)}
		if err := d.runDense(&call); err != nil {
			return err
		}
		if last != nil {
			for i := range last {
				if last[i].View, err = last[i].View.Expand(out[i].Shape); err != nil {
					return err
				}
			}
			if err := d.run(&backend.Call{Fn: f, Uniforms: []float64{float64(r[0])}, In: slices.Concat(last, out), Out: out}); err != nil {
				return err
			}
		} else if r[0] > 0 {
			if err := d.run(&backend.Call{Fn: plus, Uniforms: []float64{float64(r[0])}, In: out[1:2], Out: out[1:2]}); err != nil {
				return err
			}
		}
		end := r[1] - 1 - r[0]
		if a.Reverse {
			end = 0
		}
		last = slices.Clone(out)
		for i := range last {
			if last[i].View, err = last[i].View.Slice(axis, end, end+1, 1); err != nil {
				return err
			}
		}
	}
	return nil
}
