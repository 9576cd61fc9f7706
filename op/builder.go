package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// An Applier runs or records ops: tensors run them eagerly, graphs record
// them, the Reference computes them in float64.
type Applier interface {
	Apply(o *Op, attrs any, in ...Value) []Value
}

// A Builder writes gradients and decompositions in terms of ops.
type Builder struct{ Applier }

func (b Builder) one(o *Op, attrs any, in ...Value) Value { return b.Apply(o, attrs, in...)[0] }

// core holds the ops that gradients are written with. The rows of the table
// refer to them through it, as a variable whose initial value leads back to
// itself would not compile.
var core struct {
	add, sub, mul, div, neg, mulScalar, eqScalar, where, cast, full, logicalAnd,
	apply, sum, prod, reduce, reshape, expand, permute, slice, matmul, viewGrad, attentionGrad, concat, lstmGrad, gruGrad, rnnGrad *Op
}

func init() {
	core.add, core.sub, core.mul, core.div, core.neg = Add, Sub, Mul, Div, Neg
	core.mulScalar, core.eqScalar = Mul.Scalar(), Eq.Scalar()
	core.where, core.cast, core.full, core.logicalAnd = Where, Cast, Full, LogicalAnd
	core.apply, core.sum, core.prod, core.reduce = Map, Sum, Prod, Reduce
	core.reshape, core.expand, core.permute, core.slice = Reshape, Expand, Permute, Slice
	core.matmul, core.viewGrad, core.attentionGrad = MatMul, ViewGrad, AttentionGrad
	core.concat, core.lstmGrad, core.gruGrad, core.rnnGrad = Concat, LSTMGrad, GRUGrad, RNNGrad
}

// Arithmetic; operands broadcast.

func (b Builder) Add(x, y Value) Value { return b.one(core.add, nil, x, y) }
func (b Builder) Sub(x, y Value) Value { return b.one(core.sub, nil, x, y) }
func (b Builder) Mul(x, y Value) Value { return b.one(core.mul, nil, x, y) }
func (b Builder) Div(x, y Value) Value { return b.one(core.div, nil, x, y) }
func (b Builder) Neg(x Value) Value    { return b.one(core.neg, nil, x) }

// Scale returns s*x.
func (b Builder) Scale(x Value, s float64) Value { return b.one(core.mulScalar, []float64{s}, x) }

// Where returns x where cond holds, else y.
func (b Builder) Where(cond, x, y Value) Value { return b.one(core.where, nil, cond, x, y) }

// Cast changes the element type.
func (b Builder) Cast(x Value, d dtype.DType) Value {
	if x.DType() == d {
		return x
	}
	return b.one(core.cast, d, x)
}

// Full returns a value of shape s filled with x.
func (b Builder) Full(s []int, d dtype.DType, x float64) Value {
	return b.one(core.full, &FullAttrs{Shape: s, DType: d, Value: x})
}

// Map applies a function of Floats to the broadcast inputs; see MapAttrs.
func (b Builder) Map(fn *Fn, uniforms []float64, in ...Value) []Value {
	return b.Apply(core.apply, &MapAttrs{Fn: fn, Uniforms: uniforms, Out: slices.Repeat([]dtype.DType{in[0].DType()}, len(fn.Outputs))}, in...)
}

// Sum adds up the given axes (all, if none).
func (b Builder) Sum(x Value, axes []int, keep bool) Value {
	return b.one(core.sum, ReduceAttrs{Axes: axes, Keep: keep}, x)
}

// SumTo undoes a broadcast: it adds up the axes along which a value of shape s
// was stretched to become x.
func (b Builder) SumTo(x Value, s []int) Value {
	all, kept := shape.BroadcastAxes(s, x.Shape())
	if len(all) == 0 {
		return x
	}
	x = b.Sum(x, all, true)
	if len(kept) < len(all) {
		x = b.Reshape(x, s)
	}
	return x
}

// MapSumTo is SumTo of Map's one output, in one pass.
func (b Builder) MapSumTo(fn *Fn, uniforms []float64, d dtype.DType, s []int, in ...Value) Value {
	metas := make([]Meta, len(in))
	for i, v := range in {
		metas[i] = Meta{v.Shape(), v.DType()}
	}
	full, err := broadcast(metas)
	if err != nil {
		panic(err)
	}
	all, _ := shape.BroadcastAxes(s, full)
	if len(all) == 0 {
		return b.one(core.apply, &MapAttrs{Fn: fn, Uniforms: uniforms, Out: []dtype.DType{d}}, in...)
	}
	r := b.one(core.reduce, &ReduceMapAttrs{Fn: fn, Uniforms: uniforms, By: BySum, Axes: all, Keep: true, Out: d}, in...)
	return b.Reshape(r, s)
}

// Views.

func (b Builder) Reshape(x Value, s []int) Value {
	if slices.Equal(x.Shape(), s) {
		return x
	}
	return b.one(core.reshape, ShapeAttrs(s), x)
}

// Expand stretches x to shape s.
func (b Builder) Expand(x Value, s []int) Value {
	if slices.Equal(x.Shape(), s) {
		return x
	}
	return b.one(core.expand, ShapeAttrs(s), x)
}

// Permute reorders the axes.
func (b Builder) Permute(x Value, axes ...int) Value { return b.one(core.permute, AxesAttrs(axes), x) }

// Transpose swaps the last two axes.
func (b Builder) Transpose(x Value) Value {
	n := len(x.Shape())
	axes := make([]int, n)
	for i := range axes {
		axes[i] = i
	}
	axes[n-1], axes[n-2] = n-2, n-1
	return b.Permute(x, axes...)
}

// Slice keeps start <= i < stop of one axis.
func (b Builder) Slice(x Value, axis, start, stop int) Value {
	return b.one(core.slice, SliceAttrs{Axis: axis, Start: start, Stop: stop, Step: 1}, x)
}

// Unreduce brings a value reduced over axes back to full rank, with sizes 1
// there, so that it broadcasts against a value of shape s.
func (b Builder) Unreduce(x Value, s, axes []int) Value {
	return b.Reshape(x, shape.Reduced(s, axes, true))
}

// MatMul is the matrix product over the last two axes.
func (b Builder) MatMul(x, y Value) Value { return b.one(core.matmul, nil, x, y) }

// floats returns n Float kinds.
func floats(n int) []pointwise.Kind { return slices.Repeat([]pointwise.Kind{pointwise.Float}, n) }

// fn1 and fn2 make functions of one and two Floats.
func fn1(f func(x V) V) *Fn {
	return NewFn(floats(1), nil, func(in, _ []V) []V { return []V{f(in[0])} })
}

func fn2(f func(x, y V) V) *Fn {
	return NewFn(floats(2), nil, func(in, _ []V) []V { return []V{f(in[0], in[1])} })
}
