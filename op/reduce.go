package op

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// By says how a reduction folds elements.
type By uint8

// The folds. Their results on no elements are 0, 1, and for BySum's order see
// the backends: a fixed tree, the same on every run. ByMax and ByMin give NaN
// if any element is, and refuse an empty axis.
const (
	BySum By = iota
	ByProd
	ByMax
	ByMin
)

func (f By) String() string { return [...]string{"sum", "prod", "max", "min"}[f] }

// ReduceAttrs are the attributes of the named reductions. No axes means all.
type ReduceAttrs struct {
	Axes []int
	Keep bool        // leave reduced axes with size 1
	Type dtype.DType // of the result; Invalid means the op's own rule
}

// ReduceMapAttrs say what Reduce computes, and what every named reduction
// lowers to: fold fn of the broadcast inputs over Axes, then divide by Over.
type ReduceMapAttrs struct {
	Fn       *Fn // one output, Float or Int
	Uniforms []float64
	By       By
	Over     float64 // 0 means 1
	Axes     []int   // sorted, not negative; nil means all
	Keep     bool
	Out      dtype.DType
}

// Fold returns the reduction that o stands for, with its axes made explicit
// (nil only for a scalar), or nil if o is not a reduction.
func (o *Op) Fold(in []Meta, attrs any) *ReduceMapAttrs {
	switch a := attrs.(type) {
	case *ReduceMapAttrs:
		if o != core.reduce || a.Axes != nil {
			return a
		}
		full, _ := broadcast(in)
		b := *a
		b.Axes, _ = shape.Axes(nil, len(full))
		return &b
	case ReduceAttrs:
		if named := folds[o]; named != nil {
			axes, _ := shape.Axes(a.Axes, len(in[0].Shape))
			r := named(in[0], axes, a)
			r.Axes, r.Keep = axes, a.Keep
			return r
		}
	}
	return nil
}

// folds holds what each named reduction lowers to.
var folds = map[*Op]func(in Meta, axes []int, a ReduceAttrs) *ReduceMapAttrs{}

// Reduce folds a function of its inputs, which broadcast, over some axes: a
// reduction with any elementwise work before it fused in.
var Reduce = register(&Op{
	Name: "reduce", Doc: "folds a pointwise function of its inputs, which broadcast, over some axes.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		a := attrs.(*ReduceMapAttrs)
		full, err := broadcast(in)
		if err != nil {
			return nil, err
		}
		return inferFold(full, a.Axes, a.Keep, a.By, a.Out)
	},
	Ref: func(in []*Array, attrs any) []*Array {
		metas := make([]Meta, len(in))
		for i, x := range in {
			metas[i] = x.Meta
		}
		return []*Array{foldReference(in, core.reduce.Fold(metas, attrs))}
	},
	Grad:    foldGrad,
	SaveIn:  ^Mask(0),
	SaveOut: Nth(0),
	Samples: reduceSamples,
})

func inferFold(full, axes []int, keep bool, by By, d dtype.DType) ([]Meta, error) {
	axes, err := shape.Axes(axes, len(full))
	if err != nil {
		return nil, asShape(err)
	}
	if by == ByMax || by == ByMin {
		for _, a := range axes {
			if full[a] == 0 {
				return nil, shapeError("%v of %v over axis %d, which is empty", by, full, a)
			}
		}
	}
	return []Meta{{shape.Reduced(full, axes, keep), d}}, nil
}

func foldReference(in []*Array, a *ReduceMapAttrs) *Array {
	metas := make([]Meta, len(in))
	for i, x := range in {
		metas[i] = x.Meta
	}
	full, _ := broadcast(metas)
	y := a.Fn.reference(in, a.Uniforms, []Meta{{full, dtype.Float64}})[0]
	out := NewArray(a.Out, shape.Reduced(full, a.Axes, a.Keep)...)
	start := [...]float64{BySum: 0, ByProd: 1, ByMax: math.Inf(-1), ByMin: math.Inf(1)}[a.By]
	for i := range out.Data {
		out.Data[i] = start
	}
	to := shape.Contiguous(shape.Reduced(full, a.Axes, true))
	to, _ = to.Expand(full)
	lost := make([]float64, len(out.Data)) // what rounding took from each sum
	each(to, func(i, at int) {
		x, acc := y.Data[i], &out.Data[at]
		switch a.By {
		case BySum: // Neumaier 1974: as if added in twice the precision
			sum := *acc + x
			if math.Abs(*acc) >= math.Abs(x) {
				lost[at] += *acc - sum + x
			} else {
				lost[at] += x - sum + *acc
			}
			*acc = sum
		case ByProd:
			*acc *= x
		case ByMax:
			*acc = max(*acc, x) // unlike math.Max, NaN even beside an infinity
		case ByMin:
			*acc = min(*acc, x)
		}
	})
	for i := range out.Data {
		if sum := out.Data[i] + lost[i]; sum == sum { // infinities lose NaN
			out.Data[i] = sum
		}
		if a.Over != 0 {
			out.Data[i] /= a.Over
		}
	}
	if !a.Out.IsFloat() {
		return out.Round(a.Out)
	}
	return out
}

// foldGrad spreads the cotangent of the fold over the elements, then goes back
// through the function as Map does.
func foldGrad(b Builder, c *GradContext) []Value {
	metas := make([]Meta, len(c.In))
	for i, v := range c.In {
		metas[i] = Meta{v.Shape(), v.DType()}
	}
	full, _ := broadcast(metas)
	a := c.Op.Fold(metas, c.Attrs)
	g := b.Unreduce(c.G[0], full, a.Axes)
	if a.Over != 0 {
		g = b.Scale(g, 1/a.Over)
	}
	var y Value // the elements that were folded
	elements := func() Value {
		if y == nil {
			y = b.one(core.apply, &MapAttrs{Fn: a.Fn, Uniforms: a.Uniforms, Out: []dtype.DType{g.DType()}, Shape: full}, c.In...)
		}
		return y
	}
	switch a.By {
	case ByMax, ByMin: // ties share evenly, as in PyTorch's amax
		hit := b.Cast(b.one(Eq, nil, elements(), b.Unreduce(c.Out[0], full, a.Axes)), g.DType())
		g = b.Mul(hit, b.Div(g, b.Sum(hit, a.Axes, true)))
	case ByProd:
		g = b.Mul(g, productOfOthers(b, elements(), a.Axes))
	}
	context := &GradContext{Op: core.apply, In: c.In, Out: []Value{nil}, G: []Value{b.Expand(g, full)}, Needs: c.Needs}
	context.Attrs = &MapAttrs{Fn: a.Fn, Uniforms: a.Uniforms, Out: []dtype.DType{g.DType()}, Shape: full}
	context.Out[0] = context.G[0] // for its shape
	if _, outs := core.apply.Saved(metas, context.Attrs, c.Needs); outs != 0 {
		context.Out[0] = elements()
	}
	return core.apply.Gradient(b, context)
}

// productOfOthers returns, for each element, the product of the other ones
// along axes: exclusive products from the left and from the right would need a
// scan, so zeros are counted instead. Products that vanish are written with the
// zeros as factors, one or two of them, for the sake of second derivatives.
func productOfOthers(b Builder, x Value, axes []int) Value {
	zero := b.one(core.eqScalar, []float64{0}, x)
	ones := b.Full(nil, x.DType(), 1)
	rest := b.one(core.prod, ReduceAttrs{Axes: axes, Keep: true}, b.Where(zero, ones, x)) // product of the non-zeros
	count := b.Sum(b.Cast(zero, x.DType()), axes, true)
	none := b.one(core.eqScalar, []float64{0}, count)
	single := b.one(core.eqScalar, []float64{1}, count)
	double := b.one(core.eqScalar, []float64{2}, count)
	zeros := b.Full(nil, x.DType(), 0)
	sum := b.Sum(b.Where(zero, x, zeros), axes, true)
	share := b.Div(rest, b.Where(zero, ones, x))
	ofZero := b.Where(single, rest, b.Where(double, b.Mul(b.Sub(sum, x), rest), zeros))
	return b.Where(zero, ofZero, b.Where(none, share, b.Where(single, b.Mul(sum, share), zeros)))
}

// named adds a reduction of one operand to the table.
func named(name, doc string, by By, typ func(d dtype.DType) (dtype.DType, error), fold func(in Meta, axes []int, a ReduceAttrs) *ReduceMapAttrs) *Op {
	o := &Op{Name: name, Doc: doc, SaveOut: Nth(0)}
	if by != BySum {
		o.SaveIn = Nth(0)
	} else {
		o.SaveOut = 0
	}
	o.Infer = func(in []Meta, attrs any) ([]Meta, error) {
		a := attrs.(ReduceAttrs)
		d := a.Type
		if d == dtype.Invalid {
			var err error
			if d, err = typ(in[0].DType); err != nil {
				return nil, err
			}
		}
		return inferFold(in[0].Shape, a.Axes, a.Keep, by, d)
	}
	folds[o] = func(in Meta, axes []int, a ReduceAttrs) *ReduceMapAttrs {
		r := fold(in, axes, a)
		r.By = by
		r.Out = a.Type
		if r.Out == dtype.Invalid {
			r.Out, _ = typ(in.DType)
		}
		return r
	}
	o.Ref = func(in []*Array, attrs any) []*Array {
		return []*Array{foldReference(in, o.Fold([]Meta{in[0].Meta}, attrs))}
	}
	o.Grad = foldGrad
	o.Samples = func(r *Rand) []Sample { return namedSamples(r, o, by) }
	o.Errors = func() []ErrorSample { return namedErrors(by) }
	return register(o)
}

var (
	identityFloat = NewFn(floats(1), nil, func(in, _ []V) []V { return in })
	identityInt   = NewFn([]pointwise.Kind{pointwise.Int}, nil, func(in, _ []V) []V { return in })
	truth         = NewFn([]pointwise.Kind{pointwise.Bool}, nil, func(in, _ []V) []V { return []V{in[0].Convert(pointwise.Int)} })
)

func identityOf(d dtype.DType) *Fn {
	switch kindOf(d) {
	case pointwise.Float:
		return identityFloat
	case pointwise.Bool:
		return truth
	}
	return identityInt
}

func plain(in Meta, _ []int, a ReduceAttrs) *ReduceMapAttrs {
	d := in.DType
	if a.Type.IsFloat() {
		d = a.Type
	}
	return &ReduceMapAttrs{Fn: identityOf(d)}
}

func integersWiden(d dtype.DType) (dtype.DType, error) {
	if !d.IsFloat() {
		return dtype.Int64, nil
	}
	return d, nil
}

func keepsType(d dtype.DType) (dtype.DType, error) { return d, nil }

func givesBool(dtype.DType) (dtype.DType, error) { return dtype.Bool, nil }

// The reductions. Integers and bools sum and multiply to int64.
var (
	Sum  = named("sum", "returns the sum over axes.", BySum, integersWiden, plain)
	Prod = named("prod", "returns the product over axes.", ByProd, integersWiden, plain)
	AMax = named("amax", "returns the largest element over axes; NaN if one is NaN. Tied elements share the gradient.", ByMax, keepsType, plain)
	AMin = named("amin", "returns the smallest element over axes; NaN if one is NaN. Tied elements share the gradient.", ByMin, keepsType, plain)
	Mean = named("mean", "returns the mean over axes, of floats only.", BySum, func(d dtype.DType) (dtype.DType, error) {
		if !d.IsFloat() {
			return d, dtypeError("mean of %s: want a float type; convert first", d)
		}
		return d, nil
	}, func(in Meta, axes []int, a ReduceAttrs) *ReduceMapAttrs {
		n := 1
		for _, k := range axes {
			n *= in.Shape[k]
		}
		r := plain(in, axes, a)
		if r.Over = float64(n); n == 0 {
			r.Over = math.NaN()
		}
		return r
	})
	// A sum and a product of 0s and 1s, which have a result on no elements.
	Any   = named("any", "reports whether any element over axes is not zero; of none, false.", BySum, givesBool, func(Meta, []int, ReduceAttrs) *ReduceMapAttrs { return &ReduceMapAttrs{Fn: truth} })
	Every = named("all", "reports whether all elements over axes are not zero; of none, true.", ByProd, givesBool, func(Meta, []int, ReduceAttrs) *ReduceMapAttrs { return &ReduceMapAttrs{Fn: truth} })
)

// sortedAxes is shape.Axes of axes that Infer has accepted.
func sortedAxes(axes []int, rank int) []int {
	out, _ := shape.Axes(axes, rank)
	return out
}
