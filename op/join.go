package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// FlipAttrs and RollAttrs name axes; RepeatAttrs give a number of copies.
type (
	FlipAttrs struct{ Axes []int } // nil means all
	RollAttrs struct{ Shifts, Axes []int }
	// TileAttrs give the copies along each axis; it may have more than x.
	TileAttrs struct{ Repeats []int }
	// RepeatAttrs give the copies of each element along an axis.
	RepeatAttrs struct{ Axis, Times int }
	// TriangleAttrs give the last diagonal of Tril and the first of Triu.
	TriangleAttrs struct{ Diagonal int }
)

// Ops that put elements together in new places.
var (
	// Concat takes at most 64 operands, as many as a Mask holds.
	Concat = register(&Op{
		Name: "concat", Doc: "joins its operands along an axis.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 64); err != nil {
				return nil, err
			}
			s := slices.Clone(in[0].Shape)
			if len(s) == 0 {
				return nil, shapeError("concat of scalars: want at least one axis, or stack")
			}
			axis, err := shape.Axis(attrs.(AxisAttrs).Axis, len(s))
			if err != nil {
				return nil, asShape(err)
			}
			for _, m := range in[1:] {
				t := slices.Clone(m.Shape)
				if len(t) != len(s) {
					return nil, shapeError("%v and %v: want one rank", s, m.Shape)
				}
				t[axis] = s[axis]
				if !slices.Equal(s, t) {
					return nil, shapeError("%v and %v: want equal sizes but for axis %d", in[0].Shape, m.Shape, axis)
				}
				if m.DType != in[0].DType {
					return nil, dtypeError("%s and %s: want one type; convert first", in[0].DType, m.DType)
				}
				s[axis] += m.Shape[axis]
			}
			return []Meta{{s, in[0].DType}}, nil
		},
		Ref: func(in []*Array, attrs any) []*Array {
			s := slices.Clone(in[0].Meta.Shape)
			axis, _ := shape.Axis(attrs.(AxisAttrs).Axis, len(s))
			for _, x := range in[1:] {
				s[axis] += x.Meta.Shape[axis]
			}
			y := &Array{Meta{s, in[0].Meta.DType}, make([]float64, 0, shape.Numel(s))}
			for o := range shape.Numel(s[:axis]) {
				for _, x := range in {
					n := shape.Numel(x.Meta.Shape[axis:])
					y.Data = append(y.Data, x.Data[o*n:(o+1)*n]...)
				}
			}
			return []*Array{y}
		},
		Grad: func(b Builder, c *GradContext) []Value {
			axis, _ := shape.Axis(c.Attrs.(AxisAttrs).Axis, len(c.G[0].Shape()))
			res := make([]Value, len(c.In))
			at := 0
			for i, x := range c.In {
				n := x.Shape()[axis]
				if c.Needs.Has(i) {
					res[i] = b.Slice(c.G[0], axis, at, at+n)
				}
				at += n
			}
			return res
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(2, 3), r.Normal(4, 3), r.Normal(1, 3)}, Attrs: AxisAttrs{0}},
				{Name: "last axis, one empty", In: []*Array{r.Normal(2, 3, 2), r.Normal(2, 3, 0), r.Normal(2, 3, 5)}, Attrs: AxisAttrs{-1}},
				{Name: "one", In: []*Array{r.Normal(3)}, Attrs: AxisAttrs{0}},
				{Name: "integers", In: []*Array{r.Ints(dtype.Int64, 0, 9, 2, 2), r.Ints(dtype.Int64, 0, 9, 2, 1)}, Attrs: AxisAttrs{1}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "sizes", In: []*Array{x, NewArray(dtype.Float32, 2, 4)}, Attrs: AxisAttrs{0}}, ErrShape},
				{Sample{Name: "ranks", In: []*Array{x, NewArray(dtype.Float32, 2)}, Attrs: AxisAttrs{0}}, ErrShape},
				{Sample{Name: "axis", In: []*Array{x, x}, Attrs: AxisAttrs{2}}, ErrShape},
				{Sample{Name: "types", In: []*Array{x, NewArray(dtype.Int64, 2, 3)}, Attrs: AxisAttrs{0}}, ErrDType},
				{Sample{Name: "nothing", Attrs: AxisAttrs{0}}, ErrAttr},
			}
		},
	})

	Stack = register(&Op{
		Name: "stack", Doc: "joins its operands, of one shape, along a new axis.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 64); err != nil {
				return nil, err
			}
			s := in[0].Shape
			for _, m := range in[1:] {
				if !slices.Equal(s, m.Shape) {
					return nil, shapeError("%v and %v: want one shape", s, m.Shape)
				}
				if m.DType != in[0].DType {
					return nil, dtypeError("%s and %s: want one type; convert first", in[0].DType, m.DType)
				}
			}
			axis, err := shape.Axis(attrs.(AxisAttrs).Axis, len(s)+1)
			if err != nil {
				return nil, asShape(err)
			}
			return []Meta{{slices.Insert(slices.Clone(s), axis, len(in)), in[0].DType}}, nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			s := in[0].Shape()
			axis, _ := shape.Axis(attrs.(AxisAttrs).Axis, len(s)+1)
			parts := make([]Value, len(in))
			for i, x := range in {
				parts[i] = b.Reshape(x, slices.Insert(slices.Clone(s), axis, 1))
			}
			return b.Apply(Concat, AxisAttrs{axis}, parts...)
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(2, 3), r.Normal(2, 3), r.Normal(2, 3)}, Attrs: AxisAttrs{1}},
				{Name: "scalars", In: []*Array{r.Normal(), r.Normal()}, Attrs: AxisAttrs{0}},
				{Name: "last", In: []*Array{r.Normal(2), r.Normal(2)}, Attrs: AxisAttrs{-1}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "shapes", In: []*Array{x, NewArray(dtype.Float32, 1, 3)}, Attrs: AxisAttrs{}}, ErrShape},
				{Sample{Name: "axis", In: []*Array{x, x}, Attrs: AxisAttrs{3}}, ErrShape},
				{Sample{Name: "types", In: []*Array{x, NewArray(dtype.Int64, 2, 3)}, Attrs: AxisAttrs{}}, ErrDType},
			}
		},
	})

	Flip = register(&Op{
		Name: "flip", Doc: "reverses the order along axes.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			a, _ := attrs.(FlipAttrs)
			_, err := shape.Axes(a.Axes, len(in[0].Shape))
			return in, asShape(err)
		},
		Ref: func(in []*Array, attrs any) []*Array {
			a, _ := attrs.(FlipAttrs)
			s := in[0].Meta.Shape
			y := NewArray(in[0].Meta.DType, s...)
			// Read forwards, write backwards.
			v := shape.Contiguous(s)
			strides := slices.Clone(v.Strides)
			for _, k := range sortedAxes(a.Axes, len(s)) {
				v.Offset += strides[k] * (s[k] - 1)
				strides[k] = -strides[k]
			}
			v.Strides = strides
			each(v, func(i, at int) { y.Data[at] = in[0].Data[i] })
			return []*Array{y}
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(2, 3, 4)}, Attrs: FlipAttrs{[]int{1}}},
				{Name: "all", In: []*Array{r.Normal(3, 5)}, Attrs: FlipAttrs{}},
				{Name: "two", In: []*Array{r.Normal(2, 3, 4)}, Attrs: FlipAttrs{[]int{-1, 0}}},
				{Name: "empty", In: []*Array{r.Normal(0, 3)}, Attrs: FlipAttrs{[]int{0}}},
				{Name: "bools", In: []*Array{r.Ints(dtype.Bool, 0, 2, 7)}, Attrs: FlipAttrs{}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "axis", In: []*Array{x}, Attrs: FlipAttrs{[]int{2}}}, ErrShape},
				{Sample{Name: "twice", In: []*Array{x}, Attrs: FlipAttrs{[]int{1, -1}}}, ErrShape},
			}
		},
	})

	Roll = register(&Op{
		Name: "roll", Doc: "moves elements on by Shifts along Axes; what leaves at the end enters at the start. Without axes, the flattened elements move.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			a, _ := attrs.(RollAttrs)
			if len(a.Axes) != len(a.Shifts) && (len(a.Axes) > 0 || len(a.Shifts) != 1) {
				return nil, attrError("Shifts %v, Axes %v: want as many, or one shift without axes", a.Shifts, a.Axes)
			}
			for _, k := range a.Axes {
				if _, err := shape.Axis(k, len(in[0].Shape)); err != nil {
					return nil, asShape(err)
				}
			}
			return in, nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			x, a := in[0], attrs.(RollAttrs)
			s := x.Shape()
			axes := a.Axes
			if len(axes) == 0 {
				x, axes = b.Reshape(x, []int{shape.Numel(s)}), []int{0}
			}
			for i, k := range axes {
				if k, _ = shape.Axis(k, len(x.Shape())); len(x.Shape()) == 0 || x.Shape()[k] == 0 {
					continue
				}
				n := x.Shape()[k]
				if cut := ((-a.Shifts[i])%n + n) % n; cut != 0 {
					x = b.one(Concat, AxisAttrs{k}, b.Slice(x, k, cut, n), b.Slice(x, k, 0, cut))
				}
			}
			if x == in[0] {
				x = b.one(Concat, AxisAttrs{0}, b.Reshape(x, []int{shape.Numel(s)}))
			}
			return []Value{b.Reshape(x, s)}
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(3, 5)}, Attrs: RollAttrs{[]int{2}, []int{1}}},
				{Name: "flat", In: []*Array{r.Normal(3, 5)}, Attrs: RollAttrs{Shifts: []int{-4}}},
				{Name: "two axes, far", In: []*Array{r.Normal(2, 3, 4)}, Attrs: RollAttrs{[]int{-1, 9}, []int{-1, 1}}},
				{Name: "nowhere", In: []*Array{r.Normal(3, 5)}, Attrs: RollAttrs{[]int{5}, []int{1}}},
				{Name: "empty", In: []*Array{r.Normal(3, 0)}, Attrs: RollAttrs{[]int{1}, []int{1}}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "axis", In: []*Array{x}, Attrs: RollAttrs{[]int{1}, []int{2}}}, ErrShape},
				{Sample{Name: "lengths", In: []*Array{x}, Attrs: RollAttrs{[]int{1, 2}, []int{1}}}, ErrAttr},
			}
		},
	})

	Tile = register(&Op{
		Name: "tile", Doc: "repeats x as a whole along each axis; Repeats may name more axes than x has, in front.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			a, _ := attrs.(TileAttrs)
			s := in[0].Shape
			if len(a.Repeats) < len(s) {
				return nil, attrError("Repeats %v of %v: want one for each axis at least", a.Repeats, s)
			}
			out := slices.Clone(a.Repeats)
			for i, n := range a.Repeats {
				if n < 0 {
					return nil, attrError("Repeats %v: want no negative number", a.Repeats)
				}
				if k := i - len(out) + len(s); k >= 0 {
					out[i] *= s[k]
				}
			}
			return []Meta{{out, in[0].DType}}, nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			repeats := attrs.(TileAttrs).Repeats
			s := append(slices.Repeat([]int{1}, len(repeats)-len(in[0].Shape())), in[0].Shape()...)
			var apart, wide, out []int
			for i, n := range repeats {
				apart, wide, out = append(apart, 1, s[i]), append(wide, n, s[i]), append(out, n*s[i])
			}
			return []Value{b.Reshape(b.Expand(b.Reshape(in[0], apart), wide), out)}
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(2, 3)}, Attrs: TileAttrs{[]int{2, 3}}},
				{Name: "new axis", In: []*Array{r.Normal(3)}, Attrs: TileAttrs{[]int{2, 1}}},
				{Name: "none", In: []*Array{r.Normal(3)}, Attrs: TileAttrs{[]int{0}}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "too few", In: []*Array{x}, Attrs: TileAttrs{[]int{2}}}, ErrAttr},
				{Sample{Name: "negative", In: []*Array{x}, Attrs: TileAttrs{[]int{2, -1}}}, ErrAttr},
			}
		},
	})

	Repeat = register(&Op{
		Name: "repeat", Doc: "repeats each element Times along an axis.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			a := attrs.(RepeatAttrs)
			s := slices.Clone(in[0].Shape)
			axis, err := shape.Axis(a.Axis, len(s))
			if err != nil || len(s) == 0 {
				return nil, shapeError("%v has no axis %d to repeat along", s, a.Axis)
			}
			if a.Times < 0 {
				return nil, attrError("Times is %d: want no negative number", a.Times)
			}
			s[axis] *= a.Times
			return []Meta{{s, in[0].DType}}, nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, s := attrs.(RepeatAttrs), in[0].Shape()
			axis, _ := shape.Axis(a.Axis, len(s))
			out := slices.Clone(s)
			out[axis] *= a.Times
			x := b.Reshape(in[0], slices.Insert(slices.Clone(s), axis+1, 1))
			return []Value{b.Reshape(b.Expand(x, slices.Insert(slices.Clone(s), axis+1, a.Times)), out)}
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(2, 3)}, Attrs: RepeatAttrs{1, 2}},
				{Name: "first axis", In: []*Array{r.Normal(2, 3)}, Attrs: RepeatAttrs{-2, 3}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "axis", In: []*Array{x}, Attrs: RepeatAttrs{2, 1}}, ErrShape},
				{Sample{Name: "negative", In: []*Array{x}, Attrs: RepeatAttrs{0, -1}}, ErrAttr},
			}
		},
	})

	Tril = triangle("tril", "returns x with zeros above a diagonal of its last two axes.", lowerTriangle)
	Triu = triangle("triu", "returns x with zeros below a diagonal of its last two axes.", upperTriangle)
)

func init() {
	Flip.Grad = func(b Builder, c *GradContext) []Value { return b.Apply(Flip, c.Attrs, c.G[0]) }
}

var (
	lowerTriangle = triangleFn(func(row, column, d V) V { return column.Sub(row).Le(d) })
	upperTriangle = triangleFn(func(row, column, d V) V { return column.Sub(row).Ge(d) })
)

func triangleFn(keep func(row, column, diagonal V) V) *Fn {
	return NewFn(nil, []pointwise.Kind{pointwise.Int, pointwise.Int}, func(_, u []V) []V {
		i := pointwise.Index().Convert(pointwise.Int)
		return []V{keep(i.Div(u[0]), i.Rem(u[0]), u[1])}
	})
}

// triangleMask returns a bool matrix [rows, columns] that is true in a triangle.
func (b Builder) triangleMask(fn *Fn, rows, columns, diagonal int) Value {
	return b.one(Map, &MapAttrs{Fn: fn, Uniforms: []float64{float64(columns), float64(diagonal)}, Out: []dtype.DType{dtype.Bool}, Shape: []int{rows, columns}})
}

func triangle(name, doc string, fn *Fn) *Op {
	return register(&Op{
		Name: name, Doc: doc,
		Infer: func(in []Meta, _ any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			if len(in[0].Shape) < 2 {
				return nil, shapeError("%v: want at least two axes", in[0].Shape)
			}
			return in, nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, _ := attrs.(TriangleAttrs)
			s := in[0].Shape()
			mask := b.triangleMask(fn, s[len(s)-2], s[len(s)-1], a.Diagonal)
			return []Value{b.Where(mask, in[0], b.zeros(nil, in[0].DType()))}
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(4, 5)}, Attrs: TriangleAttrs{}},
				{Name: "batch, above", In: []*Array{r.Normal(2, 5, 3)}, Attrs: TriangleAttrs{1}},
				{Name: "below", In: []*Array{r.Ints(dtype.Int64, 1, 9, 3, 3)}, Attrs: TriangleAttrs{-1}},
				{Name: "empty", In: []*Array{r.Normal(0, 3)}, Attrs: TriangleAttrs{}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{{Sample{Name: "rank", In: []*Array{NewArray(dtype.Float32, 3)}, Attrs: TriangleAttrs{}}, ErrShape}}
		},
	})
}
