package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// IndexPutAttrs say whether IndexPut adds or stores.
type IndexPutAttrs struct{ Accumulate bool }

// EmbeddingAttrs are the attributes of Embedding.
type EmbeddingAttrs struct {
	Padding     *int // the id whose row gets no gradient; nil means none
	ScaleByFreq bool // divide each row's gradient by how often its id occurs
}

// OneHotAttrs give the number of classes.
type OneHotAttrs struct{ Classes int }

// Indexing by tensors: index tensors stand for the leading axes of x, one each,
// and broadcast together. Negative indices count from the end.
var (
	IndexGet = register(&Op{
		Name: "indexget", Doc: "returns x[i, j, ...] for tensors of indices i, j, ... of the leading axes, which broadcast.",
		Infer: func(in []Meta, _ any) ([]Meta, error) {
			s, err := indexed(in[0], in[1:])
			if err != nil {
				return nil, err
			}
			return []Meta{{s, in[0].DType}}, nil
		},
		Ref: func(in []*Array, _ any) []*Array {
			x := in[0]
			lead, at := pointedAt("indexget", x.Meta.Shape, in[1:])
			rest := x.Meta.Shape[len(in)-1:]
			n := shape.Numel(rest)
			y := NewArray(x.Meta.DType, append(slices.Clone(lead), rest...)...)
			for i, p := range at {
				copy(y.Data[i*n:(i+1)*n], x.Data[p*n:])
			}
			return []*Array{y}
		},
		SaveIn: ^Nth(0),
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{Name: "rows", In: []*Array{r.Normal(5, 3), r.Ints(dtype.Int64, -5, 5, 4)}},
				{Name: "elements, broadcast", In: []*Array{r.Normal(5, 3), r.Ints(dtype.Int64, 0, 5, 4, 1), r.Ints(dtype.Int32, -3, 3, 2)}},
				{Name: "two of three axes", In: []*Array{r.Normal(3, 4, 2), r.Ints(dtype.Int64, 0, 3, 6), r.Ints(dtype.Int64, 0, 4, 6)}},
				{Name: "one row", In: []*Array{r.Normal(3, 4), r.Ints(dtype.Int64, 0, 3)}},
				{Name: "no index", In: []*Array{r.Normal(3, 4), NewArray(dtype.Int64, 0)}},
			}
		},
		Errors: func() []ErrorSample {
			x, i := NewArray(dtype.Float32, 2, 3), NewArray(dtype.Int64, 2)
			return []ErrorSample{
				{Sample{Name: "none", In: []*Array{x}}, ErrAttr},
				{Sample{Name: "too many", In: []*Array{x, i, i, i}}, ErrShape},
				{Sample{Name: "broadcast", In: []*Array{x, i, NewArray(dtype.Int64, 3)}}, ErrShape},
				{Sample{Name: "float index", In: []*Array{x, x}}, ErrDType},
			}
		},
	})

	IndexPut = register(&Op{
		Name: "indexput", Doc: "returns x with values, which broadcast, stored or added at x[i, j, ...]; of several stored at one place the last in row-major order wins.",
		Infer: func(in []Meta, _ any) ([]Meta, error) {
			if len(in) < 3 {
				return nil, attrError("%d operands: want x, values and indices", len(in))
			}
			s, err := indexed(in[0], in[2:])
			if err != nil {
				return nil, err
			}
			if _, err := shape.Contiguous(in[1].Shape).Expand(s); err != nil {
				return nil, shapeError("values %v do not broadcast to the %v that the indices select", in[1].Shape, s)
			}
			if in[0].DType != in[1].DType {
				return nil, dtypeError("x is %s, values %s: want one type; convert first", in[0].DType, in[1].DType)
			}
			return in[:1:1], nil
		},
		Ref: func(in []*Array, attrs any) []*Array {
			a, _ := attrs.(IndexPutAttrs)
			y := in[0].copied()
			lead, at := pointedAt("indexput", y.Meta.Shape, in[2:])
			rest := y.Meta.Shape[len(in)-2:]
			n := shape.Numel(rest)
			values := in[1].Broadcast(append(slices.Clone(lead), rest...))
			for i, p := range at {
				for k := range n {
					if a.Accumulate {
						y.Data[p*n+k] += values.Data[i*n+k]
					} else {
						y.Data[p*n+k] = values.Data[i*n+k]
					}
				}
			}
			return []*Array{y}
		},
		SaveIn: ^Nth(0, 1),
		Samples: func(r *Rand) []Sample {
			var l []Sample
			for _, a := range []IndexPutAttrs{{false}, {true}} {
				l = append(l,
					Sample{Name: "rows", In: []*Array{r.Normal(5, 3), r.Normal(7, 3), r.Ints(dtype.Int64, -5, 5, 7)}, Attrs: a},
					Sample{Name: "one value to elements", In: []*Array{r.Normal(5, 3), r.Normal(), r.Ints(dtype.Int64, 0, 5, 4, 1), r.Ints(dtype.Int64, 0, 3, 2)}, Attrs: a},
					Sample{Name: "values broadcast", In: []*Array{r.Normal(3, 4, 2), r.Normal(6, 1), r.Ints(dtype.Int64, 0, 3, 6), r.Ints(dtype.Int32, 0, 4, 6)}, Attrs: a},
					Sample{Name: "no index", In: []*Array{r.Normal(3, 4), r.Normal(4), NewArray(dtype.Int64, 0)}, Attrs: a})
			}
			return l
		},
		Errors: func() []ErrorSample {
			x, i := NewArray(dtype.Float32, 2, 3), NewArray(dtype.Int64, 2)
			return []ErrorSample{
				{Sample{Name: "no index", In: []*Array{x, x}, Attrs: IndexPutAttrs{}}, ErrAttr},
				{Sample{Name: "values", In: []*Array{x, NewArray(dtype.Float32, 4), i}, Attrs: IndexPutAttrs{}}, ErrShape},
				{Sample{Name: "types", In: []*Array{x, NewArray(dtype.Int64, 3), i}, Attrs: IndexPutAttrs{}}, ErrDType},
			}
		},
	})

	Embedding = register(&Op{
		Name: "embedding", Doc: "returns the rows of weight [v, d] that ids [...] name, 0 to v-1: [..., d].",
		Infer: func(in []Meta, _ any) ([]Meta, error) {
			if err := operands(in, 2, 2); err != nil {
				return nil, err
			}
			if len(in[0].Shape) != 2 {
				return nil, shapeError("weight %v: want [v, d]", in[0].Shape)
			}
			s, err := indexed(in[0], in[1:])
			return []Meta{{s, in[0].DType}}, err
		},
		// Not IndexGet: ids below 0 are mistakes, and do not count from the end.
		Decompose: func(b Builder, in []Value, _ any) []Value {
			weight, ids := in[0], in[1]
			rows := b.one(IndexSelect, IndexAttrs{}, weight, b.Reshape(ids, []int{shape.Numel(ids.Shape())}))
			return []Value{b.Reshape(rows, append(slices.Clone(ids.Shape()), weight.Shape()[1]))}
		},
		SaveIn: Nth(1),
		Samples: func(r *Rand) []Sample {
			two := 2
			return []Sample{
				{In: []*Array{r.Normal(5, 3), r.Ints(dtype.Int64, 0, 5, 2, 4)}, Attrs: EmbeddingAttrs{}},
				{Name: "one id", In: []*Array{r.Normal(5, 3), r.Ints(dtype.Int32, 0, 5)}, Attrs: EmbeddingAttrs{}},
				// The gradients are meant to differ from the derivative here.
				{Name: "padding", In: []*Array{r.Normal(4, 3), r.Ints(dtype.Int64, 0, 4, 9)}, Attrs: EmbeddingAttrs{Padding: &two}, Bent: true},
				{Name: "scaled", In: []*Array{r.Normal(4, 3), r.Ints(dtype.Int64, 0, 4, 9)}, Attrs: EmbeddingAttrs{ScaleByFreq: true}, Bent: true},
			}
		},
		Errors: func() []ErrorSample {
			w := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "rank", In: []*Array{NewArray(dtype.Float32, 2), NewArray(dtype.Int64, 2)}, Attrs: EmbeddingAttrs{}}, ErrShape},
				{Sample{Name: "float ids", In: []*Array{w, w}, Attrs: EmbeddingAttrs{}}, ErrDType},
			}
		},
	})

	OneHot = register(&Op{
		Name: "onehot", Doc: "returns 1 at the class each element of x [...] names and 0 elsewhere, as int64 [..., Classes]; all 0 if there is no such class.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			if !in[0].DType.IsInt() {
				return nil, dtypeError("classes are %s: want integers", in[0].DType)
			}
			a, _ := attrs.(OneHotAttrs)
			if a.Classes < 1 {
				return nil, attrError("Classes is %d: want at least 1", a.Classes)
			}
			return []Meta{{append(slices.Clone(in[0].Shape), a.Classes), dtype.Int64}}, nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			x, n := in[0], attrs.(OneHotAttrs).Classes
			x = b.Reshape(x, append(slices.Clone(x.Shape()), 1))
			return []Value{b.Cast(b.one(Eq, nil, x, b.iota([]int{n})), dtype.Int64)}
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Ints(dtype.Int64, 0, 5, 3, 2)}, Attrs: OneHotAttrs{5}},
				{Name: "int32 scalar", In: []*Array{r.Ints(dtype.Int32, 0, 3)}, Attrs: OneHotAttrs{3}},
				{Name: "outside", In: []*Array{r.Ints(dtype.Int64, -2, 5, 7)}, Attrs: OneHotAttrs{2}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{
				{Sample{Name: "no classes", In: []*Array{NewArray(dtype.Int64, 2)}, Attrs: OneHotAttrs{}}, ErrAttr},
				{Sample{Name: "floats", In: []*Array{NewArray(dtype.Float32, 2)}, Attrs: OneHotAttrs{2}}, ErrDType},
			}
		},
	})
)

func init() {
	IndexGet.Grad = func(b Builder, c *GradContext) []Value {
		res := make([]Value, len(c.In))
		in := append([]Value{b.zeros(c.In[0].Shape(), c.G[0].DType()), c.G[0]}, c.In[1:]...)
		res[0] = b.one(IndexPut, IndexPutAttrs{Accumulate: true}, in...)
		return res
	}
	IndexPut.Grad = func(b Builder, c *GradContext) []Value {
		a, _ := c.Attrs.(IndexPutAttrs)
		g, index, res := c.G[0], c.In[2:], make([]Value, len(c.In))
		put := func(x, v Value) Value { return b.one(IndexPut, a, append([]Value{x, v}, index...)...) }
		get := func(x Value) Value { return b.one(IndexGet, nil, append([]Value{x}, index...)...) }
		if res[0] = g; !a.Accumulate && c.Needs.Has(0) {
			res[0] = put(g, b.zeros(nil, g.DType()))
		}
		if c.Needs.Has(1) {
			v := get(g)
			if !a.Accumulate {
				// Number the values, and see whose number stayed.
				number := b.iota(v.Shape())
				stayed := b.one(Eq, nil, get(put(b.zeros(g.Shape(), dtype.Int64), number)), number)
				v = b.Where(stayed, v, b.zeros(nil, g.DType()))
			}
			res[1] = b.SumTo(v, c.In[1].Shape())
		}
		return res
	}
	Embedding.Grad = func(b Builder, c *GradContext) []Value {
		a, _ := c.Attrs.(EmbeddingAttrs)
		s, ids, g := c.In[0].Shape(), c.In[1], c.G[0]
		column := append(slices.Clone(ids.Shape()), 1)
		if a.Padding != nil {
			padding := b.one(Eq.Scalar(), []float64{float64(*a.Padding)}, b.Reshape(ids, column))
			g = b.Where(padding, b.zeros(nil, g.DType()), g)
		}
		if a.ScaleByFreq {
			one := b.Full(nil, g.DType(), 1)
			count := b.one(IndexPut, IndexPutAttrs{Accumulate: true}, b.zeros(s[:1], g.DType()), one, ids)
			g = b.Div(g, b.Reshape(b.one(IndexGet, nil, count, ids), column))
		}
		zeros := b.zeros(s, g.DType())
		return []Value{b.one(IndexPut, IndexPutAttrs{Accumulate: true}, zeros, g, ids), nil}
	}
}

// iota numbers the elements of shape s in row-major order, as int64.
func (b Builder) iota(s []int) Value {
	return b.one(Map, &MapAttrs{Fn: number, Out: []dtype.DType{dtype.Int64}, Shape: append([]int{}, s...)})
}

var number = NewFn(nil, nil, func(_, _ []V) []V { return []V{pointwise.Index().Convert(pointwise.Int)} })

// indexed returns the shape that index tensors select of x.
func indexed(x Meta, index []Meta) ([]int, error) {
	if len(index) == 0 {
		return nil, attrError("no indices: want one for each leading axis of x %v that is indexed", x.Shape)
	}
	if len(index) > len(x.Shape) {
		return nil, shapeError("x %v: %d tensors of indices for %d axes", x.Shape, len(index), len(x.Shape))
	}
	for _, m := range index {
		if !m.DType.IsInt() {
			return nil, dtypeError("index is %s: want integers", m.DType)
		}
	}
	lead, err := broadcast(index)
	if err != nil {
		return nil, err
	}
	return append(slices.Clone(lead), x.Shape[len(index):]...), nil
}

// pointedAt returns the shape of the broadcast indices, and the row-major place
// among the indexed axes of s that each one means.
func pointedAt(name string, s []int, index []*Array) ([]int, []int) {
	metas := make([]Meta, len(index))
	for i, a := range index {
		metas[i] = a.Meta
	}
	lead, _ := broadcast(metas)
	at := make([]int, shape.Numel(lead))
	for axis, a := range index {
		for i, v := range a.Broadcast(lead).Data {
			k := int(v)
			if k < -s[axis] || k >= s[axis] {
				panic(&IndexError{name, axis, k, s[axis]})
			}
			if k < 0 {
				k += s[axis]
			}
			at[i] = at[i]*s[axis] + k
		}
	}
	return lead, at
}
