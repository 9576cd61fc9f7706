package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
)

// LSTM is one layer of long short-term memory in one direction (Hochreiter and
// Schmidhuber 1997), given the input's part of the gates (input, forget, new,
// output, and the biases with it). It keeps the gates for its gradient.
var LSTM = register(&Op{
	Name: "lstm", Doc: "returns the outputs [t, n, h] of an LSTM for the input's part of its gates x [t, n, 4*h], the recurrent weights w [4*h, h] and the first h and c [n, h], the cs [t, n, h], and the gates [t, n, 4*h].", Outputs: 3,
	Infer: func(in []Meta, _ any) ([]Meta, error) {
		y, err := sequence(in, 4, 2, 0)
		if err != nil {
			return nil, err
		}
		return []Meta{y, y, in[0]}, nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(RecurrentAttrs)
		x, w, h, c := in[0], b.Transpose(in[1]), in[2], in[3]
		steps := x.Shape()[0]
		hs, cs, gates := make([]Value, steps), make([]Value, steps), make([]Value, steps)
		for i := range steps {
			t := a.step(i, steps)
			in := b.Add(b.row(x, t), b.MatMul(h, w))
			out := b.Map(lstmStep, nil, append(b.columns(4, in), c)...)
			h, c = out[0], out[1]
			hs[t], cs[t], gates[t] = h, c, b.joined(1, out[2:])
		}
		return []Value{b.stacked(hs), b.stacked(cs), b.stacked(gates)}
	},
	SaveIn: Nth(1, 2, 3), SaveOut: Nth(0, 1, 2),
	Grad: func(b Builder, c *GradContext) []Value {
		a, _ := c.Attrs.(RecurrentAttrs)
		w, h, first := c.In[1], c.In[2], c.In[3]
		y, cs, gates := c.Out[0], c.Out[1], c.Out[2]
		in := []Value{w, first, cs, gates, b.orZeros(c.G[0], y), b.orZeros(c.G[1], y)}
		if c.G[2] != nil {
			in = append(in, c.G[2])
		}
		d := b.Apply(core.lstmGrad, a, in...)
		res := []Value{d[0], nil, d[1], d[2]}
		if c.Needs.Has(1) {
			res[1] = b.recurrentWeights(d[0], h, y, a)
		}
		return res
	},
	Samples: func(r *Rand) []Sample {
		return []Sample{
			{In: []*Array{r.Normal(3, 2, 12), r.Normal(12, 3), r.Normal(2, 3), r.Normal(2, 3)}, Attrs: RecurrentAttrs{}},
			{Name: "reverse", In: []*Array{r.Normal(4, 1, 8), r.Normal(8, 2), r.Normal(1, 2), r.Normal(1, 2)}, Attrs: RecurrentAttrs{Reverse: true}},
			{Name: "one step", In: []*Array{r.Normal(1, 3, 4), r.Normal(4, 1), r.Normal(3, 1), r.Normal(3, 1)}, Attrs: RecurrentAttrs{}},
			{Name: "empty", In: []*Array{r.Normal(2, 0, 4), r.Normal(4, 1), r.Normal(0, 1), r.Normal(0, 1)}, Attrs: RecurrentAttrs{}},
		}
	},
	Errors: func() []ErrorSample {
		f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
		return []ErrorSample{
			{Sample{Name: "weights", In: []*Array{f(3, 2, 12), f(12, 4), f(2, 4), f(2, 4)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "state", In: []*Array{f(3, 2, 12), f(12, 3), f(1, 3), f(2, 3)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "types", In: []*Array{f(3, 2, 12), f(12, 3), NewArray(dtype.Float64, 2, 3), f(2, 3)}, Attrs: RecurrentAttrs{}}, ErrDType},
		}
	},
})

// LSTMGrad runs an LSTM's gradient from its last step to its first. A cotangent
// of the gates, which only second derivatives have, is optional.
var LSTMGrad = register(&Op{
	Name: "lstmgrad", Doc: "returns the gradients of lstm by x, and by the first h and c, from w, the first c, the cs, the gates and the cotangents of the outputs, the cs and, optionally, the gates.", Outputs: 3,
	Infer: func(in []Meta, _ any) ([]Meta, error) {
		if err := operands(in, 6, 7); err != nil {
			return nil, err
		}
		w, c, cs, gates := in[0], in[1], in[2], in[3]
		if _, err := LSTM.Infer([]Meta{gates, w, c, c}, nil); err != nil {
			return nil, err
		}
		want := []Meta{{append([]int{gates.Shape[0]}, c.Shape...), w.DType}, gates}
		for _, m := range append([]Meta{cs}, in[4:6]...) {
			if !slices.Equal(m.Shape, want[0].Shape) || m.DType != w.DType {
				return nil, shapeError("cs or a cotangent is %s%v: want %s%v", m.DType, m.Shape, w.DType, want[0].Shape)
			}
		}
		if len(in) > 6 && (!slices.Equal(in[6].Shape, gates.Shape) || in[6].DType != w.DType) {
			return nil, shapeError("the gates' cotangent is %s%v: want %s%v", in[6].DType, in[6].Shape, w.DType, gates.Shape)
		}
		return []Meta{gates, c, c}, nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(RecurrentAttrs)
		w, first, cs, gates, gy, gcs := in[0], in[1], in[2], in[3], in[4], in[5]
		steps := gates.Shape()[0]
		dx := make([]Value, steps)
		dh, dc := b.zeros(first.Shape(), w.DType()), b.zeros(first.Shape(), w.DType())
		for i := steps - 1; i >= 0; i-- {
			t := a.step(i, steps)
			before := first
			if i > 0 {
				before = b.row(cs, a.step(i-1, steps))
			}
			args := append(b.columns(4, b.row(gates, t)), b.row(cs, t), before, b.Add(dh, b.row(gy, t)), b.Add(dc, b.row(gcs, t)))
			fn := lstmBack
			if len(in) > 6 {
				fn, args = lstmBackGates, append(args, b.columns(4, b.row(in[6], t))...)
			}
			out := b.Map(fn, nil, args...)
			dx[t] = b.joined(1, out[:4])
			dc, dh = out[4], b.MatMul(dx[t], w)
		}
		return []Value{b.stacked(dx), dh, dc}
	},
	Samples: func(r *Rand) []Sample {
		gates := func(s ...int) *Array { return r.Floats(dtype.Float32, 0.1, 0.9, s...) }
		return []Sample{
			{In: []*Array{r.Normal(12, 3), r.Normal(2, 3), r.Normal(3, 2, 3), gates(3, 2, 12), r.Normal(3, 2, 3), r.Normal(3, 2, 3)}, Attrs: RecurrentAttrs{}},
			{Name: "reverse", In: []*Array{r.Normal(8, 2), r.Normal(1, 2), r.Normal(4, 1, 2), gates(4, 1, 8), r.Normal(4, 1, 2), r.Normal(4, 1, 2)}, Attrs: RecurrentAttrs{Reverse: true}},
			{Name: "gates", In: []*Array{r.Normal(8, 2), r.Normal(1, 2), r.Normal(2, 1, 2), gates(2, 1, 8), r.Normal(2, 1, 2), r.Normal(2, 1, 2), r.Normal(2, 1, 8)}, Attrs: RecurrentAttrs{}},
		}
	},
	Errors: func() []ErrorSample {
		f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
		return []ErrorSample{
			{Sample{Name: "cs", In: []*Array{f(12, 3), f(2, 3), f(2, 3), f(3, 2, 12), f(3, 2, 3), f(3, 2, 3)}, Attrs: RecurrentAttrs{}}, ErrShape},
			{Sample{Name: "gates", In: []*Array{f(12, 3), f(2, 3), f(3, 2, 3), f(3, 2, 9), f(3, 2, 3), f(3, 2, 3)}, Attrs: RecurrentAttrs{}}, ErrShape},
		}
	},
})

var (
	lstmStep = NewFn(floats(5), nil, func(in, _ []V) []V {
		i, f, g, o := in[0].Sigmoid(), in[1].Sigmoid(), in[2].Tanh(), in[3].Sigmoid()
		c := f.Mul(in[4]).Add(i.Mul(g))
		return []V{o.Mul(c.Tanh()), c, i, f, g, o}
	})
	lstmBack      = NewFn(floats(8), nil, func(in, _ []V) []V { return lstmBackward(in, []V{num(0), num(0), num(0), num(0)}) })
	lstmBackGates = NewFn(floats(12), nil, func(in, _ []V) []V { return lstmBackward(in, in[8:]) })
)

// lstmBackward is the gradient of a step by the inputs of its gates and the c
// before it, from the gates, c, the c before, and the cotangents of h, c and,
// by themselves, the gates.
func lstmBackward(in, own []V) []V {
	i, f, g, o, c, before, dh, dc := in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7]
	t := c.Tanh()
	dc = dc.Add(dh.Mul(o).Mul(num(1).Sub(t.Mul(t))))
	sigmoid := func(d, y V) V { return d.Mul(y).Mul(num(1).Sub(y)) }
	return []V{
		sigmoid(dc.Mul(g).Add(own[0]), i),
		sigmoid(dc.Mul(before).Add(own[1]), f),
		dc.Mul(i).Add(own[2]).Mul(num(1).Sub(g.Mul(g))),
		sigmoid(dh.Mul(t).Add(own[3]), o),
		dc.Mul(f),
	}
}
