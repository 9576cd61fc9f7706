package op

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// ScanAttrs name the axis of a running operation and its direction.
type ScanAttrs struct {
	Axis    int
	Reverse bool // from the last element to the first
}

// Running operations along an axis. Integers and bools sum and multiply to
// int64.
var (
	CumSum = scan("cumsum", "returns the running sum along an axis.", integersWiden, 1, func(x, acc float64) float64 { return acc + x })

	CumProd = scan("cumprod", "returns the running product along an axis.", integersWiden, 1, func(x, acc float64) float64 { return acc * x })

	LogCumSumExp = scan("logcumsumexp", "returns the logarithm of the running sum of e**x along an axis.", floatOnly, 8, func(x, acc float64) float64 {
		lo, hi := math.Min(x, acc), math.Max(x, acc)
		if math.IsInf(hi, 0) {
			return hi
		}
		return hi + math.Log1p(math.Exp(lo-hi))
	})

	// LinearScan is closed under differentiation: the gradient by b is a linear
	// scan in the other direction. CumProd and LogCumSumExp have their
	// gradients from it, without a division.
	LinearScan = register(&Op{
		Name: "linearscan", Doc: "returns y with y[i] = a[i]*y[i-1] + b[i] along an axis, starting from 0.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 2, 2); err != nil {
				return nil, err
			}
			if !slices.Equal(in[0].Shape, in[1].Shape) {
				return nil, shapeError("%v and %v: want one shape", in[0].Shape, in[1].Shape)
			}
			if in[0].DType != in[1].DType || !in[0].DType.IsFloat() {
				return nil, dtypeError("%s, %s: want one float type; convert first", in[0].DType, in[1].DType)
			}
			_, err := shape.Axis(attrs.(ScanAttrs).Axis, len(in[0].Shape))
			return in[:1:1], asShape(err)
		},
		Ref: func(in []*Array, attrs any) []*Array {
			a := attrs.(ScanAttrs)
			y := NewArray(in[0].Meta.DType, in[0].Meta.Shape...)
			eachLine(y.Meta.Shape, a.Axis, a.Reverse, func(line []int) {
				acc := 0.0
				for _, at := range line {
					acc = in[0].Data[at]*acc + in[1].Data[at]
					y.Data[at] = acc
				}
			})
			return []*Array{y}
		},
		SaveIn: Nth(0), SaveOut: Nth(0),
		Samples: func(r *Rand) []Sample {
			return []Sample{
				{In: []*Array{r.Normal(3, 5), r.Normal(3, 5)}, Attrs: ScanAttrs{Axis: 1}},
				{Name: "reverse", In: []*Array{r.Normal(4, 3, 2), r.Normal(4, 3, 2)}, Attrs: ScanAttrs{Axis: 0, Reverse: true}},
				{Name: "one element", In: []*Array{r.Normal(2, 1), r.Normal(2, 1)}, Attrs: ScanAttrs{Axis: -1}},
				{Name: "empty", In: []*Array{r.Normal(2, 0), r.Normal(2, 0)}, Attrs: ScanAttrs{Axis: 1}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "shapes", In: []*Array{x, NewArray(dtype.Float32, 3)}, Attrs: ScanAttrs{}}, ErrShape},
				{Sample{Name: "axis", In: []*Array{x, x}, Attrs: ScanAttrs{Axis: 2}}, ErrShape},
				{Sample{Name: "types", In: []*Array{x, NewArray(dtype.Float64, 2, 3)}, Attrs: ScanAttrs{}}, ErrDType},
			}
		},
	})

	CumMax = running("cummax", "returns the largest element so far along an axis, NaN from the first NaN on, and its index (the last if tied).", func(x, best float64) bool { return x >= best })
	CumMin = running("cummin", "returns the smallest element so far along an axis, NaN from the first NaN on, and its index (the last if tied).", func(x, best float64) bool { return x <= best })
)

func init() {
	CumSum.Grad = func(b Builder, c *GradContext) []Value {
		a := c.Attrs.(ScanAttrs)
		a.Reverse = !a.Reverse
		return []Value{b.one(CumSum, a, c.G[0])}
	}
	// The gradient of element i is the product before it, times
	// s[i] = g[i] + x[i+1]*s[i+1].
	CumProd.SaveIn, CumProd.SaveOut = Nth(0), Nth(0)
	CumProd.Grad = func(b Builder, c *GradContext) []Value {
		a := c.Attrs.(ScanAttrs)
		x, y, g := c.In[0], c.Out[0], c.G[0]
		back := ScanAttrs{a.Axis, !a.Reverse}
		s := b.one(LinearScan, back, b.shift(x, back, 1), g)
		return []Value{b.Mul(s, b.shift(y, a, 1))}
	}
	// The gradient of element i is e**(x[i]-y[i]) times
	// t[i] = g[i] + e**(y[i]-y[i+1])*t[i+1]; no exponent is positive.
	LogCumSumExp.SaveIn, LogCumSumExp.SaveOut = Nth(0), Nth(0)
	LogCumSumExp.Grad = func(b Builder, c *GradContext) []Value {
		a := c.Attrs.(ScanAttrs)
		x, y, g := c.In[0], c.Out[0], c.G[0]
		back := ScanAttrs{a.Axis, !a.Reverse}
		t := b.one(LinearScan, back, b.Map(expRise, nil, y, b.shift(y, back, math.Inf(1)))[0], g)
		return []Value{b.Mul(t, b.Map(expRise, nil, x, y)[0])}
	}
	LinearScan.Grad = func(b Builder, c *GradContext) []Value {
		a := c.Attrs.(ScanAttrs)
		back := ScanAttrs{a.Axis, !a.Reverse}
		gb := b.one(LinearScan, back, b.shift(c.In[0], back, 0), c.G[0])
		res := []Value{nil, gb}
		if c.Needs.Has(0) {
			res[0] = b.Mul(gb, b.shift(c.Out[0], a, 0))
		}
		return res
	}
}

// expRise is e**(x-y), but 0 where x is -Inf even if y is too.
var expRise = fn2(func(x, y V) V {
	none := x.Eq(pointwise.Const(math.Inf(-1)))
	return none.Select(pointwise.Const(0), none.Select(y, x).Sub(y).Exp())
})

// shift moves elements one place on in the direction of a scan; v enters.
func (b Builder) shift(x Value, a ScanAttrs, v float64) Value {
	if len(x.Shape()) == 0 {
		return b.Full(nil, x.DType(), v)
	}
	axis, _ := shape.Axis(a.Axis, len(x.Shape()))
	before, after := make([]int, len(x.Shape())), make([]int, len(x.Shape()))
	if x.Shape()[axis] == 0 {
		return x
	}
	if before[axis], after[axis] = 1, -1; a.Reverse {
		before, after = after, before
	}
	return b.one(Pad, PadAttrs{Before: before, After: after, Value: v}, x)
}

// eachLine calls f with the places of the elements along an axis, in order, for
// each line of a shape.
func eachLine(s []int, axis int, reverse bool, f func(line []int)) {
	if len(s) == 0 {
		f([]int{0})
		return
	}
	axis, _ = shape.Axis(axis, len(s))
	n, inner := s[axis], shape.Numel(s[axis+1:])
	for o := range shape.Numel(s[:axis]) {
		for i := range inner {
			line := make([]int, n)
			for k := range line {
				line[k] = (o*n+k)*inner + i
			}
			if reverse {
				slices.Reverse(line)
			}
			f(line)
		}
	}
}

func floatOnly(d dtype.DType) (dtype.DType, error) {
	if !d.IsFloat() {
		return d, dtypeError("%s: want a float type; convert first", d)
	}
	return d, nil
}

// scan adds a running operation whose values for samples stay within -size and
// size.
func scan(name, doc string, typ func(d dtype.DType) (dtype.DType, error), size float64, step func(x, acc float64) float64) *Op {
	return register(&Op{
		Name: name, Doc: doc,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			if _, err := shape.Axis(attrs.(ScanAttrs).Axis, len(in[0].Shape)); err != nil {
				return nil, asShape(err)
			}
			d, err := typ(in[0].DType)
			return []Meta{{in[0].Shape, d}}, err
		},
		Ref: func(in []*Array, attrs any) []*Array {
			a := attrs.(ScanAttrs)
			d, _ := typ(in[0].Meta.DType)
			y := NewArray(d, in[0].Meta.Shape...)
			eachLine(y.Meta.Shape, a.Axis, a.Reverse, func(line []int) {
				for i, at := range line {
					y.Data[at] = in[0].Data[at]
					if i > 0 {
						y.Data[at] = step(in[0].Data[at], y.Data[line[i-1]])
					}
				}
			})
			return []*Array{y}
		},
		Samples: func(r *Rand) []Sample {
			zeros := r.Normal(2, 6)
			zeros.Data[2], zeros.Data[4], zeros.Data[9] = 0, 0, 0
			l := []Sample{
				{In: []*Array{r.Floats(dtype.Float32, -size, size, 3, 5)}, Attrs: ScanAttrs{Axis: 1}},
				{Name: "reverse", In: []*Array{r.Floats(dtype.Float32, -size, size, 4, 3, 2)}, Attrs: ScanAttrs{Axis: 0, Reverse: true}},
				{Name: "zeros", In: []*Array{zeros}, Attrs: ScanAttrs{Axis: -1}},
				{Name: "scalar", In: []*Array{r.Normal()}, Attrs: ScanAttrs{}},
				{Name: "empty", In: []*Array{r.Normal(2, 0)}, Attrs: ScanAttrs{Axis: 1}},
			}
			if _, err := typ(dtype.Int32); err == nil {
				l = append(l, Sample{Name: "integers", In: []*Array{r.Ints(dtype.Int32, -3, 4, 2, 5)}, Attrs: ScanAttrs{Axis: 1}})
			}
			return l
		},
		Errors: func() []ErrorSample { return scanErrors(typ) },
	})
}

// running adds a running extremum.
func running(name, doc string, replaces func(x, best float64) bool) *Op {
	return register(&Op{
		Name: name, Doc: doc, Outputs: 2,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			_, err := shape.Axis(attrs.(ScanAttrs).Axis, len(in[0].Shape))
			return []Meta{in[0], {in[0].Shape, dtype.Int64}}, asShape(err)
		},
		Ref: func(in []*Array, attrs any) []*Array {
			x, a := in[0], attrs.(ScanAttrs)
			y, index := NewArray(x.Meta.DType, x.Meta.Shape...), NewArray(dtype.Int64, x.Meta.Shape...)
			eachLine(x.Meta.Shape, a.Axis, a.Reverse, func(line []int) {
				best := 0
				for i, at := range line {
					v, held := x.Data[at], x.Data[line[best]]
					if v != v || held == held && replaces(v, held) {
						best = i
					}
					y.Data[at] = x.Data[line[best]]
					if index.Data[at] = float64(best); a.Reverse {
						index.Data[at] = float64(len(line) - 1 - best)
					}
				}
			})
			return []*Array{y, index}
		},
		SaveOut: Nth(1), Grad: gradAtIndices,
		Samples: func(r *Rand) []Sample {
			ties := r.Ints(dtype.Float32, 0, 3, 2, 9)
			nan := r.Normal(2, 5)
			nan.Data[2] = math.NaN()
			return []Sample{
				{In: []*Array{r.Distinct(0.1, 3, 7)}, Attrs: ScanAttrs{Axis: 1}},
				{Name: "reverse", In: []*Array{r.Distinct(0.1, 5, 2, 2)}, Attrs: ScanAttrs{Axis: 0, Reverse: true}},
				{Name: "ties", In: []*Array{ties}, Attrs: ScanAttrs{Axis: -1}, Bent: true},
				{Name: "NaN", In: []*Array{nan}, Attrs: ScanAttrs{Axis: 1}, Bent: true},
				{Name: "integers", In: []*Array{r.Ints(dtype.Int64, -9, 9, 2, 5)}, Attrs: ScanAttrs{Axis: 1}},
				{Name: "empty", In: []*Array{r.Normal(2, 0)}, Attrs: ScanAttrs{Axis: 1}},
			}
		},
		Errors: func() []ErrorSample { return scanErrors(keepsType) },
	})
}

// gradAtIndices is the gradient of ops that pick elements along an axis: their
// first output holds the elements, the second the indices.
func gradAtIndices(b Builder, c *GradContext) []Value {
	axis := 0
	switch a := c.Attrs.(type) {
	case ScanAttrs:
		axis = a.Axis
	case SortAttrs:
		axis = a.Axis
	case TopKAttrs:
		axis = a.Axis
	}
	return []Value{b.one(ScatterAdd, AxisAttrs{axis}, b.zeros(c.In[0].Shape(), c.G[0].DType()), c.Out[1], c.G[0])}
}

func scanErrors(typ func(d dtype.DType) (dtype.DType, error)) []ErrorSample {
	l := []ErrorSample{{Sample{Name: "axis", In: []*Array{NewArray(dtype.Float32, 2, 3)}, Attrs: ScanAttrs{Axis: 2}}, ErrShape}}
	if _, err := typ(dtype.Int64); err != nil {
		l = append(l, ErrorSample{Sample{Name: "integers", In: []*Array{NewArray(dtype.Int64, 2)}, Attrs: ScanAttrs{}}, ErrDType})
	}
	return l
}
