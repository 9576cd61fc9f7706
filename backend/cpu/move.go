package cpu

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/strided"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Ops that put elements elsewhere. They see words, not numbers: no element
// changes, whatever its type.
func init() {
	kernels[op.Concat] = func(c *backend.Call) error {
		return bySize(c.Out[0].DType, concat[uint8], concat[uint16], concat[uint32], concat[uint64])(c)
	}
	kernels[op.Flip] = func(c *backend.Call) error {
		return bySize(c.Out[0].DType, flip[uint8], flip[uint16], flip[uint32], flip[uint64])(c)
	}
	kernels[op.Pad] = func(c *backend.Call) error {
		if c.Attrs.(op.PadAttrs).Mode != op.PadConstant {
			return errOther
		}
		return bySize(c.Out[0].DType, pad[uint8], pad[uint16], pad[uint32], pad[uint64])(c)
	}
	kernels[op.ViewGrad] = func(c *backend.Call) error {
		if f := byNumber(c.Out[0].DType, viewGrad[int8], viewGrad[int16], viewGrad[int32], viewGrad[int64], viewGrad[uint8], viewGrad[float32], viewGrad[float64]); f != nil {
			return f(c)
		}
		return errOther
	}
}

func concat[T strided.Word](c *backend.Call) error {
	out := &c.Out[0]
	axis, err := shape.Axis(c.Attrs.(op.AxisAttrs).Axis, len(out.Shape))
	if err != nil {
		return err
	}
	dst := elements[T](out)
	at := 0
	for i := range c.In {
		x := &c.In[i]
		if x.Numel() > 0 {
			strided.Copy(x.Shape, dst[at:], out.Strides, elements[T](x), x.Strides)
		}
		at += x.Shape[axis] * out.Strides[axis]
	}
	return nil
}

func flip[T strided.Word](c *backend.Call) error {
	out := &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	x, block := contiguous[T](&c.In[0])
	defer block.Put()
	y, s := dense[T](out), out.Shape
	axes, err := shape.Axes(c.Attrs.(op.FlipAttrs).Axes, len(s))
	if err != nil {
		return err
	}
	// An output at index i comes from where the flipped axes count backwards.
	from, strides := 0, shape.Strides(s)
	for _, k := range axes {
		from += (s[k] - 1) * strides[k]
		strides[k] = -strides[k]
	}
	rows, cols, step := lastAxis(s, strides)
	par.For(rows, grain(cols), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			at, line := from+placeOfRow(s, strides, r), y[r*cols:][:cols]
			if step == 1 {
				copy(line, x[at:])
				continue
			}
			for i := range line {
				line[i] = x[at+i*step]
			}
		}
	})
	return nil
}

// pad fills the output, then copies the part of x that lands on it.
func pad[T strided.Word](c *backend.Call) error {
	a, x, out := c.Attrs.(op.PadAttrs), &c.In[0], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	value := *out
	value.View = shape.View{Offset: out.Offset}
	storer(&value)(0, a.Value)
	y := dense[T](out)
	strided.Copy(out.Shape, y, out.Strides, []T{y[0]}, make([]int, len(out.Shape)))
	s, to, from := slices.Clone(x.Shape), 0, 0
	for k := range s {
		cut := max(0, -a.Before[k])
		s[k] -= cut + max(0, -a.After[k])
		if s[k] <= 0 {
			return nil
		}
		from += cut * x.Strides[k]
		to += max(0, a.Before[k]) * out.Strides[k]
	}
	strided.Copy(s, y[to:], out.Strides, elements[T](x)[from:], x.Strides)
	return nil
}

// viewGrad copies to where the view shows, or adds where the view shows some
// element twice.
func viewGrad[T number](c *backend.Call) error {
	a, x, out := c.Attrs.(*op.ViewGradAttrs), &c.In[0], &c.Out[0]
	y := dense[T](out)
	par.For(len(y), 1<<16, func(lo, hi int) { clear(y[lo:hi]) })
	if x.Numel() == 0 {
		return nil
	}
	v, err := a.Op.View(shape.Contiguous(a.Shape), a.Attrs)
	if err != nil {
		return err
	}
	if distinct(v) {
		to := *out
		to.View, to.Offset = v, out.Offset+v.Offset
		copyOut(x, v.Strides, elements[T](&to))
		return nil
	}
	g, block := contiguous[T](x)
	defer block.Put()
	y = y[v.Offset:]
	each(v, func(i, at int) { y[at] += g[i] })
	return nil
}

// distinct reports whether no two elements of v are known to be one: whether
// each axis, by growing strides, steps over all that the ones before span.
func distinct(v shape.View) bool {
	order := make([]int, 0, len(v.Shape))
	for i, d := range v.Shape {
		if d > 1 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return v.Strides[a] - v.Strides[b] })
	span := 1
	for _, i := range order {
		if v.Strides[i] < span {
			return false
		}
		span += (v.Shape[i] - 1) * v.Strides[i]
	}
	return true
}

// linesOf returns the elements of v as lines along an axis, one after the
// other, each contiguous.
func linesOf[T any](v *backend.View, axis int) ([]T, *scratch.Block) {
	w := *v
	w.View = axisLast(v.View, axis)
	return contiguous[T](&w)
}

// axisLast moves an axis to the end.
func axisLast(v shape.View, axis int) shape.View {
	if len(v.Shape) == 0 {
		return v
	}
	move := func(s []int) []int {
		return append(append(slices.Clone(s[:axis]), s[axis+1:]...), s[axis])
	}
	return shape.View{Shape: move(v.Shape), Strides: move(v.Strides), Offset: v.Offset}
}

// fromLines is where a kernel puts lines along an axis of v: v's own memory, or
// borrowed memory that done copies from.
func fromLines[T any](v *backend.View, axis int) (mem []T, done func()) {
	w := *v
	w.View = axisLast(v.View, axis)
	if w.IsContiguous() {
		return dense[T](&w), func() {}
	}
	mem, block := scratch.Get[T](w.Numel())
	return mem, func() {
		switch w.DType.Size() {
		case 1:
			strided.Copy(w.Shape, elements[uint8](&w), w.Strides, words[uint8](mem), shape.Strides(w.Shape))
		case 2:
			strided.Copy(w.Shape, elements[uint16](&w), w.Strides, words[uint16](mem), shape.Strides(w.Shape))
		case 4:
			strided.Copy(w.Shape, elements[uint32](&w), w.Strides, words[uint32](mem), shape.Strides(w.Shape))
		case 8:
			strided.Copy(w.Shape, elements[uint64](&w), w.Strides, words[uint64](mem), shape.Strides(w.Shape))
		}
		block.Put()
	}
}

// lineAxis returns an axis of a shape and its size; a scalar is one line of one.
func lineAxis(axis int, s []int) (a, n int, err error) {
	if a, err = shape.Axis(axis, len(s)); err != nil {
		return 0, 0, err
	}
	if len(s) == 0 {
		return 0, 1, nil
	}
	return a, s[a], nil
}
