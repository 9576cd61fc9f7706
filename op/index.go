package op

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// An IndexError is the panic of the reference at an index outside its axis.
// Indices are values, so Infer cannot see it. What a device does with such an
// index is the device's to document; it must not touch other memory.
type IndexError struct {
	Op                string
	Axis, Index, Size int
}

func (e *IndexError) Error() string {
	return fmt.Sprintf("op: %s: index %d is out of range for axis %d of size %d", e.Op, e.Index, e.Axis, e.Size)
}

// operands checks that there are least to most operands.
func operands(in []Meta, least, most int) error {
	switch n := len(in); {
	case least == most && n != least:
		return attrError("%d operands, want %d", n, least)
	case n < least || n > most:
		return attrError("%d operands, want %d to %d", n, least, most)
	}
	return nil
}

// Indexing along one axis, by an index of x's rank which is no larger than x
// on the other axes. Indices are integers; negative ones are out of range.
var (
	Gather = register(&Op{
		Name: "gather", Doc: "returns the element of x at each index along an axis, and at the place of the index on the other axes.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 2, 2); err != nil {
				return nil, err
			}
			if err := alongFits(in[0], in[1], attrs.(AxisAttrs).Axis); err != nil {
				return nil, err
			}
			return []Meta{{in[1].Shape, in[0].DType}}, nil
		},
		Ref: func(in []*Array, attrs any) []*Array {
			y := NewArray(in[0].Meta.DType, in[1].Meta.Shape...)
			along("gather", in[0].Meta.Shape, in[1], attrs.(AxisAttrs).Axis, func(i, at int, _ []int) { y.Data[i] = in[0].Data[at] })
			return []*Array{y}
		},
		SaveIn: Nth(1),
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(3, 5), r.Ints(dtype.Int64, 0, 3, 4, 5)}, Attrs: AxisAttrs{0}},
				{Name: "smaller elsewhere", In: []*Array{r.Normal(3, 5, 2), r.Ints(dtype.Int64, 0, 5, 2, 7, 1)}, Attrs: AxisAttrs{-2}},
				{Name: "int32 index of integers", In: []*Array{r.Ints(dtype.Int64, -9, 9, 4, 3), r.Ints(dtype.Int32, 0, 3, 4, 1)}, Attrs: AxisAttrs{1}},
				{Name: "scalar", In: []*Array{r.Normal(), NewArray(dtype.Int64)}, Attrs: AxisAttrs{0}},
				{Name: "empty index", In: []*Array{r.Normal(3, 5), NewArray(dtype.Int64, 3, 0)}, Attrs: AxisAttrs{1}},
			}
		},
		Errors: func() []ErrorSample { return alongErrors(nil) },
	})

	ScatterAdd = register(&Op{
		Name: "scatteradd", Doc: "returns x with each element of src added at its index along an axis, in row-major order of src; src may be larger than index.",
		Infer: inferScatter,
		Ref: func(in []*Array, attrs any) []*Array {
			y := in[0].copied()
			scatter("scatteradd", in, attrs.(AxisAttrs).Axis, func(at int, v float64) { y.Data[at] += v })
			return []*Array{y}
		},
		SaveIn: Nth(1), Samples: scatterSamples,
		Errors: func() []ErrorSample { return alongErrors(NewArray(dtype.Float32, 2, 3)) },
	})

	// Scatter's gradient takes into account which of several elements written
	// to one place was the last.
	Scatter = register(&Op{
		Name: "scatter", Doc: "returns x with each element of src stored at its index along an axis; the last in row-major order of src wins.",
		Infer: inferScatter,
		Ref: func(in []*Array, attrs any) []*Array {
			y := in[0].copied()
			scatter("scatter", in, attrs.(AxisAttrs).Axis, func(at int, v float64) { y.Data[at] = v })
			return []*Array{y}
		},
		SaveIn: Nth(1), Samples: scatterSamples,
		Errors: func() []ErrorSample { return alongErrors(NewArray(dtype.Float32, 2, 3)) },
	})

	IndexSelect = register(&Op{
		Name: "indexselect", Doc: "returns the given indices, a vector, of one axis of x.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 2, 2); err != nil {
				return nil, err
			}
			axis, err := vectorFits(in[0], in[1], attrs.(IndexAttrs).Axis)
			if err != nil {
				return nil, err
			}
			s := slices.Clone(in[0].Shape)
			s[axis] = in[1].Shape[0]
			return []Meta{{s, in[0].DType}}, nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			axis, _ := shape.Axis(attrs.(IndexAttrs).Axis, len(in[0].Shape()))
			return []Value{b.one(Gather, AxisAttrs{axis}, in[0], b.lanes(in[1], in[0].Shape(), axis))}
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(3, 5), r.Ints(dtype.Int64, 0, 3, 4)}, Attrs: IndexAttrs{}},
				{Name: "middle axis", In: []*Array{r.Normal(2, 5, 3), r.Ints(dtype.Int32, 0, 5, 7)}, Attrs: IndexAttrs{Axis: -2}},
				{Name: "none", In: []*Array{r.Normal(2, 5), NewArray(dtype.Int64, 0)}, Attrs: IndexAttrs{Axis: 1}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "rank of index", In: []*Array{x, NewArray(dtype.Int64, 2, 3)}, Attrs: IndexAttrs{}}, ErrShape},
				{Sample{Name: "axis", In: []*Array{x, NewArray(dtype.Int64, 2)}, Attrs: IndexAttrs{Axis: 2}}, ErrShape},
				{Sample{Name: "float index", In: []*Array{x, NewArray(dtype.Float32, 2)}, Attrs: IndexAttrs{}}, ErrDType},
			}
		},
	})

	IndexAdd = register(&Op{
		Name: "indexadd", Doc: "returns x with Scale times src added at the given indices, a vector, of one axis.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 3, 3); err != nil {
				return nil, err
			}
			axis, err := vectorFits(in[0], in[1], attrs.(IndexAttrs).Axis)
			if err != nil {
				return nil, err
			}
			s := slices.Clone(in[0].Shape)
			s[axis] = in[1].Shape[0]
			if !slices.Equal(in[2].Shape, s) {
				return nil, shapeError("x %v, %d indices of axis %d, src %v: want src %v", in[0].Shape, s[axis], axis, in[2].Shape, s)
			}
			if in[0].DType != in[2].DType {
				return nil, dtypeError("x is %s, src %s: want one type; convert first", in[0].DType, in[2].DType)
			}
			return in[:1:1], nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a := attrs.(IndexAttrs)
			axis, _ := shape.Axis(a.Axis, len(in[0].Shape()))
			src := in[2]
			if a.Scale != 0 && a.Scale != 1 {
				src = b.Scale(src, a.Scale)
			}
			return []Value{b.one(ScatterAdd, AxisAttrs{axis}, in[0], b.lanes(in[1], in[0].Shape(), axis), src)}
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(3, 5), r.Ints(dtype.Int64, 0, 3, 4), r.Normal(4, 5)}, Attrs: IndexAttrs{}},
				{Name: "last axis, scaled", In: []*Array{r.Normal(2, 5), r.Ints(dtype.Int64, 0, 5, 7), r.Normal(2, 7)}, Attrs: IndexAttrs{Axis: -1, Scale: -0.5}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "src", In: []*Array{x, NewArray(dtype.Int64, 4), x}, Attrs: IndexAttrs{}}, ErrShape},
				{Sample{Name: "types", In: []*Array{x, NewArray(dtype.Int64, 2), NewArray(dtype.Float64, 2, 3)}, Attrs: IndexAttrs{}}, ErrDType},
			}
		},
	})
)

// IndexAttrs are the attributes of IndexSelect and IndexAdd.
type IndexAttrs struct {
	Axis  int
	Scale float64 // IndexAdd only; 0 means 1
}

func init() {
	Gather.Grad = func(b Builder, c *GradContext) []Value {
		zeros := b.zeros(c.In[0].Shape(), c.G[0].DType())
		return []Value{b.one(ScatterAdd, c.Attrs, zeros, c.In[1], c.G[0]), nil}
	}
	ScatterAdd.Grad = func(b Builder, c *GradContext) []Value {
		res := []Value{c.G[0], nil, nil}
		if c.Needs.Has(2) {
			res[2] = b.grow(b.one(Gather, c.Attrs, c.G[0], c.In[1]), c.In[2].Shape())
		}
		return res
	}
	Scatter.Grad = func(b Builder, c *GradContext) []Value {
		g, index, res := c.G[0], c.In[1], make([]Value, 3)
		if c.Needs.Has(0) {
			res[0] = b.one(Scatter, c.Attrs, g, index, b.zeros(index.Shape(), g.DType()))
		}
		if c.Needs.Has(2) {
			// Number the elements of src, and see whose number stayed.
			number := b.iota(index.Shape())
			last := b.one(Scatter, c.Attrs, b.zeros(g.Shape(), dtype.Int64), index, number)
			stayed := b.one(Eq, nil, b.one(Gather, c.Attrs, last, index), number)
			src := b.Where(stayed, b.one(Gather, c.Attrs, g, index), b.zeros(nil, g.DType()))
			res[2] = b.grow(src, c.In[2].Shape())
		}
		return res
	}
}

func (a *Array) copied() *Array {
	return &Array{a.Meta, slices.Clone(a.Data)}
}

// grow pads x with zeros at the end of each axis, to shape s.
func (b Builder) grow(x Value, s []int) Value {
	if slices.Equal(x.Shape(), s) {
		return x
	}
	after := make([]int, len(s))
	for i, n := range x.Shape() {
		after[i] = s[i] - n
	}
	return b.one(Pad, PadAttrs{Before: make([]int, len(s)), After: after}, x)
}

// lanes repeats a vector of indices of one axis for all lines of shape s.
func (b Builder) lanes(index Value, s []int, axis int) Value {
	one, full := slices.Repeat([]int{1}, len(s)), slices.Clone(s)
	one[axis], full[axis] = index.Shape()[0], index.Shape()[0]
	return b.Expand(b.Reshape(index, one), full)
}

// along calls f for each element of index with its number, the place in x it
// points to, and its position.
func along(name string, x []int, index *Array, axis int, f func(i, at int, idx []int)) {
	s := index.Meta.Shape
	if shape.Numel(s) == 0 {
		return
	}
	axis, _ = shape.Axis(axis, len(s))
	strides := shape.Strides(x)
	idx := make([]int, len(s))
	for i, v := range index.Data {
		at, size := 0, 1
		for k, p := range idx {
			if k == axis {
				p, size = int(v), x[k]
			}
			at += p * strides[k]
		}
		if v < 0 || int(v) >= size {
			panic(&IndexError{name, axis, int(v), size})
		}
		f(i, at, idx)
		shape.Next(idx, s)
	}
}

// scatter calls f with each element of src and the place in x it belongs to.
func scatter(name string, in []*Array, axis int, f func(at int, v float64)) {
	strides := shape.Strides(in[2].Meta.Shape)
	along(name, in[0].Meta.Shape, in[1], axis, func(_, at int, idx []int) {
		from := 0
		for k, p := range idx {
			from += p * strides[k]
		}
		f(at, in[2].Data[from])
	})
}

func alongFits(x, index Meta, axis int) error {
	axis, err := shape.Axis(axis, len(x.Shape))
	if err != nil {
		return asShape(err)
	}
	if !index.DType.IsInt() {
		return dtypeError("index is %s: want integers", index.DType)
	}
	fits := len(x.Shape) == len(index.Shape)
	for k := 0; fits && k < len(x.Shape); k++ {
		fits = k == axis || index.Shape[k] <= x.Shape[k]
	}
	if !fits {
		return shapeError("x %v, index %v along axis %d: want the same rank and no larger sizes on the other axes", x.Shape, index.Shape, axis)
	}
	return nil
}

func inferScatter(in []Meta, attrs any) ([]Meta, error) {
	if err := operands(in, 3, 3); err != nil {
		return nil, err
	}
	if err := alongFits(in[0], in[1], attrs.(AxisAttrs).Axis); err != nil {
		return nil, err
	}
	if err := srcFits(in); err != nil {
		return nil, err
	}
	return in[:1:1], nil
}

func srcFits(in []Meta) error {
	index, src := in[1].Shape, in[2].Shape
	fits := len(index) == len(src)
	for k := 0; fits && k < len(index); k++ {
		fits = index[k] <= src[k]
	}
	if !fits {
		return shapeError("index %v, src %v: want src at least as large as index", index, src)
	}
	if in[0].DType != in[2].DType {
		return dtypeError("x is %s, src %s: want one type; convert first", in[0].DType, in[2].DType)
	}
	return nil
}

// vectorFits checks a vector of indices of one axis of x.
func vectorFits(x, index Meta, axis int) (int, error) {
	if len(x.Shape) == 0 || len(index.Shape) != 1 {
		return 0, shapeError("x %v, index %v: want axes, and a vector of indices", x.Shape, index.Shape)
	}
	if !index.DType.IsInt() {
		return 0, dtypeError("index is %s: want integers", index.DType)
	}
	axis, err := shape.Axis(axis, len(x.Shape))
	return axis, asShape(err)
}

func scatterSamples(r *Rand) []Sample {
	return []Sample{
		{In: []*Array{r.Normal(3, 5), r.Ints(dtype.Int64, 0, 3, 4, 5), r.Normal(4, 5)}, Attrs: AxisAttrs{0}},
		{Name: "smaller elsewhere, larger src", In: []*Array{r.Normal(3, 5, 2), r.Ints(dtype.Int64, 0, 5, 2, 7, 1), r.Normal(3, 8, 2)}, Attrs: AxisAttrs{-2}},
		{Name: "all to one place", In: []*Array{r.Normal(2, 3), NewArray(dtype.Int32, 2, 9), r.Normal(2, 9)}, Attrs: AxisAttrs{1}},
		{Name: "integers", In: []*Array{r.Ints(dtype.Int64, -9, 9, 4), r.Ints(dtype.Int64, 0, 4, 6), r.Ints(dtype.Int64, -9, 9, 6)}, Attrs: AxisAttrs{0}},
		{Name: "empty index", In: []*Array{r.Normal(3, 5), NewArray(dtype.Int64, 3, 0), r.Normal(3, 0)}, Attrs: AxisAttrs{1}},
	}
}

func alongErrors(src *Array) []ErrorSample {
	x := NewArray(dtype.Float32, 2, 3)
	with := func(a ...*Array) []*Array {
		if src != nil {
			a = append(a, src)
		}
		return a
	}
	l := []ErrorSample{
		{Sample{Name: "axis", In: with(x, NewArray(dtype.Int64, 2, 3)), Attrs: AxisAttrs{2}}, ErrShape},
		{Sample{Name: "rank", In: with(x, NewArray(dtype.Int64, 2)), Attrs: AxisAttrs{}}, ErrShape},
		{Sample{Name: "larger elsewhere", In: with(x, NewArray(dtype.Int64, 2, 4)), Attrs: AxisAttrs{}}, ErrShape},
		{Sample{Name: "float index", In: with(x, x), Attrs: AxisAttrs{}}, ErrDType},
	}
	if src != nil {
		l = append(l,
			ErrorSample{Sample{Name: "src too small", In: []*Array{x, NewArray(dtype.Int64, 3, 3), src}, Attrs: AxisAttrs{}}, ErrShape},
			ErrorSample{Sample{Name: "type of src", In: []*Array{x, NewArray(dtype.Int64, 2, 3), NewArray(dtype.Float64, 2, 3)}, Attrs: AxisAttrs{}}, ErrDType})
	}
	return l
}
