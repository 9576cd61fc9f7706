package vulkan

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() { kernels[op.ScatterReduce] = (*device).scatterReduce }

// scatterReduce combines src with a copy of x. What is left out of it is first
// replaced by what changes nothing.
func (d *device) scatterReduce(c *backend.Call) error {
	a := c.Attrs.(op.ScatterReduceAttrs)
	x, index, src, out := &c.In[0], &c.In[1], &c.In[2], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if index.Numel() == 0 {
		return d.move(out, x)
	}
	if len(x.Shape) == 0 || !x.DType.IsFloat() && (a.Mean || a.ExcludeSelf) {
		return backend.ErrUnsupported
	}
	if err := d.supports(pointwise.Spec{In: []dtype.DType{x.DType}}); err != nil {
		return err
	}
	axis, err := shape.Axis(a.Axis, len(x.Shape))
	if err != nil {
		return err
	}
	return d.summed(out, true, func(sum *backend.View) error {
		if err := d.convert(sum, x); err != nil {
			return err
		}
		if a.ExcludeSelf {
			nothing := [...]float64{op.BySum: 0, op.ByProd: 1, op.ByMax: math.Inf(-1), op.ByMin: math.Inf(1)}[a.By]
			if err := d.scatterSame(sum, index, nothing, axis, kernel.Put); err != nil {
				return err
			}
		}
		if err := d.scatterInto(sum, index, src, axis, kernel.Combine(a.By)); err != nil || !a.Mean {
			return err
		}
		b, err := d.scratch(int64(4 * out.Numel()))
		if err != nil {
			return err
		}
		defer d.giveScratch(b)
		count := backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous(out.Shape)}
		self := 1.0
		if a.ExcludeSelf {
			self = 0
		}
		if err := d.fill(&count, self); err != nil {
			return err
		}
		if err := d.scatterSame(&count, index, 1, axis, kernel.Combine(op.BySum)); err != nil {
			return err
		}
		return d.run(&backend.Call{Fn: share, In: []backend.View{*sum, count}, Out: []backend.View{*sum}})
	})
}

// share divides sums by how many elements they have, which may be none.
var share = op.NewFn([]pointwise.Kind{pointwise.Float, pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{in[0].Div(in[1].Max(pointwise.Const(1)))}
})

// scatterSame combines one number with the elements of to that indices point
// to.
func (d *device) scatterSame(to, index *backend.View, x float64, axis int, by kernel.Combine) error {
	b, err := d.scratch(8)
	if err != nil {
		return err
	}
	defer d.giveScratch(b)
	one := backend.View{Buffer: b, DType: to.DType, View: shape.Contiguous([]int{})}
	if err := d.fill(&one, x); err != nil {
		return err
	}
	all := one
	if all.View, err = one.View.Expand(index.Shape); err != nil {
		return err
	}
	return d.scatterInto(to, index, &all, axis, by)
}
