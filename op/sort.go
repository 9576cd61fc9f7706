package op

import (
	"math"
	"slices"
	"sort"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// Attributes of the ops that order elements. NaN is the largest of all.
type (
	// SortAttrs: sorting is always stable.
	SortAttrs struct {
		Axis       int
		Descending bool
	}
	// TopKAttrs ask for the K largest elements, or the smallest.
	TopKAttrs struct {
		K, Axis  int
		Smallest bool
	}
	// ArgAttrs name the axis of ArgMax, Max and their like.
	ArgAttrs struct {
		Axis int
		Flat bool // over all elements as one line, instead of Axis
		Keep bool // leave the axis with size 1
	}
	// KthAttrs ask for the K-th smallest element, counted from 1.
	KthAttrs struct {
		K, Axis int
		Keep    bool
	}
)

// Ops that order elements along an axis.
var (
	Sort = register(&Op{
		Name: "sort", Doc: "returns the elements sorted along an axis, NaN last (first if descending), and their indices. Equal elements keep their order.", Outputs: 2,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			_, err := shape.Axis(attrs.(SortAttrs).Axis, len(in[0].Shape))
			return []Meta{in[0], {in[0].Shape, dtype.Int64}}, asShape(err)
		},
		Ref: func(in []*Array, attrs any) []*Array {
			x, a := in[0], attrs.(SortAttrs)
			y, index := NewArray(x.Meta.DType, x.Meta.Shape...), NewArray(dtype.Int64, x.Meta.Shape...)
			eachLine(x.Meta.Shape, a.Axis, false, func(line []int) {
				order := consecutive(0, len(line))
				sort.SliceStable(order, func(i, j int) bool {
					p, q := x.Data[line[order[i]]], x.Data[line[order[j]]]
					if a.Descending {
						p, q = q, p
					}
					return p < q || p == p && q != q
				})
				for i, at := range line {
					y.Data[at], index.Data[at] = x.Data[line[order[i]]], float64(order[i])
				}
			})
			return []*Array{y, index}
		},
		SaveOut: Nth(1),
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Distinct(0.1, 3, 7)}, Attrs: SortAttrs{Axis: 1}},
				{Name: "descending, first axis", In: []*Array{r.Distinct(0.1, 5, 2, 2)}, Attrs: SortAttrs{Axis: 0, Descending: true}},
				{Name: "ties", In: []*Array{r.Ints(dtype.Float32, 0, 3, 2, 19)}, Attrs: SortAttrs{Axis: -1}, Bent: true},
				{Name: "ties, descending", In: []*Array{r.Ints(dtype.Int64, 0, 3, 2, 19)}, Attrs: SortAttrs{Axis: -1, Descending: true}},
				{Name: "NaN", In: []*Array{withNaN(r.Normal(2, 5))}, Attrs: SortAttrs{Axis: 1}, Bent: true},
				{Name: "scalar", In: []*Array{r.Normal()}, Attrs: SortAttrs{}},
				{Name: "empty", In: []*Array{r.Normal(2, 0)}, Attrs: SortAttrs{Axis: 1}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{{Sample{Name: "axis", In: []*Array{NewArray(dtype.Float32, 2, 3)}, Attrs: SortAttrs{Axis: 2}}, ErrShape}}
		},
	})

	ArgSort = register(&Op{
		Name: "argsort", Doc: "returns the indices that sort along an axis, stably.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			out, err := Sort.Infer(in, attrs)
			if err != nil {
				return nil, err
			}
			return out[1:], nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value { return b.Apply(Sort, attrs, in...)[1:] },
		Samples:   func(r *Rand) []Sample { return Sort.Samples(r) },
		Errors:    func() []ErrorSample { return Sort.Errors() },
	})

	TopK = register(&Op{
		Name: "topk", Doc: "returns the K largest (or smallest) elements along an axis, in order, and their indices; of equal ones the first.", Outputs: 2,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			a := attrs.(TopKAttrs)
			axis, n, err := axisSize(in[0].Shape, a.Axis)
			if err != nil {
				return nil, err
			}
			if a.K < 0 || a.K > n {
				return nil, attrError("%v: K is %d: want 0 to %d", in[0].Shape, a.K, n)
			}
			s := slices.Clone(in[0].Shape)
			if len(s) > 0 {
				s[axis] = a.K
			}
			return []Meta{{s, in[0].DType}, {s, dtype.Int64}}, nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a := attrs.(TopKAttrs)
			sorted := slices.Clone(b.Apply(Sort, SortAttrs{Axis: a.Axis, Descending: !a.Smallest}, in...))
			if axis, n, _ := axisSize(in[0].Shape(), a.Axis); a.K < n {
				for i, v := range sorted {
					sorted[i] = b.Slice(v, axis, 0, a.K)
				}
			}
			return sorted
		},
		SaveOut: Nth(1),
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Distinct(0.1, 3, 7)}, Attrs: TopKAttrs{K: 3, Axis: 1}},
				{Name: "smallest, first axis", In: []*Array{r.Distinct(0.1, 5, 2, 2)}, Attrs: TopKAttrs{K: 2, Smallest: true}},
				{Name: "all", In: []*Array{r.Distinct(0.1, 2, 4)}, Attrs: TopKAttrs{K: 4, Axis: -1}},
				{Name: "ties", In: []*Array{r.Ints(dtype.Int64, 0, 3, 2, 19)}, Attrs: TopKAttrs{K: 5, Axis: -1}},
				{Name: "NaN", In: []*Array{withNaN(r.Normal(2, 5))}, Attrs: TopKAttrs{K: 2, Axis: 1}, Bent: true},
				{Name: "none", In: []*Array{r.Normal(2, 3)}, Attrs: TopKAttrs{K: 0, Axis: 1}},
				{Name: "few of many", In: []*Array{r.Distinct(0.1, 2, 67)}, Attrs: TopKAttrs{K: 9, Axis: 1}},
				{Name: "few of many ties", In: []*Array{r.Ints(dtype.Int64, 0, 9, 3, 67)}, Attrs: TopKAttrs{K: 9, Axis: 1}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "axis", In: []*Array{x}, Attrs: TopKAttrs{Axis: 2}}, ErrShape},
				{Sample{Name: "too many", In: []*Array{x}, Attrs: TopKAttrs{K: 4, Axis: 1}}, ErrAttr},
			}
		},
	})

	ArgMax = arg("argmax", "returns the index of the largest element along an axis: the first if tied, the first NaN if there is one.", func(x, best float64) bool { return x > best })
	ArgMin = arg("argmin", "returns the index of the smallest element along an axis: the first if tied, the first NaN if there is one.", func(x, best float64) bool { return x < best })

	Max = extremum("max", "returns the largest element along an axis, NaN if one is NaN, and its index (the first if tied).", ArgMax)
	Min = extremum("min", "returns the smallest element along an axis, NaN if one is NaN, and its index (the first if tied).", ArgMin)

	KthValue = register(&Op{
		Name: "kthvalue", Doc: "returns the K-th smallest element along an axis, and its index.", Outputs: 2,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			a := attrs.(KthAttrs)
			axis, n, err := axisSize(in[0].Shape, a.Axis)
			if err != nil {
				return nil, err
			}
			if a.K < 1 || a.K > n {
				return nil, attrError("%v: K is %d: want 1 to %d", in[0].Shape, a.K, n)
			}
			return picked(in[0], axis, a.Keep), nil
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a := attrs.(KthAttrs)
			res := slices.Clone(b.Apply(Sort, SortAttrs{Axis: a.Axis}, in...))
			if len(in[0].Shape()) == 0 {
				return res
			}
			axis, _, _ := axisSize(in[0].Shape(), a.Axis)
			for i, v := range res {
				res[i] = b.Reshape(b.Slice(v, axis, a.K-1, a.K), shape.Reduced(in[0].Shape(), []int{axis}, a.Keep))
			}
			return res
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Distinct(0.1, 3, 7)}, Attrs: KthAttrs{K: 3, Axis: 1}},
				{Name: "kept", In: []*Array{r.Distinct(0.1, 5, 2, 2)}, Attrs: KthAttrs{K: 1, Keep: true}},
				{Name: "scalar", In: []*Array{r.Normal()}, Attrs: KthAttrs{K: 1}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{{Sample{Name: "K", In: []*Array{NewArray(dtype.Float32, 2, 3)}, Attrs: KthAttrs{K: 0}}, ErrAttr}}
		},
	})

	Median    = median("median", "returns the median along an axis, the lower of two, NaN if one is NaN, and its index.", false)
	NanMedian = median("nanmedian", "returns the median along an axis of what is not NaN, the lower of two, and its index.", true)

	CountNonzero = register(&Op{
		Name: "countnonzero", Doc: "returns how many elements over axes are not zero.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			a, _ := attrs.(ReduceAttrs)
			return inferFold(in[0].Shape, a.Axes, a.Keep, BySum, dtype.Int64)
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, _ := attrs.(ReduceAttrs)
			return b.Apply(Reduce, &ReduceMapAttrs{Fn: truth, By: BySum, Axes: sortedAxes(a.Axes, len(in[0].Shape())), Keep: a.Keep, Out: dtype.Int64}, in...)
		},
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Ints(dtype.Float32, -1, 2, 3, 5)}, Attrs: ReduceAttrs{Axes: []int{1}}, Bent: true},
				{Name: "all bools", In: []*Array{r.Ints(dtype.Bool, 0, 2, 3, 5)}, Attrs: ReduceAttrs{}},
			}
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{{Sample{Name: "axis", In: []*Array{NewArray(dtype.Float32, 2)}, Attrs: ReduceAttrs{Axes: []int{1}}}, ErrShape}}
		},
	})
)

func init() {
	Sort.Grad = gradAtIndices
	TopK.Grad = gradAtIndices
}

// axisSize returns an axis of s and its size; a scalar counts as one element.
func axisSize(s []int, axis int) (int, int, error) {
	axis, err := shape.Axis(axis, len(s))
	if err != nil {
		return 0, 0, asShape(err)
	}
	if len(s) == 0 {
		return 0, 1, nil
	}
	return axis, s[axis], nil
}

// picked returns the types of one element along an axis of x, and its index.
func picked(x Meta, axis int, keep bool) []Meta {
	s := x.Shape
	if len(s) > 0 {
		s = shape.Reduced(s, []int{axis}, keep)
	}
	return []Meta{{s, x.DType}, {s, dtype.Int64}}
}

func inferArg(in []Meta, attrs any) ([]Meta, error) {
	if err := operands(in, 1, 1); err != nil {
		return nil, err
	}
	a, _ := attrs.(ArgAttrs)
	x := in[0]
	if a.Flat {
		if shape.Numel(x.Shape) == 0 {
			return nil, shapeError("%v has no elements", x.Shape)
		}
		all, _ := shape.Axes(nil, len(x.Shape))
		s := shape.Reduced(x.Shape, all, a.Keep)
		return []Meta{{s, x.DType}, {s, dtype.Int64}}, nil
	}
	axis, n, err := axisSize(x.Shape, a.Axis)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, shapeError("axis %d of %v is empty", axis, x.Shape)
	}
	return picked(x, axis, a.Keep), nil
}

func arg(name, doc string, better func(x, best float64) bool) *Op {
	return register(&Op{
		Name: name, Doc: doc,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			out, err := inferArg(in, attrs)
			if err != nil {
				return nil, err
			}
			return out[1:], nil
		},
		Ref: func(in []*Array, attrs any) []*Array {
			x := in[0]
			a, _ := attrs.(ArgAttrs)
			out, _ := inferArg([]Meta{x.Meta}, a)
			y := &Array{Meta: out[1]}
			s, axis := x.Meta.Shape, a.Axis
			if a.Flat {
				s, axis = []int{len(x.Data)}, 0
			}
			eachLine(s, axis, false, func(line []int) {
				best := 0
				for i, at := range line {
					v, held := x.Data[at], x.Data[line[best]]
					if held == held && (v != v || better(v, held)) {
						best = i
					}
				}
				y.Data = append(y.Data, float64(best))
			})
			return []*Array{y}
		},
		Samples: argSamples, Errors: argErrors,
	})
}

// extremum adds the element that an arg op finds.
func extremum(name, doc string, arg *Op) *Op {
	return register(&Op{
		Name: name, Doc: doc, Outputs: 2,
		Infer: inferArg,
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, _ := attrs.(ArgAttrs)
			x := in[0]
			out, _ := inferArg([]Meta{{x.Shape(), x.DType()}}, a)
			axis := a.Axis
			if a.Flat {
				x, axis = b.Reshape(x, []int{shape.Numel(x.Shape())}), 0
			}
			index := b.one(arg, ArgAttrs{Axis: axis, Keep: true}, x)
			y := b.one(Gather, AxisAttrs{axis}, x, index)
			return []Value{b.Reshape(y, out[0].Shape), b.Reshape(index, out[0].Shape)}
		},
		Samples: argSamples, Errors: argErrors,
	})
}

func median(name, doc string, ignoreNaN bool) *Op {
	return register(&Op{
		Name: name, Doc: doc, Outputs: 2,
		Infer: inferArg,
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			a, _ := attrs.(ArgAttrs)
			x := in[0]
			out, _ := inferArg([]Meta{{x.Shape(), x.DType()}}, a)
			axis := a.Axis
			if a.Flat || len(x.Shape()) == 0 {
				x, axis = b.Reshape(x, []int{shape.Numel(x.Shape())}), 0
			}
			axis, n, _ := axisSize(x.Shape(), axis)
			sorted := slices.Clone(b.Apply(Sort, SortAttrs{Axis: axis}, x))
			// NaN is sorted last, so the middle depends on how many there are.
			count := &ReduceMapAttrs{Fn: nanInt, By: BySum, Axes: []int{axis}, Keep: true, Out: dtype.Int64}
			if !x.DType().IsFloat() {
				count.Fn = noneInt
			}
			middle := medianPlace
			if ignoreNaN {
				middle = nanMedianPlace
			}
			place := b.one(Map, &MapAttrs{Fn: middle, Uniforms: []float64{float64(n)}, Out: []dtype.DType{dtype.Int64}}, b.one(Reduce, count, x))
			for i, v := range sorted {
				sorted[i] = b.Reshape(b.one(Gather, AxisAttrs{axis}, v, place), out[i].Shape)
			}
			return sorted
		},
		Samples: argSamples, Errors: argErrors,
	})
}

var (
	nanInt      = fn1(func(x V) V { return x.IsNaN().Convert(pointwise.Int) })
	noneInt     = NewFn([]pointwise.Kind{pointwise.Int}, nil, func(in, _ []V) []V { return []V{in[0].Sub(in[0])} })
	ints        = []pointwise.Kind{pointwise.Int}
	medianPlace = NewFn(ints, ints, func(in, n []V) []V {
		last := n[0].Sub(pointwise.Const(1))
		return []V{in[0].Gt(pointwise.Const(0)).Select(last, last.Div(pointwise.Const(2)))}
	})
	nanMedianPlace = NewFn(ints, ints, func(in, n []V) []V {
		last := n[0].Sub(in[0]).Sub(pointwise.Const(1))
		return []V{last.Max(pointwise.Const(0)).Div(pointwise.Const(2))}
	})
)

// withNaN puts NaN of both signs into a: 0/0 is a negative one on x86.
func withNaN(a *Array) *Array {
	a.Data[0] = math.Copysign(math.NaN(), -1)
	a.Data[len(a.Data)/4] = math.NaN()
	a.Data[len(a.Data)-2] = math.NaN() // of a row that does not begin with one
	return a
}

func argSamples(r *Rand) []Sample {
	return []Sample{
		{In: []*Array{r.Distinct(0.1, 3, 7)}, Attrs: ArgAttrs{Axis: 1}},
		{Name: "first axis, kept", In: []*Array{r.Distinct(0.1, 5, 2, 2)}, Attrs: ArgAttrs{Keep: true}},
		{Name: "all", In: []*Array{r.Distinct(0.1, 4, 3)}, Attrs: ArgAttrs{Flat: true}},
		{Name: "ties", In: []*Array{r.Ints(dtype.Int64, 0, 3, 2, 19)}, Attrs: ArgAttrs{Axis: -1}},
		{Name: "NaN", In: []*Array{withNaN(r.Normal(2, 5))}, Attrs: ArgAttrs{Axis: 1}, Bent: true},
		{Name: "scalar", In: []*Array{r.Normal()}, Attrs: ArgAttrs{}},
	}
}

func argErrors() []ErrorSample {
	return []ErrorSample{
		{Sample{Name: "axis", In: []*Array{NewArray(dtype.Float32, 2, 3)}, Attrs: ArgAttrs{Axis: 2}}, ErrShape},
		{Sample{Name: "empty axis", In: []*Array{NewArray(dtype.Float32, 2, 0)}, Attrs: ArgAttrs{Axis: 1}}, ErrShape},
		{Sample{Name: "empty", In: []*Array{NewArray(dtype.Float32, 2, 0)}, Attrs: ArgAttrs{Flat: true}}, ErrShape},
	}
}
