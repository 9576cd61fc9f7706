package tensor

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// A Kernel is a pointwise function made ready to run: compile it once, apply
// it often.
type Kernel struct {
	fn     *op.Fn
	inputs int
}

// NewKernel compiles a function of n floats, and any number of scalar
// arguments, to any number of floats.
func NewKernel(n, scalars int, f func(in, scalar []pointwise.Value) []pointwise.Value) *Kernel {
	float := []pointwise.Kind{pointwise.Float}
	return &Kernel{op.NewFn(slices.Repeat(float, n), slices.Repeat(float, scalars), f), n}
}

// Apply runs the kernel over float tensors, which broadcast, in one pass. The
// outputs have the promoted type; gradients of any order are derived.
func (k *Kernel) Apply(scalars []float64, in ...*Tensor) []*Tensor {
	deviceOf(nil, "map", in)
	ops := make([]dtype.Operand, len(in))
	for i, t := range in {
		ops[i] = dtype.Operand{DType: t.dtype, Rank: t.Rank()}
	}
	d := dtype.Result(ops...)
	if len(in) != k.inputs || len(scalars) != len(k.fn.Uniforms) || !d.IsFloat() {
		panic(newError("map", errMessage("%d operands of type %v and %d scalars, want %d floats and %d", len(in), d, len(scalars), k.inputs, len(k.fn.Uniforms)), in...))
	}
	return Apply(nil, op.Map, &op.MapAttrs{Fn: k.fn, Uniforms: scalars, Out: slices.Repeat([]dtype.DType{d}, len(k.fn.Outputs))}, in...)
}

// Map applies a function of one, two or three floats, written in the language
// of package pointwise, to each element of as many tensors, which broadcast. It
// runs as one kernel on any device and is differentiable. In a hot loop compile
// it once with NewKernel.
func Map[F MapFunc](f F, in ...*Tensor) *Tensor {
	k := NewKernel(len(in), 0, func(x, _ []pointwise.Value) []pointwise.Value {
		switch f := any(f).(type) {
		case func(x pointwise.Value) pointwise.Value:
			return []pointwise.Value{f(x[0])}
		case func(x, y pointwise.Value) pointwise.Value:
			return []pointwise.Value{f(x[0], x[1])}
		case func(x, y, z pointwise.Value) pointwise.Value:
			return []pointwise.Value{f(x[0], x[1], x[2])}
		}
		return nil
	})
	return k.Apply(nil, in...)[0]
}

// MapFunc is a function that Map accepts.
type MapFunc interface {
	func(x pointwise.Value) pointwise.Value |
		func(x, y pointwise.Value) pointwise.Value |
		func(x, y, z pointwise.Value) pointwise.Value
}
