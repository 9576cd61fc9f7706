package cuda

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() { structured[op.ScatterReduce] = (*device).scatterReduce }

// scatterReduce combines src with a copy of x.
func (d *device) scatterReduce(c *backend.Call) error {
	a := c.Attrs.(op.ScatterReduceAttrs)
	x, index, src, out := c.In[0], &c.In[1], &c.In[2], c.Out[0]
	axis, err := shape.Axis(a.Axis, len(x.Shape))
	if err != nil || out.Numel() == 0 {
		return err
	}
	if index.Numel() == 0 {
		return d.copyTo(c, out, x)
	}
	return d.summed(c, out, func(y backend.View) error { return d.scatterReduceInto(c, a, &x, index, src, y, axis) })
}

func (d *device) scatterReduceInto(c *backend.Call, a op.ScatterReduceAttrs, x, index, src *backend.View, y backend.View, axis int) error {
	if err := d.copyTo(c, y, *x); err != nil {
		return err
	}
	cell, err := d.errorCell(c.Op.Name)
	if err != nil {
		return err
	}
	r := ptx.ScatterReduction{Index: index.DType, Src: src.DType, Y: y.DType, By: a.By, Counted: a.Mean || a.ExcludeSelf, ExcludeSelf: a.ExcludeSelf}
	views := []backend.View{*index, *src, y}
	steps := []uint64{axisStride(index, axis), axisStride(src, axis), 0}
	first := []uint64{uint64(axisSize(&y, axis)), axisStride(&y, axis), 0, cell}
	var counts backend.View
	if r.Counted {
		var free func()
		if counts, free, err = d.temporary(dtype.Int32, y.Shape); err != nil {
			return err
		}
		defer free()
		if err := d.fill(c, counts, 0); err != nil {
			return err
		}
		views, steps = append(views, counts), append(steps, 0)
		first[2] = axisStride(&counts, axis)
	}
	err = d.overLines(c, views, steps, index.Shape, axis, fmt.Sprint("scatterreduce ", r), func(rank int) *ptx.Kernel {
		r.Rank = rank
		return ptx.ScatterReduce(r)
	}, first...)
	if err != nil {
		return err
	}
	if !a.Mean {
		return nil
	}
	self := 1.0
	if a.ExcludeSelf {
		self = 0
	}
	fn := means[kindOf(y.DType)]
	return d.elementwise(&backend.Call{Op: c.Op, Fn: fn, Uniforms: []float64{self}, In: []backend.View{y, counts}, Out: []backend.View{y}})
}

// means divide sums by how many elements they have, at least 1; integers are
// rounded down.
var means = map[pointwise.Kind]*op.Fn{
	pointwise.Float: op.NewFn([]pointwise.Kind{pointwise.Float, pointwise.Int}, []pointwise.Kind{pointwise.Int}, func(in, un []op.V) []op.V {
		return []op.V{in[0].Div(in[1].Add(un[0]).Max(pointwise.Const(1)).Convert(pointwise.Float))}
	}),
	pointwise.Int: op.NewFn([]pointwise.Kind{pointwise.Int, pointwise.Int}, []pointwise.Kind{pointwise.Int}, func(in, un []op.V) []op.V {
		n := in[1].Add(un[0]).Max(pointwise.Const(1))
		q := in[0].Div(n)
		return []op.V{q.Mul(n).Gt(in[0]).Select(q.Sub(pointwise.Const(1)), q)}
	}),
}
