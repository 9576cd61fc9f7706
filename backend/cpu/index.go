package cpu

import (
	"unsafe"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/strided"
	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.Gather] = func(c *backend.Call) error {
		return bySize(c.In[0].DType, gather[uint8], gather[uint16], gather[uint32], gather[uint64])(c)
	}
	kernels[op.IndexSelect] = func(c *backend.Call) error {
		return bySize(c.In[0].DType, indexSelect[uint8], indexSelect[uint16], indexSelect[uint32], indexSelect[uint64])(c)
	}
	kernels[op.Scatter] = func(c *backend.Call) error {
		return bySize(c.In[0].DType, scatter[uint8], scatter[uint16], scatter[uint32], scatter[uint64])(c)
	}
	kernels[op.ScatterAdd] = func(c *backend.Call) error {
		if f := byNumber(c.In[0].DType, scatterAdd[int8], scatterAdd[int16], scatterAdd[int32], scatterAdd[int64], scatterAdd[uint8], scatterAdd[float32], scatterAdd[float64]); f != nil {
			return f(c)
		}
		return errOther
	}
}

// bySize picks the kernel for words of the size of d's elements.
func bySize(d dtype.DType, k1, k2, k4, k8 kernel) kernel {
	switch d.Size() {
	case 1:
		return k1
	case 2:
		return k2
	case 4:
		return k4
	}
	return k8
}

// byNumber picks the kernel for elements that Go computes with; nil if there is
// none.
func byNumber(d dtype.DType, i8, i16, i32, i64, u8, f32, f64 kernel) kernel {
	switch d {
	case dtype.Int8:
		return i8
	case dtype.Int16:
		return i16
	case dtype.Int32:
		return i32
	case dtype.Int64:
		return i64
	case dtype.Uint8:
		return u8
	case dtype.Float32:
		return f32
	case dtype.Float64:
		return f64
	}
	return nil
}

// indices returns the elements of a view of integers in row-major order.
func indices(v *backend.View) ([]int64, *scratch.Block) {
	switch v.DType {
	case dtype.Int32:
		return widenInts[int32](v)
	case dtype.Int16:
		return widenInts[int16](v)
	case dtype.Int8:
		return widenInts[int8](v)
	case dtype.Uint8:
		return widenInts[uint8](v)
	}
	return contiguous[int64](v)
}

func widenInts[T int32 | int16 | int8 | uint8](v *backend.View) ([]int64, *scratch.Block) {
	narrow, block := contiguous[T](v)
	defer block.Put()
	wide, b := scratch.Get[int64](len(narrow))
	for i, x := range narrow {
		wide[i] = int64(x)
	}
	return wide, b
}

// inRange returns fail of the first index outside of [0, size).
func inRange(index []int64, size int, fail func(i int) error) error {
	for _, i := range index {
		if uint64(i) >= uint64(size) {
			return fail(int(i))
		}
	}
	return nil
}

// along checks the indices of a call, which must be in range of axis of x.
func along(c *backend.Call, name string, of int) (index []int64, block *scratch.Block, axis int, err error) {
	axis, err = shape.Axis(of, len(c.In[0].Shape))
	if err != nil {
		return nil, nil, 0, err
	}
	size := 1
	if len(c.In[0].Shape) > 0 {
		size = c.In[0].Shape[axis]
	}
	index, block = indices(&c.In[1])
	err = inRange(index, size, func(i int) error { return &op.IndexError{Op: name, Axis: axis, Index: i, Size: size} })
	return index, block, axis, err
}

// alongStrides splits the strides of an operand into that of the axis and the
// others, with 0 for the axis.
func alongStrides(strides []int, axis int) (of int, others []int) {
	others = append(others, strides...)
	if len(others) > 0 {
		of, others[axis] = others[axis], 0
	}
	return of, others
}

func gather[T strided.Word](c *backend.Call) error {
	index, block, axis, err := along(c, "gather", c.Attrs.(op.AxisAttrs).Axis)
	defer block.Put()
	if err != nil || len(index) == 0 {
		return err
	}
	x, y, s := elements[T](&c.In[0]), dense[T](&c.Out[0]), c.Out[0].Shape
	of, others := alongStrides(c.In[0].Strides, axis)
	rows, cols, step := lastAxis(s, others)
	par.For(rows, grain(cols), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			at := placeOfRow(s, others, r)
			line := y[r*cols:][:cols]
			for i, k := range index[r*cols:][:cols] {
				line[i] = x[at+int(k)*of]
				at += step
			}
		}
	})
	return nil
}

// lastAxis returns the rows of shape s, the elements of each, and their stride.
func lastAxis(s, strides []int) (rows, cols, step int) {
	if len(s) == 0 {
		return 1, 1, 0
	}
	last := len(s) - 1
	return shape.Numel(s[:last]), s[last], strides[last]
}

// placeOfRow returns where row r of shape s begins.
func placeOfRow(s, strides []int, r int) int {
	at := 0
	for k := len(s) - 2; k >= 0; k-- {
		at += r % s[k] * strides[k]
		r /= s[k]
	}
	return at
}

// indexSelect copies whole runs of the axes after the indexed one.
func indexSelect[T strided.Word](c *backend.Call) error {
	x, out := &c.In[0], &c.Out[0]
	axis, err := shape.Axis(c.Attrs.(op.IndexAttrs).Axis, len(x.Shape))
	if err != nil {
		return err
	}
	size := x.Shape[axis]
	index, block := indices(&c.In[1])
	defer block.Put()
	if err := inRange(index, size, func(i int) error { return &op.IndexError{Op: "indexselect", Axis: axis, Index: i, Size: size} }); err != nil {
		return err
	}
	src, block := contiguous[T](x)
	defer block.Put()
	dst := dense[T](out)
	run := shape.Numel(x.Shape[axis+1:])
	n := len(index)
	par.Sweep(shape.Numel(x.Shape[:axis])*n, grain(run), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			move(dst[i*run:][:run], src[(i/n*size+int(index[i%n]))*run:][:run])
		}
	})
	return nil
}

// scatterTo calls f for each element of src, in order, with its place there and
// that in the output, after copying x to the output.
func scatterTo[T any](c *backend.Call, name string, axis int, f func(y, src []T, at, from int)) error {
	index, block, axis, err := along(c, name, axis)
	defer block.Put()
	if err != nil {
		return err
	}
	y := dense[T](&c.Out[0])
	copyOut(&c.In[0], shape.Strides(c.In[0].Shape), y)
	if len(index) == 0 {
		return nil
	}
	s := c.In[1].Shape
	src := elements[T](&c.In[2])
	of, others := alongStrides(shape.Strides(c.In[0].Shape), axis)
	// Lines along the axis do not meet each other: they are what is shared out.
	// Within one, the order is that of src.
	outer, n, inner := 1, 1, 1
	from := 0
	if len(s) > 0 {
		outer, n, inner = shape.Numel(s[:axis]), s[axis], shape.Numel(s[axis+1:])
		from = c.In[2].Strides[axis]
	}
	par.For(outer*inner, grain(n), func(lo, hi int) {
		for l := lo; l < hi; l++ {
			a, b := placeOfLine(s, others, axis, l), placeOfLine(s, c.In[2].Strides, axis, l)
			at := l/inner*n*inner + l%inner
			for i := range n {
				f(y, src, a+int(index[at])*of, b+i*from)
				at += inner
			}
		}
	})
	return nil
}

// placeOfLine returns where line l along an axis of shape s begins.
func placeOfLine(s, strides []int, axis, l int) int {
	at := 0
	for k := len(s) - 1; k >= 0; k-- {
		if k != axis {
			at += l % s[k] * strides[k]
			l /= s[k]
		}
	}
	return at
}

func scatter[T strided.Word](c *backend.Call) error {
	return scatterTo(c, "scatter", c.Attrs.(op.AxisAttrs).Axis, func(y, src []T, at, from int) { y[at] = src[from] })
}

func scatterAdd[T number](c *backend.Call) error {
	return scatterTo(c, "scatteradd", c.Attrs.(op.AxisAttrs).Axis, func(y, src []T, at, from int) { y[at] += src[from] })
}

// move is copy, by wide registers for the lengths that rows of a table have: Go
// moves 16 bytes at a time up to 2,048.
func move[T strided.Word](dst, src []T) {
	size := int(unsafe.Sizeof(*unsafe.SliceData(dst)))
	if n := size / 4 * len(dst); n >= 32 && n <= 1024 {
		d, x := unsafe.Pointer(unsafe.SliceData(dst)), unsafe.Pointer(unsafe.SliceData(src))
		vec.CopyU32(unsafe.Slice((*uint32)(d), n), unsafe.Slice((*uint32)(x), n))
		return
	}
	copy(dst, src)
}
