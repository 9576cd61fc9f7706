package op

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// CrossEntropy's targets may also be probabilities, of x's type and shape. Its second output is log(sum of e**x) over the
// classes, [n, ...], its third what ReduceMean divides by: the weight of the targets that count, or of probabilities their
// number; 1 of the other reductions. Both are float32 for the half types.
//
// With them the gradient is a function of each logit: none of its passes makes anything of x's size but the result.
var CrossEntropy = register(&Op{
	Name: "crossentropy", Doc: "returns the cross entropy of logits x [n, c, ...] and target classes, or target probabilities of x's shape, then log(sum of e**x) and what the mean is divided by.", Outputs: 3,
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		out, err := inferLoss(in, attrs, true)
		if err != nil {
			return nil, err
		}
		s, axis := in[0].Shape, classAxis(in[0].Shape)
		stats := statsType(in[0].DType)
		return append(out, Meta{slices.Delete(slices.Clone(s), axis, axis+1), stats}, Meta{[]int{}, stats}), nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		e := entropyOf(in, attrs)
		lse := e.logSumExp(b)
		loss, over := e.loss(b, lse)
		return []Value{loss, b.Reshape(lse, e.rows), over}
	},
	SaveIn: Nth(0, 1, 2), SaveOut: Nth(0, 1, 2),
	Grad: func(b Builder, c *GradContext) []Value {
		e := entropyOf(c.In, c.Attrs)
		return e.grad(b, c, b.Reshape(c.Out[1], e.kept), c.Out[2])
	},
	Samples: func(r *Rand) []Sample {
		l := lossSamples(r, true)
		p := func(s ...int) *Array { return r.Floats(dtype.Float32, 0, 1, s...) }
		return append(l,
			Sample{Name: "probabilities", In: []*Array{r.Normal(3, 4), p(3, 4)}, Attrs: LossAttrs{}},
			Sample{Name: "probabilities, weights", In: []*Array{r.Normal(2, 4, 3), p(2, 4, 3), p(4)}, Attrs: LossAttrs{Smoothing: 0.2}},
			Sample{Name: "probabilities, one", In: []*Array{r.Normal(4), p(4)}, Attrs: LossAttrs{Reduction: ReduceSum}},
			Sample{Name: "float64", In: []*Array{r.Floats(dtype.Float64, -2, 2, 5, 7), r.Ints(dtype.Int64, 0, 7, 5)}, Attrs: LossAttrs{Smoothing: 0.1}})
	},
	Errors: func() []ErrorSample {
		return append(lossErrors(), ErrorSample{Sample{Name: "smoothing", In: []*Array{NewArray(dtype.Float32, 3, 4), NewArray(dtype.Int64, 3)}, Attrs: LossAttrs{Smoothing: 2}}, ErrAttr},
			ErrorSample{Sample{Name: "probabilities", In: []*Array{NewArray(dtype.Float32, 3, 4), NewArray(dtype.Float32, 3)}, Attrs: LossAttrs{}}, ErrShape})
	},
})

// An entropy is a call of CrossEntropy. The loss of a row x is
//
//	sum over the classes k of t[k] * w[k] * (lse - x[k]),
//
// where t is the target, smoothed: a*[k is the class] + b, or a*p[k] + b.
type entropy struct {
	LossAttrs
	x, target Value
	weight    Value // of the classes, in the shape that broadcasts against x; nil if all are 1
	vector    Value // as it was given
	axis      int
	rows      []int // the shape of the targets
	kept      []int // that with an axis of size 1 for the classes
	a, b      float64
}

func entropyOf(in []Value, attrs any) entropy {
	a, _ := attrs.(LossAttrs)
	s := in[0].Shape()
	e := entropy{LossAttrs: a, x: in[0], target: in[1], axis: classAxis(s), a: 1 - a.Smoothing}
	e.rows, e.kept = slices.Delete(slices.Clone(s), e.axis, e.axis+1), slices.Clone(s)
	e.kept[e.axis] = 1
	e.b = a.Smoothing / float64(max(s[e.axis], 1))
	if len(in) > 2 {
		e.vector = in[2]
	}
	return e
}

// classes brings the weights to the shape in which they broadcast against x.
func (e *entropy) classes(b Builder) {
	if e.vector == nil {
		return
	}
	e.weight = b.Reshape(e.vector, e.alongClasses())
}

func (e *entropy) alongClasses() []int {
	s := slices.Repeat([]int{1}, len(e.x.Shape()))
	s[e.axis] = e.x.Shape()[e.axis]
	return s
}

func (e *entropy) ofClasses() bool { return e.target.DType().IsInt() }

// stats is the type in which rows are added up.
func (e *entropy) stats() dtype.DType { return statsType(e.x.DType()) }

func (e *entropy) logSumExp(b Builder) Value {
	if shape.Numel(e.x.Shape()) == 0 {
		return b.Full(e.kept, e.stats(), math.Inf(-1))
	}
	m := b.one(AMax, ReduceAttrs{Axes: []int{e.axis}, Keep: true}, e.x)
	m = b.Map(finiteOrZero, nil, m)[0]
	sum := b.foldSum(expDiff, nil, e.stats(), []int{e.axis}, e.x, m)
	return b.one(Map, &MapAttrs{Fn: logPlus, Out: []dtype.DType{e.stats()}}, m, sum)
}

// loss returns the first output and the third.
func (e *entropy) loss(b Builder, lse Value) (loss, over Value) {
	e.classes(b)
	one := func() Value { return b.Full([]int{}, e.stats(), 1) }
	// What smoothing or probabilities add to each row.
	terms := func(fn *Fn, in ...Value) Value {
		return b.foldSum(fn, []float64{e.a, e.b}, e.stats(), []int{e.axis}, some(append(append([]Value{e.x, lse}, in...), e.weight))...)
	}
	if !e.ofClasses() {
		each := terms(entropyTerms[e.weight != nil], e.target)
		if e.Reduction == ReduceNone {
			return b.Cast(b.Reshape(each, e.rows), e.x.DType()), one()
		}
		if e.Reduction == ReduceSum {
			return b.Cast(b.Sum(each, nil, false), e.x.DType()), one()
		}
		over = b.Full([]int{}, e.stats(), float64(shape.Numel(e.kept)))
		return b.Cast(b.Div(b.Sum(each, nil, false), over), e.x.DType()), over
	}
	target := b.Reshape(e.target, e.kept)
	class := b.one(Map, &MapAttrs{Fn: classOr0, Uniforms: e.ignore(), Out: []dtype.DType{dtype.Int64}}, target)
	picked := b.one(Gather, AxisAttrs{e.axis}, e.x, class)
	var mine, spread Value // the weight of each target; what smoothing adds
	if e.vector != nil {
		mine = b.one(IndexGet, nil, e.vector, class)
	}
	if e.Smoothing != 0 {
		spread = terms(entropySpread[e.weight != nil])
	}
	in := some([]Value{target, picked, lse, mine, spread})
	fn := entropyRows[mine != nil][spread != nil]
	uniforms := append(e.ignore(), e.a)
	if e.Reduction == ReduceNone {
		y := b.one(Map, &MapAttrs{Fn: fn, Uniforms: uniforms, Out: []dtype.DType{e.x.DType()}}, in...)
		return b.Reshape(y, e.rows), one()
	}
	all := consecutive(0, len(e.kept))
	sum := func(fn *Fn, uniforms []float64, in ...Value) Value {
		return b.one(Reduce, &ReduceMapAttrs{Fn: fn, Uniforms: uniforms, By: BySum, Axes: all, Out: e.stats()}, in...)
	}
	loss = sum(fn, uniforms, in...)
	if e.Reduction == ReduceSum {
		return b.Cast(loss, e.x.DType()), one()
	}
	over = sum(entropyWeight[mine != nil], e.ignore(), some([]Value{target, mine})...)
	return b.Cast(b.Div(loss, over), e.x.DType()), over
}

// some returns the values that are there.
func some(in []Value) []Value { return slices.DeleteFunc(in, func(v Value) bool { return v == nil }) }

var (
	classKinds = func(n int) []pointwise.Kind { return append([]pointwise.Kind{pointwise.Int}, floats(n)...) }
	// The ignored class, and one number.
	ignoreAnd = []pointwise.Kind{pointwise.Int, pointwise.Float}

	// entropyTerms: of x, lse, probability and weight.
	entropyTerms = map[bool]*Fn{
		false: NewFn(floats(3), floats(2), func(in, u []V) []V { return []V{in[2].Mul(u[0]).Add(u[1]).Mul(in[1].Sub(in[0]))} }),
		true:  NewFn(floats(4), floats(2), func(in, u []V) []V { return []V{in[2].Mul(u[0]).Add(u[1]).Mul(in[3]).Mul(in[1].Sub(in[0]))} }),
	}
	// entropySpread: of x, lse and weight.
	entropySpread = map[bool]*Fn{
		false: NewFn(floats(2), floats(2), func(in, u []V) []V { return []V{in[1].Sub(in[0]).Mul(u[1])} }),
		true:  NewFn(floats(3), floats(2), func(in, u []V) []V { return []V{in[1].Sub(in[0]).Mul(in[2]).Mul(u[1])} }),
	}
	// entropyRows: of target, picked, lse, weight and spread, the loss; 0 if the target is ignored, whatever the rest is.
	entropyRows = map[bool]map[bool]*Fn{}
	// entropyWeight: of target and weight, what counts for the mean.
	entropyWeight = map[bool]*Fn{}
)

func init() {
	for _, weighted := range []bool{false, true} {
		extra := 0
		if weighted {
			extra = 1
		}
		entropyRows[weighted] = map[bool]*Fn{}
		for _, smoothed := range []bool{false, true} {
			n := 2 + extra
			if smoothed {
				n++
			}
			entropyRows[weighted][smoothed] = NewFn(classKinds(n), ignoreAnd, func(in, u []V) []V {
				y := in[2].Sub(in[1]).Mul(u[1])
				if weighted {
					y = y.Mul(in[3])
				}
				if smoothed {
					y = y.Add(in[len(in)-1])
				}
				return []V{in[0].Ne(u[0]).Select(y, num(0))}
			})
		}
		entropyWeight[weighted] = NewFn(classKinds(extra), ints, func(in, u []V) []V {
			w := num(1)
			if weighted {
				w = in[1]
			}
			return []V{in[0].Ne(u[0]).Select(w, num(0))}
		})
	}
}
