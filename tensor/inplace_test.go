package tensor_test

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

func TestInPlace(t *testing.T) {
	v := func() *tensor.Tensor { return vec(1, 2, 3, 4) }
	for _, c := range []struct {
		name string
		run  func(x *tensor.Tensor) *tensor.Tensor
		want []float64
		why  string
	}{
		{"add", func(x *tensor.Tensor) *tensor.Tensor { return x.AddInPlace(vec(10)) }, []float64{11, 12, 13, 14}, "operands broadcast"},
		{"sub", func(x *tensor.Tensor) *tensor.Tensor { return x.SubInPlace(x) }, []float64{0, 0, 0, 0}, "itself"},
		{"mul", func(x *tensor.Tensor) *tensor.Tensor { return x.MulInPlace(x) }, []float64{1, 4, 9, 16}, "itself"},
		{"div", func(x *tensor.Tensor) *tensor.Tensor { return x.DivInPlace(vec(2, 2, 2, 2)) }, []float64{.5, 1, 1.5, 2}, ""},
		{"scalars", func(x *tensor.Tensor) *tensor.Tensor { return x.AddScalarInPlace(1).MulScalarInPlace(2) }, []float64{4, 6, 8, 10}, "they chain"},
		{"copy", func(x *tensor.Tensor) *tensor.Tensor { return x.CopyInPlace(tensor.Scalar(cpu, int32(5))) }, []float64{5, 5, 5, 5}, "converts and broadcasts"},
		{"fill", func(x *tensor.Tensor) *tensor.Tensor { return x.Fill(-1) }, []float64{-1, -1, -1, -1}, ""},
		{"x[1:] += x[:-1]", func(x *tensor.Tensor) *tensor.Tensor {
			x.Slice(0, 1, 4).AddInPlace(x.Slice(0, 0, 3))
			return x
		}, []float64{1, 3, 5, 7}, "reads what was there before"},
		{"x[:-1] += x[1:]", func(x *tensor.Tensor) *tensor.Tensor {
			x.Slice(0, 0, 3).AddInPlace(x.Slice(0, 1, 4))
			return x
		}, []float64{3, 5, 7, 4}, "the other way"},
		{"x = flipped x", func(x *tensor.Tensor) *tensor.Tensor { return x.CopyInPlace(x.Flip(0)) }, []float64{4, 3, 2, 1}, ""},
		{"matrix += its transpose", func(x *tensor.Tensor) *tensor.Tensor {
			m := x.Reshape(2, 2)
			m.AddInPlace(m.T())
			return x
		}, []float64{2, 5, 5, 8}, "the same elements in another order"},
		{"x += x[0]", func(x *tensor.Tensor) *tensor.Tensor { return x.AddInPlace(x.Slice(0, 0, 1)) }, []float64{2, 3, 4, 5}, "x[0] changes first"},
		{"every second", func(x *tensor.Tensor) *tensor.Tensor {
			x.SliceStep(0, 0, 4, 2).MulScalarInPlace(10)
			return x
		}, []float64{10, 2, 30, 4}, "a view with gaps"},
	} {
		x := v()
		got := c.run(x)
		same(t, c.name+" ("+c.why+")", got, []int{4}, c.want...)
		if got != x {
			t.Errorf("%s returned another tensor", c.name)
		}
		if x.Version() == 0 {
			t.Errorf("%s was not counted as a change", c.name)
		}
	}
}

// One pass over parameter and momentum, as an optimizer's step.
func TestUpdate(t *testing.T) {
	float := []pointwise.Kind{pointwise.Float}
	fn := op.NewFn([]pointwise.Kind{float[0], float[0], float[0]}, float, func(in, s []pointwise.Value) []pointwise.Value {
		m := in[1].Mul(pointwise.Const(0.5)).Add(in[2])
		return []pointwise.Value{in[0].Sub(s[0].Mul(m)), m}
	})
	p, m, g := vec(1, 2).SetRequiresGrad(true), vec(4, 4), vec(1, 10)
	tensor.Update(fn, []float64{0.1}, []*tensor.Tensor{p, m}, []*tensor.Tensor{p, m, g})
	same(t, "momentum", m, []int{2}, 3, 12)
	rate := 0.1 // a variable: Go computes with constants exactly
	same(t, "parameter", p, []int{2}, 1-rate*3, 2-rate*12)
	if p.Version() != 1 || !p.RequiresGrad() || !p.IsLeaf() {
		t.Errorf("version %d, requires %v, leaf %v", p.Version(), p.RequiresGrad(), p.IsLeaf())
	}
}

func TestInPlaceKeepsType(t *testing.T) {
	x := tensor.Ones(cpu, dtype.Float32, 2).AddInPlace(vec(0.5, 1))
	if x.DType() != dtype.Float32 {
		t.Errorf("float32 += float64 is %v", x.DType())
	}
	same(t, "float32 += float64", x, []int{2}, 1.5, 2)
}
