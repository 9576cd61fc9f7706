package cuda

import (
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	structured[op.IndexGet] = (*device).indexGet
	structured[op.IndexPut] = (*device).indexPut
}

// outside is an index that no axis has.
const outside = -1 << 62

// rowNumbers are the functions that make one index of those of several axes,
// by their number. Negative indices count from the end.
var rowNumbers sync.Map // int to *op.Fn

func rowNumber(axes int) *op.Fn {
	if f, ok := rowNumbers.Load(axes); ok {
		return f.(*op.Fn)
	}
	kinds := make([]pointwise.Kind, axes)
	for i := range kinds {
		kinds[i] = pointwise.Int
	}
	zero := pointwise.Const(0)
	f := op.NewFn(kinds, kinds, func(in, size []op.V) []op.V {
		row := in[0]
		for k, i := range in {
			i = i.Lt(zero).Select(i.Add(size[k]), i)
			bad := i.Lt(zero).Or(size[k].Le(i))
			if k == 0 {
				row = bad.Select(pointwise.Const(outside), i)
			} else {
				row = bad.Or(row.Lt(zero)).Select(pointwise.Const(outside), row.Mul(size[k]).Add(i))
			}
		}
		return []op.V{row}
	})
	rowNumbers.Store(axes, f)
	return f
}

// rows returns the numbers of the rows of x, seen as a matrix, that index
// tensors of its leading axes name: a view [n, rest] with a stride of 0.
func (d *device) rows(c *backend.Call, x *backend.View, index []backend.View, rest int) (backend.View, func(), error) {
	shapes, sizes := make([][]int, len(index)), make([]float64, len(index))
	for i := range index {
		shapes[i], sizes[i] = index[i].Shape, float64(x.Shape[i])
	}
	lead, err := shape.Broadcast(shapes...)
	if err != nil {
		return backend.View{}, nil, err
	}
	rows, free, err := d.temporary(dtype.Int64, lead)
	if err != nil {
		return rows, nil, err
	}
	in := make([]backend.View, len(index))
	for i, v := range index {
		if v.View, err = v.Expand(lead); err != nil {
			free()
			return rows, nil, err
		}
		in[i] = v
	}
	if err := d.elementwise(&backend.Call{Op: c.Op, Fn: rowNumber(len(index)), Uniforms: sizes, In: in, Out: []backend.View{rows}}); err != nil {
		free()
		return rows, nil, err
	}
	rows.View = shape.View{Shape: []int{shape.Numel(lead), rest}, Strides: []int{1, 0}}
	return rows, free, nil
}

// matrix returns v, which is contiguous, as rows of the given length.
func matrix(v backend.View, rest int) backend.View {
	n := v.Numel()
	if rest > 0 {
		n /= rest
	}
	v.View = shape.View{Shape: []int{n, rest}, Strides: []int{rest, 1}, Offset: v.Offset}
	return v
}

// contiguous returns v or a copy that lies in row-major order.
func (d *device) contiguous(c *backend.Call, v backend.View) (backend.View, func(), error) {
	if v.IsContiguous() {
		return v, func() {}, nil
	}
	t, free, err := d.temporary(v.DType, v.Shape)
	if err == nil {
		err = d.copyTo(c, t, v)
	}
	return t, free, err
}

func (d *device) indexGet(c *backend.Call) error {
	out := c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	rest := shape.Numel(c.In[0].Shape[len(c.In)-1:])
	x, free, err := d.contiguous(c, c.In[0])
	if err != nil {
		return err
	}
	defer free()
	rows, drop, err := d.rows(c, &x, c.In[1:], rest)
	if err != nil {
		return err
	}
	defer drop()
	from, to := matrix(x, rest), matrix(out, rest)
	return d.gatherTo(c, &to, &from, &rows, 0)
}

func (d *device) indexPut(c *backend.Call) error {
	a, _ := c.Attrs.(op.IndexPutAttrs)
	x, values, out, index := c.In[0], c.In[1], c.Out[0], c.In[2:]
	rest := shape.Numel(x.Shape[len(index):])
	shapes := make([][]int, len(index))
	for i := range index {
		shapes[i] = index[i].Shape
	}
	lead, err := shape.Broadcast(shapes...)
	if err != nil {
		return err
	}
	s := append(append([]int{}, lead...), x.Shape[len(index):]...)
	if shape.Numel(s) == 0 {
		return d.copyTo(c, out, x)
	}
	if values.View, err = values.Expand(s); err != nil {
		return err
	}
	src, free, err := d.contiguous(c, values)
	if err != nil {
		return err
	}
	defer free()
	base, release, err := d.contiguous(c, x)
	if err != nil {
		return err
	}
	defer release()
	rows, drop, err := d.rows(c, &x, index, rest)
	if err != nil {
		return err
	}
	defer drop()
	from := matrix(src, rest)
	return d.scatterTo(c, matrix(out, rest), matrix(base, rest), &rows, &from, 0, a.Accumulate)
}
