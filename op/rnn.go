package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
)

// RNN is one layer of plain recurrent units in one direction (Elman 1990), given
// the input's part of what goes through tanh or, as its attributes say, the
// rectifier.
var RNN = register(&Op{
	Name: "rnn", Doc: "returns the outputs [t, n, h] of a plain recurrent layer, h' = tanh(x + w*h), for the input's part x [t, n, h], the recurrent weights w [h, h] and the first h [n, h].",
	Infer: func(in []Meta, _ any) ([]Meta, error) {
		y, err := sequence(in, 1, 1, 0)
		if err != nil {
			return nil, err
		}
		return []Meta{y}, nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(RecurrentAttrs)
		x, w, h := in[0], b.Transpose(in[1]), in[2]
		fn := rnnStep
		if a.ReLU {
			fn = rnnStepReLU
		}
		hs := make([]Value, x.Shape()[0])
		for i := range hs {
			t := a.step(i, len(hs))
			h = b.Map(fn, nil, b.row(x, t), b.MatMul(h, w))[0]
			hs[t] = h
		}
		return []Value{b.stacked(hs)}
	},
	SaveIn: Nth(1, 2), SaveOut: Nth(0),
	Grad: func(b Builder, c *GradContext) []Value {
		a, _ := c.Attrs.(RecurrentAttrs)
		w, h, y := c.In[1], c.In[2], c.Out[0]
		d := b.Apply(core.rnnGrad, a, w, y, c.G[0])
		res := []Value{d[0], nil, d[1]}
		if c.Needs.Has(1) {
			res[1] = b.recurrentWeights(d[0], h, y, a)
		}
		return res
	},
	Samples: func(r *Rand) []Sample {
		return []Sample{
			{In: []*Array{r.Normal(3, 2, 3), r.Normal(3, 3), r.Normal(2, 3)}, Attrs: RecurrentAttrs{}},
			{Name: "reverse", In: []*Array{r.Normal(4, 1, 2), r.Normal(2, 2), r.Normal(1, 2)}, Attrs: RecurrentAttrs{Reverse: true}},
			{Name: "relu", In: []*Array{r.Normal(3, 2, 3), r.Normal(3, 3), r.Normal(2, 3)}, Attrs: RecurrentAttrs{ReLU: true}},
			{Name: "one step", In: []*Array{r.Normal(1, 3, 1), r.Normal(1, 1), r.Normal(3, 1)}, Attrs: RecurrentAttrs{}},
			{Name: "empty", In: []*Array{r.Normal(2, 0, 1), r.Normal(1, 1), r.Normal(0, 1)}, Attrs: RecurrentAttrs{}},
		}
	},
	Errors: func() []ErrorSample {
		f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
		return []ErrorSample{
			{Sample{Name: "weights", In: []*Array{f(3, 2, 3), f(3, 4), f(2, 4)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "state", In: []*Array{f(3, 2, 3), f(3, 3), f(1, 3)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "types", In: []*Array{f(3, 2, 3), f(3, 3), NewArray(dtype.Float64, 2, 3)}, Attrs: RecurrentAttrs{}}, ErrDType},
		}
	},
})

// RNNGrad runs an RNN's gradient from its last step to its first.
var RNNGrad = register(&Op{
	Name: "rnngrad", Doc: "returns the gradients of rnn by x and by the first h, from w, the outputs and their cotangent.", Outputs: 2,
	Infer: func(in []Meta, _ any) ([]Meta, error) {
		if err := operands(in, 3, 3); err != nil {
			return nil, err
		}
		w, y, g := in[0], in[1], in[2]
		if len(y.Shape) != 3 || !slices.Equal(g.Shape, y.Shape) {
			return nil, shapeError("y %v, cotangent %v: want [t, n, h] both", y.Shape, g.Shape)
		}
		if g.DType != y.DType {
			return nil, dtypeError("y is %s, its cotangent %s: want one type", y.DType, g.DType)
		}
		h := Meta{y.Shape[1:], y.DType}
		if _, err := RNN.Infer([]Meta{y, w, h}, nil); err != nil {
			return nil, err
		}
		return []Meta{y, h}, nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(RecurrentAttrs)
		w, y, g := in[0], in[1], in[2]
		fn := rnnBack
		if a.ReLU {
			fn = rnnBackReLU
		}
		dx := make([]Value, y.Shape()[0])
		dh := b.zeros(y.Shape()[1:], y.DType())
		for i := len(dx) - 1; i >= 0; i-- {
			t := a.step(i, len(dx))
			dx[t] = b.Map(fn, nil, b.row(y, t), dh, b.row(g, t))[0]
			dh = b.MatMul(dx[t], w)
		}
		return []Value{b.stacked(dx), dh}
	},
	Samples: func(r *Rand) []Sample {
		y := func(s ...int) *Array { return r.Floats(dtype.Float32, 0.1, 0.9, s...) }
		rectified := y(3, 2, 3)
		rectified.Data[1], rectified.Data[8] = -0.5, -0.25 // as 0, which has a kink
		return []Sample{
			{In: []*Array{r.Normal(3, 3), y(3, 2, 3), r.Normal(3, 2, 3)}, Attrs: RecurrentAttrs{}},
			{Name: "reverse", In: []*Array{r.Normal(2, 2), y(4, 1, 2), r.Normal(4, 1, 2)}, Attrs: RecurrentAttrs{Reverse: true}},
			{Name: "relu", In: []*Array{r.Normal(3, 3), rectified, r.Normal(3, 2, 3)}, Attrs: RecurrentAttrs{ReLU: true}},
		}
	},
	Errors: func() []ErrorSample {
		f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
		return []ErrorSample{
			{Sample{Name: "cotangent", In: []*Array{f(3, 3), f(3, 2, 3), f(2, 2, 3)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "weights", In: []*Array{f(4, 3), f(3, 2, 3), f(3, 2, 3)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "types", In: []*Array{f(3, 3), f(3, 2, 3), NewArray(dtype.Float64, 3, 2, 3)}, Attrs: RecurrentAttrs{}}, ErrDType},
		}
	},
})

// A step, and its gradient from y and the cotangents that come from the step
// after and from outside.
var (
	rnnStep     = fn2(func(x, h V) V { return x.Add(h).Tanh() })
	rnnStepReLU = fn2(func(x, h V) V { return x.Add(h).Max(num(0)) })
	rnnBack     = NewFn(floats(3), nil, func(in, _ []V) []V {
		return []V{in[1].Add(in[2]).Mul(num(1).Sub(in[0].Mul(in[0])))}
	})
	rnnBackReLU = NewFn(floats(3), nil, func(in, _ []V) []V {
		return []V{in[0].Gt(num(0)).Select(in[1].Add(in[2]), num(0))}
	})
)
