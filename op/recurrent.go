package op

import "slices"

// RecurrentAttrs are the attributes of LSTM, GRU and RNN.
type RecurrentAttrs struct {
	Reverse bool // from the last step to the first
	ReLU    bool // RNN: instead of tanh
}

// sequence checks the operands of a recurrent op: the input's part of its gates
// [t, n, gates*h], the recurrent weights [gates*h, h], states [n, h] and up to so
// many biases [gates*h]. It returns what the outputs are.
func sequence(in []Meta, gates, states, biases int) (y Meta, err error) {
	if err := operands(in, 2+states, 2+states+biases); err != nil {
		return y, err
	}
	x, w := in[0].Shape, in[1].Shape
	if len(x) != 3 || len(w) != 2 || x[2] != gates*w[1] || w[0] != x[2] {
		return y, shapeError("x %v, w %v: want [t, n, %d*h] and [%[3]d*h, h]", x, w, gates)
	}
	if x[0] == 0 {
		return y, shapeError("x %v: want at least one step", x)
	}
	for i, m := range in {
		switch {
		case m.DType != in[0].DType || !m.DType.IsFloat():
			return y, dtypeError("x is %s, another operand %s: want one float type", in[0].DType, m.DType)
		case 2 <= i && i < 2+states && !slices.Equal(m.Shape, []int{x[1], w[1]}):
			return y, shapeError("state %v: want %v", m.Shape, []int{x[1], w[1]})
		case i >= 2+states && !slices.Equal(m.Shape, w[:1]):
			return y, shapeError("bias %v: want %v", m.Shape, w[:1])
		}
	}
	return Meta{[]int{x[0], x[1], w[1]}, in[0].DType}, nil
}

// recurrentWeights returns the gradient of the recurrent weights, one product for
// all steps, from d [t, n, gates*h], that of what they are added to, and what the
// steps began with: the first h and the outputs y of the others.
func (b Builder) recurrentWeights(d, h, y Value, a RecurrentAttrs) Value {
	steps, size := y.Shape()[0], y.Shape()[2]
	begin := b.Reshape(h, append([]int{1}, h.Shape()...))
	before := []Value{begin, b.Slice(y, 0, 0, steps-1)}
	if a.Reverse {
		before = []Value{b.Slice(y, 0, 1, steps), begin}
	}
	rows := steps * h.Shape()[0]
	all := b.Reshape(b.joined(0, before), []int{rows, size})
	return b.MatMul(b.Transpose(b.Reshape(d, []int{rows, d.Shape()[2]})), all)
}

// step returns which step is taken as number i.
func (a RecurrentAttrs) step(i, steps int) int {
	if a.Reverse {
		return steps - 1 - i
	}
	return i
}

// row returns x[t].
func (b Builder) row(x Value, t int) Value {
	return b.Reshape(b.Slice(x, 0, t, t+1), x.Shape()[1:])
}

// columns cuts the columns of x into so many equal parts.
func (b Builder) columns(parts int, x Value) []Value {
	n := x.Shape()[1] / parts
	list := make([]Value, parts)
	for i := range list {
		list[i] = b.Slice(x, 1, i*n, (i+1)*n)
	}
	return list
}

// joined puts values together along an axis, stacked along a new first one.
func (b Builder) joined(axis int, parts []Value) Value {
	for len(parts) > 64 { // as many as Concat takes
		head := b.one(core.concat, AxisAttrs{axis}, parts[:64]...)
		parts = append([]Value{head}, parts[64:]...)
	}
	return b.one(core.concat, AxisAttrs{axis}, parts...)
}

func (b Builder) stacked(rows []Value) Value {
	parts := make([]Value, len(rows))
	for i, v := range rows {
		parts[i] = b.Reshape(v, append([]int{1}, v.Shape()...))
	}
	return b.joined(0, parts)
}
