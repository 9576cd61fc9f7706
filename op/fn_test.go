package op

import (
	"errors"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
)

func TestMapCountsOperands(t *testing.T) {
	f := fn2(func(x, y V) V { return x.Add(y) })
	m := Meta{Shape: []int{2}, DType: dtype.Float32}
	one := []dtype.DType{dtype.Float32}
	for _, c := range []struct {
		in   []Meta
		out  []dtype.DType
		want error
		why  string
	}{
		{[]Meta{m, m}, one, nil, "as many as the function takes and gives"},
		{[]Meta{m}, one, ErrAttr, "an operand is missing"},
		{[]Meta{m, m, m}, one, ErrAttr, "one too many"},
		{[]Meta{m, m}, nil, ErrAttr, "no type for the result"},
	} {
		if _, err := Map.Infer(c.in, &MapAttrs{Fn: f, Out: c.out}); !errors.Is(err, c.want) {
			t.Errorf("%d operands, %d results: %v, want %v: %s", len(c.in), len(c.out), err, c.want, c.why)
		}
	}
}

func TestRedraw(t *testing.T) {
	u := []float64{1, 2, 3, 1<<32 - 1, 5}
	if got, want := Redraw(u, 2), []float64{1, 2, 3, 1, 5}; !slices.Equal(got, want) || u[3] != 1<<32-1 {
		t.Errorf("%v, want %v", got, want)
	}
	f, _ := Dropout.Lower(nil, &DropoutAttrs{P: 0.5})
	if !f.Draws() || !f.grad(Nth(0)).fn.Draws() || fn2(func(x, y V) V { return x.Add(y) }).Draws() {
		t.Error("dropout and its gradient draw, sums do not")
	}
}
