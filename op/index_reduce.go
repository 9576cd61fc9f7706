package op

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// ScatterReduceAttrs say how ScatterReduce combines elements.
type ScatterReduceAttrs struct {
	Axis int
	By   By   // sum, product, largest, smallest
	Mean bool // divide sums by the number of elements
	// ExcludeSelf leaves the elements of x out where any of src arrives.
	ExcludeSelf bool
}

// ScatterReduce combines what arrives at each place.
var ScatterReduce = register(&Op{
	Name: "scatterreduce", Doc: "returns x with each element of src combined, by sum, mean, product, maximum or minimum, into the place at its index along an axis.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		if err := operands(in, 3, 3); err != nil {
			return nil, err
		}
		a := attrs.(ScatterReduceAttrs)
		if a.Mean && a.By != BySum {
			return nil, attrError("Mean by %v: want it by sum", a.By)
		}
		if err := alongFits(in[0], in[1], a.Axis); err != nil {
			return nil, err
		}
		return in[:1:1], srcFits(in)
	},
	Ref: func(in []*Array, attrs any) []*Array {
		a := attrs.(ScatterReduceAttrs)
		y, count := in[0].copied(), make([]float64, len(in[0].Data))
		fold := [...]func(x, y float64) float64{
			func(x, y float64) float64 { return x + y }, func(x, y float64) float64 { return x * y }, math.Max, math.Min,
		}[a.By]
		scatter("scatterreduce", in, a.Axis, func(at int, v float64) {
			if count[at]++; a.ExcludeSelf && count[at] == 1 {
				y.Data[at] = v
			} else {
				y.Data[at] = fold(y.Data[at], v)
			}
		})
		for i, n := range count {
			if !a.ExcludeSelf {
				n++
			}
			if a.Mean && n > 1 {
				if y.Data[i] /= n; !y.Meta.DType.IsFloat() {
					y.Data[i] = math.Floor(y.Data[i])
				}
			}
		}
		return []*Array{y}
	},
	SaveIn: Nth(0, 1, 2), SaveOut: Nth(0),
	Samples: func(r *Rand) []Sample {
		var l []Sample
		for _, a := range []ScatterReduceAttrs{{By: BySum}, {By: BySum, Mean: true}, {By: ByProd}, {By: ByMax}, {By: ByMin}} {
			name := a.By.String()
			if a.Mean {
				name = "mean"
			}
			for _, a.ExcludeSelf = range []bool{false, true} {
				if a.ExcludeSelf {
					name += ", without self"
				}
				a.Axis = 0
				l = append(l, Sample{Name: name, In: []*Array{r.Distinct(0.3, 3, 4), r.Ints(dtype.Int64, 0, 3, 4, 4), r.Distinct(0.31, 4, 4)}, Attrs: a})
				a.Axis = 1
				l = append(l, Sample{Name: name + ", larger src", In: []*Array{r.Distinct(0.3, 3, 2), r.Ints(dtype.Int64, 0, 2, 2, 5), r.Distinct(0.31, 3, 6)}, Attrs: a})
			}
		}
		zeros := r.Normal(2, 5)
		zeros.Data[1], zeros.Data[3], zeros.Data[7] = 0, 0, 0
		return append(l, Sample{Name: "product with zeros", In: []*Array{r.Normal(2, 2), NewArray(dtype.Int64, 2, 5), zeros}, Attrs: ScatterReduceAttrs{Axis: 1, By: ByProd}})
	},
	Errors: func() []ErrorSample {
		x, index := NewArray(dtype.Float32, 2, 3), NewArray(dtype.Int64, 2, 3)
		return []ErrorSample{
			{Sample{Name: "mean of products", In: []*Array{x, index, x}, Attrs: ScatterReduceAttrs{By: ByProd, Mean: true}}, ErrAttr},
			{Sample{Name: "axis", In: []*Array{x, index, x}, Attrs: ScatterReduceAttrs{Axis: 2}}, ErrShape},
			{Sample{Name: "src", In: []*Array{x, index, NewArray(dtype.Float32, 2, 2)}, Attrs: ScatterReduceAttrs{}}, ErrShape},
		}
	},
})

func init() { ScatterReduce.Grad = scatterReduceGrad }

func scatterReduceGrad(b Builder, c *GradContext) []Value {
	a := c.Attrs.(ScatterReduceAttrs)
	x, index, y, g := c.In[0], c.In[1], c.Out[0], c.G[0]
	d, axis := g.DType(), AxisAttrs{a.Axis}
	src := b.crop(c.In[2], index.Shape())
	gather := func(v Value) Value { return b.one(Gather, axis, v, index) }
	add := func(to, v Value) Value { return b.one(ScatterAdd, axis, to, index, v) }
	ones := func(s []int) Value { return b.Expand(b.Full(nil, d, 1), s) }

	// What x counts at each place: 1, or 0 where it is left out.
	self := ones(x.Shape())
	if a.ExcludeSelf {
		arrived := add(b.zeros(x.Shape(), d), ones(index.Shape()))
		self = b.Map(isZero, nil, arrived)[0]
	}
	var gx, gs Value
	switch {
	case a.By == BySum && !a.Mean:
		gx, gs = b.Mul(g, self), gather(g)
	case a.By == BySum:
		g = b.Div(g, add(self, ones(index.Shape())))
		gx, gs = b.Mul(g, self), gather(g)
	case a.By == ByProd:
		// The product of the others: of all that are not zero, divided by this
		// one. If another one is zero it is a factor, so that the second
		// derivatives are right too.
		kept := b.Map(selfOrOne, nil, x, self)[0]
		rest := b.one(ScatterReduce, ScatterReduceAttrs{Axis: a.Axis, By: ByProd}, b.Map(zeroToOne, nil, kept)[0], index, b.Map(zeroToOne, nil, src)[0])
		zeros := add(b.Map(isZero, nil, kept)[0], b.Map(isZero, nil, src)[0])
		sum := add(b.Map(onlyZero, nil, kept)[0], b.Map(onlyZero, nil, src)[0])
		gx = b.Mul(b.Map(others, nil, kept, rest, zeros, sum, g)[0], self)
		gs = b.Map(others, nil, src, gather(rest), gather(zeros), gather(sum), gather(g))[0]
	default: // ties share evenly
		hitX := b.Mul(b.Cast(b.one(Eq, nil, x, y), d), self)
		hitS := b.Cast(b.one(Eq, nil, src, gather(y)), d)
		g = b.Div(g, add(hitX, hitS))
		gx, gs = b.Mul(hitX, g), b.Mul(hitS, gather(g))
	}
	return []Value{gx, nil, b.grow(gs, c.In[2].Shape())}
}

var (
	isZero    = fn1(func(x V) V { return x.Eq(pointwise.Const(0)).Convert(pointwise.Float) })
	zeroToOne = fn1(func(x V) V { return x.Eq(pointwise.Const(0)).Select(pointwise.Const(1), x) })
	selfOrOne = fn2(func(x, self V) V { return self.Eq(pointwise.Const(0)).Select(pointwise.Const(1), x) })
	onlyZero  = fn1(func(x V) V { return x.Eq(pointwise.Const(0)).Select(x, pointwise.Const(0)) })
	others    = NewFn(floats(5), nil, func(in, _ []V) []V {
		x, rest, zeros, sum, g := in[0], in[1], in[2], in[3], in[4]
		zero, one := pointwise.Const(0), pointwise.Const(1)
		isZero := x.Eq(zero)
		n := zeros.Sub(isZero.Select(one, zero)) // of the others
		sum = isZero.Select(sum.Sub(x), sum)
		share := g.Mul(rest).Div(isZero.Select(one, x))
		return []V{n.Eq(zero).Select(share, n.Eq(one).Select(share.Mul(sum), zero))}
	})
)
