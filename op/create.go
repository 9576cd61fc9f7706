package op

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// Attributes of the ops without operands.
type (
	// FullAttrs gives the shape, type and value of Full.
	FullAttrs struct {
		Shape []int
		DType dtype.DType
		Value float64
	}
	// ArangeAttrs gives the first number, the step and how many there are.
	ArangeAttrs struct {
		Start, Step float64
		N           int
		DType       dtype.DType
	}
	// EyeAttrs gives the rows and columns of Eye.
	EyeAttrs struct {
		Rows, Columns int
		DType         dtype.DType
	}
)

// created checks the type of an op without operands.
func created(s []int, d dtype.DType) ([]Meta, error) {
	if err := shape.Check(s); err != nil {
		return nil, asShape(err)
	}
	if d == dtype.Invalid {
		return nil, attrError("no element type")
	}
	return []Meta{{s, d}}, nil
}

// Full fills a new value.
var Full = register(&Op{
	Name: "full", Doc: "returns a value of the given shape whose elements are all the same number.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		a := attrs.(*FullAttrs)
		return created(a.Shape, a.DType)
	},
	Lower: func(in []Meta, attrs any) (*Fn, []float64) {
		a := attrs.(*FullAttrs)
		if a.DType.IsFloat() {
			return fullFloat, []float64{a.Value}
		}
		if a.DType == dtype.Bool {
			return fullBool, []float64{a.Value}
		}
		return fullInt, []float64{a.Value}
	},
	Samples: func(r *Rand) []Sample {
		return []Sample{
			{Attrs: &FullAttrs{[]int{2, 3}, dtype.Float32, 1.5}},
			{Attrs: &FullAttrs{nil, dtype.Int64, -7}},
			{Attrs: &FullAttrs{[]int{0, 4}, dtype.Bool, 1}},
			{Attrs: &FullAttrs{[]int{3}, dtype.Bool, 0.5}, Name: "a fraction is true"},
			{Attrs: &FullAttrs{[]int{2}, dtype.Float64, math.Inf(-1)}},
			{Attrs: &FullAttrs{[]int{1003}, dtype.BFloat16, 0.25}},
		}
	},
	Errors: func() []ErrorSample {
		return []ErrorSample{
			{Sample{Attrs: &FullAttrs{[]int{-1}, dtype.Float32, 0}}, ErrShape},
			{Sample{Attrs: &FullAttrs{[]int{1}, dtype.Invalid, 0}}, ErrAttr},
		}
	},
})

var (
	fullFloat = NewFn(nil, floats(1), func(_, u []V) []V { return u })
	fullInt   = NewFn(nil, []pointwise.Kind{pointwise.Int}, func(_, u []V) []V { return u })
	fullBool  = NewFn(nil, []pointwise.Kind{pointwise.Bool}, func(_, u []V) []V { return u })
)

// Arange counts. Every element is start + i*step, so that errors do not add up.
var Arange = register(&Op{
	Name: "arange", Doc: "returns the numbers start, start+step, start+2*step, ..., n of them.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		a := attrs.(*ArangeAttrs)
		if a.DType == dtype.Bool {
			return nil, dtypeError("arange of bool: want a number type")
		}
		return created([]int{a.N}, a.DType)
	},
	Lower: func(in []Meta, attrs any) (*Fn, []float64) {
		a := attrs.(*ArangeAttrs)
		if a.DType.IsFloat() {
			return arangeFloat, []float64{a.Start, a.Step}
		}
		return arangeInt, []float64{a.Start, a.Step}
	},
	Samples: func(r *Rand) []Sample {
		return []Sample{
			{Attrs: &ArangeAttrs{0, 1, 5, dtype.Int64}},
			{Attrs: &ArangeAttrs{10, -3, 7, dtype.Int32}},
			{Attrs: &ArangeAttrs{-0.5, 0.25, 9, dtype.Float32}},
			{Attrs: &ArangeAttrs{1, 0.1, 1003, dtype.Float64}},
			{Attrs: &ArangeAttrs{0, 1, 0, dtype.Float32}},
		}
	},
	Errors: func() []ErrorSample {
		return []ErrorSample{
			{Sample{Attrs: &ArangeAttrs{0, 1, -1, dtype.Int64}}, ErrShape},
			{Sample{Attrs: &ArangeAttrs{0, 1, 2, dtype.Bool}}, ErrDType},
		}
	},
})

// index returns the number of the element. An int32 holds its low word.
func index(k pointwise.Kind) V {
	low, high := pointwise.Index().Convert(k), pointwise.IndexHigh().Convert(k)
	if k == pointwise.Int {
		return high.Shl(num(32)).Or(low)
	}
	return high.Mul(num(1 << 32)).Add(low)
}

var (
	arangeFloat = NewFn(nil, floats(2), func(_, u []V) []V { return []V{u[1].Mul(index(pointwise.Float)).Add(u[0])} })
	arangeInt   = NewFn(nil, []pointwise.Kind{pointwise.Int, pointwise.Int}, func(_, u []V) []V { return []V{u[1].Mul(index(pointwise.Int)).Add(u[0])} })
)

// Eye is the identity matrix. Its element number i lies on the diagonal if i is
// one of the first multiples of columns+1, as many as there are columns.
var Eye = register(&Op{
	Name: "eye", Doc: "returns a matrix of ones on the diagonal and zeros elsewhere.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		a := attrs.(*EyeAttrs)
		m, err := created([]int{a.Rows, a.Columns}, a.DType)
		if err == nil && a.Rows*a.Columns > math.MaxInt32 {
			err = shapeError("identity of %d by %d: want at most %d elements", a.Rows, a.Columns, math.MaxInt32)
		}
		return m, err
	},
	Lower: func(in []Meta, attrs any) (*Fn, []float64) {
		c := float64(attrs.(*EyeAttrs).Columns)
		return eyeFn, []float64{c + 1, c * (c + 1)}
	},
	Samples: func(r *Rand) []Sample {
		return []Sample{
			{Attrs: &EyeAttrs{3, 3, dtype.Float32}},
			{Attrs: &EyeAttrs{2, 5, dtype.Float64}},
			{Attrs: &EyeAttrs{5, 2, dtype.Int64}},
			{Attrs: &EyeAttrs{3, 1, dtype.Bool}},
			{Attrs: &EyeAttrs{0, 4, dtype.Float32}},
		}
	},
	Errors: func() []ErrorSample {
		return []ErrorSample{{Sample{Attrs: &EyeAttrs{-1, 2, dtype.Float32}}, ErrShape}}
	},
})

var eyeFn = NewFn(nil, []pointwise.Kind{pointwise.Int, pointwise.Int}, func(_, u []V) []V {
	i := pointwise.Index().Convert(pointwise.Int)
	return []V{i.Rem(u[0]).Eq(num(0)).And(i.Lt(u[1]))}
})
