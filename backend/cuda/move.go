package cuda

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	structured[op.Concat] = (*device).concat
	structured[op.Flip] = (*device).flip
}

// kindOf returns the kind that holds elements of type t without change.
func kindOf(t dtype.DType) pointwise.Kind {
	switch {
	case t.IsFloat():
		return pointwise.Float
	case t == dtype.Bool:
		return pointwise.Bool
	}
	return pointwise.Int
}

var copies = map[pointwise.Kind]*op.Fn{
	pointwise.Float: identity(pointwise.Float), pointwise.Int: identity(pointwise.Int), pointwise.Bool: identity(pointwise.Bool),
}

// copyTo copies the elements of a view to another of its shape, converting
// between types of one kind.
func (d *device) copyTo(c *backend.Call, out, in backend.View) error {
	return d.elementwise(&backend.Call{Op: c.Op, Fn: copies[kindOf(in.DType)], In: []backend.View{in}, Out: []backend.View{out}})
}

// fill sets all elements of a view to a number.
func (d *device) fill(c *backend.Call, out backend.View, x float64) error {
	fn, u := op.Full.Lower(nil, &op.FullAttrs{DType: out.DType, Value: x})
	return d.elementwise(&backend.Call{Op: c.Op, Fn: fn, Uniforms: u, Out: []backend.View{out}})
}

func (d *device) concat(c *backend.Call) error {
	out := c.Out[0]
	axis, err := shape.Axis(c.Attrs.(op.AxisAttrs).Axis, len(out.Shape))
	if err != nil {
		return err
	}
	for _, x := range c.In {
		part := out
		part.Shape = x.Shape
		if err := d.copyTo(c, part, x); err != nil {
			return err
		}
		out.Offset += x.Shape[axis] * out.Strides[axis]
	}
	return nil
}

// flip copies through a view that counts backwards.
func (d *device) flip(c *backend.Call) error {
	x := c.In[0]
	axes, err := shape.Axes(c.Attrs.(op.FlipAttrs).Axes, len(x.Shape))
	if err != nil || x.Numel() == 0 {
		return err
	}
	x.Strides = slices.Clone(x.Strides)
	for _, k := range axes {
		x.Offset += (x.Shape[k] - 1) * x.Strides[k]
		x.Strides[k] = -x.Strides[k]
	}
	return d.copyTo(c, c.Out[0], x)
}
