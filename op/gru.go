package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
)

// GRU is one layer of gated recurrent units in one direction (Cho et al. 2014),
// with the reset gate after the product, given the input's part of the gates
// (reset, update, new). It keeps the gates for its gradient, and with them what
// the reset gate is multiplied by.
var GRU = register(&Op{
	Name: "gru", Doc: "returns the outputs [t, n, h] of a GRU for the input's part of its gates x [t, n, 3*h], the recurrent weights w [3*h, h], the first h [n, h] and, optionally, the recurrent bias [3*h], and the gates [t, n, 4*h].", Outputs: 2,
	Infer: func(in []Meta, _ any) ([]Meta, error) {
		y, err := sequence(in, 3, 1, 1)
		if err != nil {
			return nil, err
		}
		return []Meta{y, {[]int{y.Shape[0], y.Shape[1], 4 * y.Shape[2]}, y.DType}}, nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(RecurrentAttrs)
		x, w, h := in[0], b.Transpose(in[1]), in[2]
		steps := x.Shape()[0]
		hs, gates := make([]Value, steps), make([]Value, steps)
		for i := range steps {
			t := a.step(i, steps)
			own := b.MatMul(h, w)
			if len(in) > 3 {
				own = b.Add(own, in[3])
			}
			args := append(b.columns(3, b.row(x, t)), b.columns(3, own)...)
			out := b.Map(gruStep, nil, append(args, h)...)
			h = out[0]
			hs[t], gates[t] = h, b.joined(1, out[1:])
		}
		return []Value{b.stacked(hs), b.stacked(gates)}
	},
	SaveIn: Nth(1, 2), SaveOut: Nth(0, 1),
	Grad: func(b Builder, c *GradContext) []Value {
		a, _ := c.Attrs.(RecurrentAttrs)
		w, h, y, gates := c.In[1], c.In[2], c.Out[0], c.Out[1]
		in := []Value{w, h, y, gates, b.orZeros(c.G[0], y)}
		if c.G[1] != nil {
			in = append(in, c.G[1])
		}
		d := b.Apply(core.gruGrad, a, in...)
		res := []Value{d[0], nil, d[2], nil}[:len(c.In)]
		if c.Needs.Has(1) {
			res[1] = b.recurrentWeights(d[1], h, y, a)
		}
		if c.Needs.Has(3) {
			res[3] = b.Sum(d[1], []int{0, 1}, false)
		}
		return res
	},
	Samples: func(r *Rand) []Sample {
		return []Sample{
			{In: []*Array{r.Normal(3, 2, 9), r.Normal(9, 3), r.Normal(2, 3), r.Normal(9)}, Attrs: RecurrentAttrs{}},
			{Name: "no bias", In: []*Array{r.Normal(3, 2, 9), r.Normal(9, 3), r.Normal(2, 3)}, Attrs: RecurrentAttrs{}},
			{Name: "reverse", In: []*Array{r.Normal(4, 1, 6), r.Normal(6, 2), r.Normal(1, 2), r.Normal(6)}, Attrs: RecurrentAttrs{Reverse: true}},
			{Name: "one step", In: []*Array{r.Normal(1, 3, 3), r.Normal(3, 1), r.Normal(3, 1)}, Attrs: RecurrentAttrs{}},
			{Name: "empty", In: []*Array{r.Normal(2, 0, 3), r.Normal(3, 1), r.Normal(0, 1), r.Normal(3)}, Attrs: RecurrentAttrs{}},
		}
	},
	Errors: func() []ErrorSample {
		f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
		return []ErrorSample{
			{Sample{Name: "weights", In: []*Array{f(3, 2, 9), f(9, 4), f(2, 4)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "state", In: []*Array{f(3, 2, 9), f(9, 3), f(1, 3)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "bias", In: []*Array{f(3, 2, 9), f(9, 3), f(2, 3), f(3)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "types", In: []*Array{f(3, 2, 9), NewArray(dtype.Float64, 9, 3), f(2, 3)}, Attrs: RecurrentAttrs{}}, ErrDType},
		}
	},
})

// GRUGrad runs a GRU's gradient from its last step to its first. A cotangent of
// the gates, which only second derivatives have, is optional.
var GRUGrad = register(&Op{
	Name: "grugrad", Doc: "returns the gradients of gru by x, by the recurrent part of its gates [t, n, 3*h] and by the first h, from w, the first h, the outputs, the gates and the cotangents of the outputs and, optionally, the gates.", Outputs: 3,
	Infer: func(in []Meta, _ any) ([]Meta, error) {
		if err := operands(in, 5, 6); err != nil {
			return nil, err
		}
		w, h, y := in[0], in[1], in[2]
		if len(y.Shape) != 3 {
			return nil, shapeError("y %v: want [t, n, h]", y.Shape)
		}
		x := Meta{[]int{y.Shape[0], y.Shape[1], 3 * y.Shape[2]}, y.DType}
		want, err := GRU.Infer([]Meta{x, w, h}, nil)
		if err != nil {
			return nil, err
		}
		for i, m := range in[3:] {
			like := want[(i+1)%2]
			if !slices.Equal(m.Shape, like.Shape) {
				return nil, shapeError("the gates or a cotangent is %v: want %v", m.Shape, like.Shape)
			}
			if m.DType != like.DType {
				return nil, dtypeError("y is %s, the gates or a cotangent %s: want one type", like.DType, m.DType)
			}
		}
		return []Meta{x, x, h}, nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(RecurrentAttrs)
		w, first, y, gates, gy := in[0], in[1], in[2], in[3], in[4]
		steps := y.Shape()[0]
		dx, own := make([]Value, steps), make([]Value, steps)
		dh := b.zeros(first.Shape(), w.DType())
		for i := steps - 1; i >= 0; i-- {
			t := a.step(i, steps)
			before := first
			if i > 0 {
				before = b.row(y, a.step(i-1, steps))
			}
			args := append(b.columns(4, b.row(gates, t)), before, b.Add(dh, b.row(gy, t)))
			fn := gruBack
			if len(in) > 5 {
				fn, args = gruBackGates, append(args, b.columns(4, b.row(in[5], t))...)
			}
			out := b.Map(fn, nil, args...)
			dx[t] = b.joined(1, out[:3])
			own[t] = b.joined(1, []Value{out[0], out[1], out[3]})
			dh = b.Add(out[4], b.MatMul(own[t], w))
		}
		return []Value{b.stacked(dx), b.stacked(own), dh}
	},
	Samples: func(r *Rand) []Sample {
		gates := func(s ...int) *Array { return r.Floats(dtype.Float32, 0.1, 0.9, s...) }
		return []Sample{
			{In: []*Array{r.Normal(9, 3), r.Normal(2, 3), r.Normal(3, 2, 3), gates(3, 2, 12), r.Normal(3, 2, 3)}, Attrs: RecurrentAttrs{}},
			{Name: "reverse", In: []*Array{r.Normal(6, 2), r.Normal(1, 2), r.Normal(4, 1, 2), gates(4, 1, 8), r.Normal(4, 1, 2)}, Attrs: RecurrentAttrs{Reverse: true}},
			{Name: "gates", In: []*Array{r.Normal(6, 2), r.Normal(1, 2), r.Normal(2, 1, 2), gates(2, 1, 8), r.Normal(2, 1, 2), r.Normal(2, 1, 8)}, Attrs: RecurrentAttrs{}},
		}
	},
	Errors: func() []ErrorSample {
		f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
		return []ErrorSample{
			{Sample{Name: "y", In: []*Array{f(9, 3), f(2, 3), f(2, 3), f(3, 2, 12), f(3, 2, 3)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "gates", In: []*Array{f(9, 3), f(2, 3), f(3, 2, 3), f(3, 2, 9), f(3, 2, 3)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "types", In: []*Array{f(9, 3), f(2, 3), f(3, 2, 3), NewArray(dtype.Float64, 3, 2, 12), f(3, 2, 3)}, Attrs: RecurrentAttrs{}}, ErrDType},
		}
	},
})

var (
	gruStep = NewFn(floats(7), nil, func(in, _ []V) []V {
		r, z := in[0].Add(in[3]).Sigmoid(), in[1].Add(in[4]).Sigmoid()
		n := in[2].Add(r.Mul(in[5])).Tanh()
		return []V{in[6].Sub(n).Mul(z).Add(n), r, z, n, in[5]}
	})
	gruBack      = NewFn(floats(6), nil, func(in, _ []V) []V { return gruBackward(in, []V{num(0), num(0), num(0), num(0)}) })
	gruBackGates = NewFn(floats(10), nil, func(in, _ []V) []V { return gruBackward(in, in[6:]) })
)

// gruBackward is the gradient of a step by the inputs of its gates, by what the
// reset gate is multiplied by, and by the h before it without its way through
// the gates, from the gates, the h before, and the cotangents of h and, by
// themselves, the gates.
func gruBackward(in, own []V) []V {
	r, z, n, q, before, dh := in[0], in[1], in[2], in[3], in[4], in[5]
	dn := dh.Mul(num(1).Sub(z)).Add(own[2]).Mul(num(1).Sub(n.Mul(n)))
	sigmoid := func(d, y V) V { return d.Mul(y).Mul(num(1).Sub(y)) }
	return []V{
		sigmoid(dn.Mul(q).Add(own[0]), r),
		sigmoid(dh.Mul(before.Sub(n)).Add(own[1]), z),
		dn,
		dn.Mul(r).Add(own[3]),
		dh.Mul(z),
	}
}
