package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() { kernels[op.ViewGrad] = (*device).viewGrad }

// viewGrad adds elements up where a view has them. Axes along which the view
// meets elements again are walked one index after the other, in order: each
// step is an elementwise sum in place.
func (d *device) viewGrad(c *backend.Call) error {
	a, g, out := c.Attrs.(*op.ViewGradAttrs), &c.In[0], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if g.DType == dtype.Bool {
		return backend.ErrUnsupported
	}
	v, err := a.Op.View(out.View, a.Attrs)
	if err != nil {
		return err
	}
	return d.summed(out, !v.Injective(), func(sum *backend.View) error {
		if err := d.fill(sum, 0); err != nil {
			return err
		}
		to := *sum
		if to.View, err = a.Op.View(sum.View, a.Attrs); err != nil {
			return err
		}
		return d.addTo(to, *g)
	})
}

var same = op.NewFn([]pointwise.Kind{pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value { return in })

// addTo adds g to the elements of to, which may meet the same ones again.
func (d *device) addTo(to, g backend.View) error {
	if to.Numel() == 0 {
		return nil
	}
	if to.Injective() {
		f := adders[g.DType.IsFloat()]
		return d.run(&backend.Call{Fn: f, In: []backend.View{to, g}, Out: []backend.View{to}})
	}
	axis := overlapping(to.View)
	for i := range to.Shape[axis] {
		t, h := to, g
		var err error
		if t.View, err = to.Select(axis, i); err != nil {
			return err
		}
		if h.View, err = g.Select(axis, i); err != nil {
			return err
		}
		if err := d.addTo(t, h); err != nil {
			return err
		}
	}
	return nil
}

// overlapping returns the shortest axis without which v meets no element again,
// or else the shortest of all that have more than one index.
func overlapping(v shape.View) int {
	best, enough := -1, false
	for i, n := range v.Shape {
		if n == 1 {
			continue
		}
		w, err := v.Select(i, 0)
		alone := err == nil && w.Injective()
		if best < 0 || alone && !enough || alone == enough && n < v.Shape[best] {
			best, enough = i, alone
		}
	}
	return best
}

var adders = map[bool]*op.Fn{true: adder(pointwise.Float), false: adder(pointwise.Int)}

func adder(k pointwise.Kind) *op.Fn {
	return op.NewFn([]pointwise.Kind{k, k}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Add(in[1])}
	})
}
