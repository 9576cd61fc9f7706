package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// seeds say what the first element of a piece of a line becomes, from what was
// before it and the element: the piece's own scan is then that of the line.
var seeds = map[*op.Op]map[pointwise.Kind]*op.Fn{
	op.CumSum:  combining(pointwise.Value.Add),
	op.CumProd: combining(pointwise.Value.Mul),
	// Of y = a*before + b: nothing is before the piece, whatever a is.
	op.LinearScan: {pointwise.Float: op.NewFn([]pointwise.Kind{pointwise.Float, pointwise.Float, pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{pointwise.Const(0), in[1].Mul(in[0]).Add(in[2])}
	})},
}

// after is what each element of a piece's own scan becomes, from what was before the
// piece. Here that is better than a seed: what rounding did to each piece weighs as
// much as the piece, and does not add up.
var after = map[*op.Op]*op.Fn{op.LogCumSumExp: func() *op.Fn {
	f, _ := op.LogAddExp.Lower([]op.Meta{{DType: dtype.Float32}, {DType: dtype.Float32}}, nil)
	return f
}()}

func combining(f func(x, y pointwise.Value) pointwise.Value) map[pointwise.Kind]*op.Fn {
	fns := map[pointwise.Kind]*op.Fn{}
	for _, k := range []pointwise.Kind{pointwise.Float, pointwise.Int} {
		fns[k] = op.NewFn([]pointwise.Kind{k, k}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
			return []pointwise.Value{f(in[0], in[1])}
		})
	}
	return fns
}

// scanWide scans lines that are longer than a kernel can see a piece after another,
// and carries on what each comes to.
func (d *device) scanWide(c *backend.Call, a op.ScanAttrs) error {
	out := c.Out[0]
	axis := axisOf(a.Axis, len(out.Shape))
	pieces, err := d.piecesOf(append(slices.Clone(c.In), out), axis)
	if err != nil {
		return err
	}
	if a.Reverse {
		slices.Reverse(pieces)
	}
	carry, free, err := d.temporary(sumType(out.DType), thin(out, axis).Shape)
	if err != nil {
		return err
	}
	defer free()
	for i, r := range pieces {
		if err := d.scanPiece(c, a, axis, r, &carry, i == 0); err != nil {
			return err
		}
	}
	return nil
}

// scanPiece scans the indices r of an axis; carry is what all before come to, and
// becomes that with the piece.
func (d *device) scanPiece(c *backend.Call, a op.ScanAttrs, axis int, r [2]int, carry *backend.View, first bool) error {
	call := backend.Call{Op: c.Op, Attrs: a}
	begin, end := r[0], r[1]-1
	if a.Reverse {
		begin, end = end, begin
	}
	edge := func(v backend.View, k int) (backend.View, error) {
		var err error
		v.View, err = v.View.Slice(axis, k-r[0], k-r[0]+1, 1)
		return v, err
	}
	var edges []backend.View
	for i := range c.In {
		from := c.In[i]
		var err error
		if from.View, err = from.View.Slice(axis, r[0], r[1], 1); err != nil {
			return err
		}
		v, free, err := d.temporary(carry.DType, from.Shape)
		if err != nil {
			return err
		}
		defer free()
		if err := d.cast(&v, &from); err != nil {
			return err
		}
		e, err := edge(v, begin)
		if err != nil {
			return err
		}
		call.In, edges = append(call.In, v), append(edges, e)
	}
	if seed := seeds[c.Op][kindOfType(carry.DType)]; seed != nil && !first {
		if err := d.run(&backend.Call{Fn: seed, In: append([]backend.View{*carry}, edges...), Out: edges}); err != nil {
			return err
		}
	}
	to := c.Out[0]
	var err error
	if to.View, err = to.View.Slice(axis, r[0], r[1], 1); err != nil {
		return err
	}
	y, free, err := d.temporary(carry.DType, to.Shape)
	if err != nil {
		return err
	}
	defer free()
	call.Out = []backend.View{y}
	if err := d.run(&call); err != nil {
		return err
	}
	if f := after[c.Op]; f != nil && !first {
		before := *carry
		if before.View, err = before.View.Expand(y.Shape); err != nil {
			return err
		}
		if err := d.run(&backend.Call{Fn: f, In: []backend.View{before, y}, Out: []backend.View{y}}); err != nil {
			return err
		}
	}
	last, err := edge(y, end)
	if err != nil {
		return err
	}
	if err := d.move(carry, &last); err != nil {
		return err
	}
	return d.cast(&to, &y)
}

// cast enqueues a copy of floats, or of integers and bools, to another type of those.
func (d *device) cast(to, from *backend.View) error {
	if to.DType != from.DType && !to.DType.IsFloat() {
		return d.run(&backend.Call{Fn: sameInt, In: []backend.View{*from}, Out: []backend.View{*to}})
	}
	return d.convert(to, from)
}

// piecesOf returns into which pieces an axis of views is cut for a kernel to see one
// of each.
func (d *device) piecesOf(views []backend.View, axis int) (l [][2]int, err error) {
	n := views[0].Shape[axis]
	for size := n; ; size = ceil(size, 2) {
		fit := true
		for _, v := range views {
			if v.View, err = v.View.Slice(axis, 0, size, 1); err != nil {
				return nil, err
			}
			fit = fit && !d.wide(&v)
		}
		if fit {
			for from := 0; from < n; from += size {
				l = append(l, [2]int{from, min(from+size, n)})
			}
			return l, nil
		}
		if size == 1 {
			return nil, d.tooWide()
		}
	}
}
