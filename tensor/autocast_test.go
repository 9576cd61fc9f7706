package tensor_test

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

func TestAutocastTypes(t *testing.T) {
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3, 4)
	w := tensor.Ones(tensor.CPU(), dtype.Float32, 4, 4).SetRequiresGrad(true)
	for _, d := range []dtype.DType{dtype.BFloat16, dtype.Float16} {
		a := x.Autocast(d)
		low := a.MatMul(w)
		for what, c := range map[string]struct {
			got  *tensor.Tensor
			want dtype.DType
		}{
			"product":           {low, d},
			"parameter first":   {w.MatMul(a.Transpose(1, 2)), d},
			"convolution":       {a.Conv(tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3, 1), op.ConvAttrs{}), d},
			"elementwise":       {low.ReLU(), d},
			"promoted":          {low.Add(x), dtype.Float32},
			"softmax":           {low.Softmax(-1), dtype.Float32},
			"exp":               {low.Exp(), dtype.Float32},
			"sum":               {low.Sum(), dtype.Float32},
			"layer norm":        {low.LayerNorm(1, 1e-5, nil, nil), dtype.Float32},
			"joined":            {tensor.Concat(0, x, low), dtype.Float32},
			"through a view":    {low.Reshape(6, 4).MatMul(w), d},
			"comparison":        {low.Gt(x), dtype.Bool},
			"float64":           {x.To(dtype.Float64).MatMul(tensor.Ones(tensor.CPU(), dtype.Float64, 4, 4)), dtype.Float64},
			"ended":             {low.Autocast(dtype.Invalid).Softmax(-1), d},
			"apart from it all": {x.MatMul(w), dtype.Float32},
		} {
			if c.got.DType() != c.want {
				t.Errorf("%v: %s is %v, want %v", d, what, c.got.DType(), c.want)
			}
		}
		if on, ok := low.IsAutocast(); on != d || !ok {
			t.Errorf("%v: IsAutocast gives %v, %v", d, on, ok)
		}
		if _, ok := low.Detach().IsAutocast(); ok {
			t.Error("what is detached carries autocast")
		}
		if p, q := a.Autocasted(w), a.Autocasted(w); p != q || p.DType() != d {
			t.Errorf("%v: a parameter is converted twice", d)
		}
		before := a.Autocasted(w)
		w.Detach().MulScalarInPlace(2)
		if after := a.Autocasted(w); after == before || after.Detach().Select(0, 0).Select(0, 0).Item() != 2*before.Detach().Select(0, 0).Select(0, 0).Item() {
			t.Error("a changed parameter is not converted anew")
		}
	}
	err := tensor.Try(func() error { x.Autocast(dtype.Int8); return nil })
	if err == nil || !strings.Contains(err.Error(), "BFloat16") {
		t.Errorf("autocast to int8: %v", err)
	}
}

// The gradient of a product in bfloat16 is that of rounded operands.
func TestAutocastGradient(t *testing.T) {
	w := tensor.From(tensor.CPU(), []float32{1.001, 2}, 2, 1).SetRequiresGrad(true) // 1.001 rounds to 1
	x := tensor.From(tensor.CPU(), []float32{3, 4.01}, 1, 2)                        // 4.01 rounds to 4
	y := x.Autocast(dtype.BFloat16).MatMul(w)
	same(t, "product", y, []int{1, 1}, 11)
	autograd.Backward(y.Sum())
	same(t, "gradient", w.Grad(), []int{2, 1}, 3, 4)
	if w.Grad().DType() != dtype.Float32 {
		t.Errorf("the gradient is %v", w.Grad().DType())
	}
	if _, on := w.Grad().IsAutocast(); on {
		t.Error("the gradient carries autocast")
	}
}
