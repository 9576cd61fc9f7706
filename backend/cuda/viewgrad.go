package cuda

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() { structured[op.ViewGrad] = (*device).viewGrad }

// most launches that the gradient of a view is cut into.
const most = 4096

// viewGrad adds a gradient up at the places a view shows, which may show one
// place several times. Axes that show the same places are summed first; the
// rest is cut into pieces that show each place once, and those are added one
// after the other.
func (d *device) viewGrad(c *backend.Call) error {
	a, out, g := c.Attrs.(*op.ViewGradAttrs), c.Out[0], c.In[0]
	v, err := a.Op.View(shape.Contiguous(a.Shape), a.Attrs)
	if err != nil {
		return err
	}
	if out.DType == dtype.Bool {
		return unsupported("a sum of bools")
	}
	return d.summed(c, out, func(y backend.View) error { return d.viewGradInto(c, v, y, g) })
}

func (d *device) viewGradInto(c *backend.Call, v shape.View, y, g backend.View) error {
	if err := d.fill(c, y, 0); err != nil || g.Numel() == 0 {
		return err
	}
	var same []int
	for k, s := range v.Strides {
		if s == 0 && v.Shape[k] > 1 {
			same = append(same, k)
		}
	}
	if same != nil {
		s := shape.Reduced(v.Shape, same, true)
		sum, free, err := d.temporary(y.DType, s)
		if err != nil {
			return err
		}
		defer free()
		f := fold{device: d, call: c, fn: copies[kindOf(g.DType)], by: op.BySum, in: []backend.View{g}, out: address(&sum), outType: y.DType, sum: dtype.Int64}
		if g.DType.IsFloat() {
			f.sum = dtype.Float32
		}
		if g.DType == dtype.Float64 {
			f.sum = dtype.Float64
		}
		if err := f.all(v.Shape, same, shape.Numel(s)); err != nil {
			return err
		}
		g = sum
		v.Shape = s
	}
	left := most
	v.Offset += y.Offset
	at := y
	at.View = v
	return d.addPieces(c, at, g, &left)
}

var sumsOf = map[pointwise.Kind]*op.Fn{pointwise.Float: plus(pointwise.Float), pointwise.Int: plus(pointwise.Int)}

func plus(k pointwise.Kind) *op.Fn {
	return op.NewFn([]pointwise.Kind{k, k}, nil, func(in, _ []op.V) []op.V { return []op.V{in[0].Add(in[1])} })
}

// addPieces adds g to the places of y.
func (d *device) addPieces(c *backend.Call, y, g backend.View, left *int) error {
	if y.Injective() {
		if *left--; *left < 0 {
			return unsupported("a view that shows places in more than %d ways", most)
		}
		return d.elementwise(&backend.Call{Op: c.Op, Fn: sumsOf[kindOf(y.DType)], In: []backend.View{y, g}, Out: []backend.View{y}})
	}
	short := -1
	for k, n := range y.Shape {
		if n > 1 && (short < 0 || n < y.Shape[short]) {
			short = k
		}
	}
	for i := range y.Shape[short] {
		if err := d.addPieces(c, at(y, short, i), at(g, short, i), left); err != nil {
			return err
		}
	}
	return nil
}

// at returns v at one index of an axis, which it loses.
func at(v backend.View, axis, i int) backend.View {
	v.Offset += i * v.Strides[axis]
	v.Shape = append(append([]int{}, v.Shape[:axis]...), v.Shape[axis+1:]...)
	v.Strides = append(append([]int{}, v.Strides[:axis]...), v.Strides[axis+1:]...)
	return v
}
