package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// Reduction says what becomes of the losses of single elements.
type Reduction uint8

// The reductions.
const (
	ReduceMean Reduction = iota // weighted, if there are weights
	ReduceSum
	ReduceNone
)

// LossAttrs are the attributes of NLLLoss and CrossEntropy.
type LossAttrs struct {
	Reduction Reduction
	Ignore    *int    // targets equal to it do not count; nil means -100
	Smoothing float64 // CrossEntropy only: the part of the target spread over all classes
}

// NLLLoss, as CrossEntropy, is a loss over classes. x is [n, c, ...] or [c], targets
// are [n, ...] or a scalar, the optional weights of the classes [c].
var NLLLoss = register(&Op{
	Name: "nllloss", Doc: "returns the negative log likelihood of target classes, given log probabilities x [n, c, ...].",
	Infer: func(in []Meta, attrs any) ([]Meta, error) { return inferLoss(in, attrs, false) },
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(LossAttrs)
		loss, weight := b.nll(in, a)
		return []Value{b.reduceLoss(loss, weight, a.Reduction)}
	},
	Samples: func(r *Rand) []Sample { return lossSamples(r, false) },
	Errors:  lossErrors,
})

var (
	counting = NewFn(ints, ints, func(in, u []V) []V { return []V{in[0].Ne(u[0])} })
	classOr0 = NewFn(ints, ints, func(in, u []V) []V { return []V{in[0].Eq(u[0]).Select(pointwise.Const(0), in[0])} })
	negTimes = fn2(func(x, w V) V { return x.Mul(w).Neg() })
)

func (a LossAttrs) ignore() []float64 {
	if a.Ignore == nil {
		return []float64{-100}
	}
	return []float64{float64(*a.Ignore)}
}

func classAxis(s []int) int { return min(len(s)-1, 1) }

// counts tells which targets are not ignored.
func (b Builder) counts(target Value, a LossAttrs) Value {
	return b.one(Map, &MapAttrs{Fn: counting, Uniforms: a.ignore(), Out: []dtype.DType{dtype.Bool}}, target)
}

// nll returns the loss and the weight of each target; both are 0 if it is
// ignored.
func (b Builder) nll(in []Value, a LossAttrs) (loss, weight Value) {
	x, target := in[0], in[1]
	axis := classAxis(x.Shape())
	class := b.one(Map, &MapAttrs{Fn: classOr0, Uniforms: a.ignore(), Out: []dtype.DType{dtype.Int64}}, target)
	weight = b.Cast(b.counts(target, a), x.DType())
	if len(in) > 2 {
		weight = b.Mul(weight, b.one(IndexGet, nil, in[2], class))
	}
	at := b.Reshape(class, slices.Insert(slices.Clone(class.Shape()), axis, 1))
	picked := b.Reshape(b.one(Gather, AxisAttrs{axis}, x, at), class.Shape())
	// Where, not just a factor: -Inf times 0 is NaN.
	picked = b.Where(b.counts(target, a), picked, b.zeros(nil, x.DType()))
	return b.Map(negTimes, nil, picked, weight)[0], weight
}

func (b Builder) reduceLoss(loss, weight Value, r Reduction) Value {
	switch r {
	case ReduceSum:
		return b.Sum(loss, nil, false)
	case ReduceMean:
		return b.Div(b.Sum(loss, nil, false), b.Sum(weight, nil, false))
	}
	return loss
}

func inferLoss(in []Meta, attrs any, probabilities bool) ([]Meta, error) {
	if err := operands(in, 2, 3); err != nil {
		return nil, err
	}
	a, _ := attrs.(LossAttrs)
	x, target := in[0], in[1]
	if !x.DType.IsFloat() {
		return nil, dtypeError("x is %s: want a float type", x.DType)
	}
	if len(x.Shape) == 0 {
		return nil, shapeError("x is a scalar: want [n, c, ...] or [c]")
	}
	axis := classAxis(x.Shape)
	c := x.Shape[axis]
	s := slices.Delete(slices.Clone(x.Shape), axis, axis+1)
	want := s
	switch {
	case target.DType.IsInt():
	case probabilities && target.DType == x.DType:
		want = x.Shape
	case probabilities:
		return nil, dtypeError("targets are %s: want integers, or probabilities of type %s", target.DType, x.DType)
	default:
		return nil, dtypeError("targets are %s: want integers", target.DType)
	}
	if !slices.Equal(target.Shape, want) {
		return nil, shapeError("x %v, targets %v: want targets %v", x.Shape, target.Shape, want)
	}
	if len(in) > 2 && !slices.Equal(in[2].Shape, []int{c}) {
		return nil, shapeError("x %v, weights %v: want a weight for each of %d classes", x.Shape, in[2].Shape, c)
	}
	if len(in) > 2 && in[2].DType != x.DType {
		return nil, dtypeError("x is %s, weights are %s: want one type; convert first", x.DType, in[2].DType)
	}
	if a.Smoothing < 0 || a.Smoothing > 1 || a.Smoothing != 0 && !probabilities {
		return nil, attrError("Smoothing is %v: want 0 to 1, and CrossEntropy", a.Smoothing)
	}
	if a.Reduction > ReduceNone {
		return nil, attrError("Reduction is %d: want at most %d", a.Reduction, ReduceNone)
	}
	if a.Reduction != ReduceNone {
		s = nil
	}
	return []Meta{{s, x.DType}}, nil
}

func lossSamples(r *Rand, smoothing bool) []Sample {
	one := 1
	ignored := r.Ints(dtype.Int64, 0, 4, 6)
	ignored.Data[1], ignored.Data[4] = -100, -100
	w := r.Floats(dtype.Float32, 0.5, 2, 4)
	l := []Sample{
		{In: []*Array{r.Normal(3, 5), r.Ints(dtype.Int64, 0, 5, 3)}, Attrs: LossAttrs{}},
		{Name: "pixels, weights", In: []*Array{r.Normal(2, 4, 3, 2), r.Ints(dtype.Int64, 0, 4, 2, 3, 2), w}, Attrs: LossAttrs{}},
		{Name: "sum, int32", In: []*Array{r.Normal(2, 4, 3), r.Ints(dtype.Int32, 0, 4, 2, 3)}, Attrs: LossAttrs{Reduction: ReduceSum}},
		{Name: "none", In: []*Array{r.Normal(3, 4), r.Ints(dtype.Int64, 0, 4, 3), w}, Attrs: LossAttrs{Reduction: ReduceNone}},
		{Name: "ignored", In: []*Array{r.Normal(6, 4), ignored, w}, Attrs: LossAttrs{}},
		{Name: "ignored class", In: []*Array{r.Normal(6, 4), r.Ints(dtype.Int64, 0, 4, 6)}, Attrs: LossAttrs{Ignore: &one}},
		{Name: "one", In: []*Array{r.Normal(4), r.Ints(dtype.Int64, 0, 4)}, Attrs: LossAttrs{}},
	}
	if smoothing {
		l = append(l,
			Sample{Name: "smoothing", In: []*Array{r.Normal(2, 4, 3), r.Ints(dtype.Int64, 0, 4, 2, 3)}, Attrs: LossAttrs{Smoothing: 0.1}},
			Sample{Name: "smoothing, weights, ignored", In: []*Array{r.Normal(6, 4), ignored, w}, Attrs: LossAttrs{Smoothing: 0.1}},
			Sample{Name: "smoothing, none", In: []*Array{r.Normal(6, 4), ignored, w}, Attrs: LossAttrs{Smoothing: 0.3, Reduction: ReduceNone}})
	}
	return l
}

func lossErrors() []ErrorSample {
	x, t := NewArray(dtype.Float32, 3, 4), NewArray(dtype.Int64, 3)
	return []ErrorSample{
		{Sample{Name: "targets", In: []*Array{x, NewArray(dtype.Int64, 4)}, Attrs: LossAttrs{}}, ErrShape},
		{Sample{Name: "weights", In: []*Array{x, t, NewArray(dtype.Float32, 3)}, Attrs: LossAttrs{}}, ErrShape},
		{Sample{Name: "bool targets", In: []*Array{x, NewArray(dtype.Bool, 3)}, Attrs: LossAttrs{}}, ErrDType},
		{Sample{Name: "integer x", In: []*Array{NewArray(dtype.Int64, 3, 4), t}, Attrs: LossAttrs{}}, ErrDType},
		{Sample{Name: "reduction", In: []*Array{x, t}, Attrs: LossAttrs{Reduction: 9}}, ErrAttr},
	}
}
