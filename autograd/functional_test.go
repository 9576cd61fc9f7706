package autograd_test

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/tensor"
)

func TestFunctional(t *testing.T) {
	// f(x) = [x0^2 x1, 5 x0 + sin x1], at [2, 0].
	f := func(x *tensor.Tensor) *tensor.Tensor {
		a, b := x.Select(0, 0), x.Select(0, 1)
		return tensor.Stack(0, a.Square().Mul(b), a.MulScalar(5).Add(b.Sin()))
	}
	many := func(in ...*tensor.Tensor) *tensor.Tensor { return f(in[0]) }
	x := vec(2, 0)
	j := autograd.Jacobian(f, x)
	equal(t, "Jacobian", j, 0, 4, 5, 1)
	if !slices.Equal(j.Shape(), []int{2, 2}) {
		t.Errorf("Jacobian has shape %v", j.Shape())
	}
	y, g := autograd.VJP(many, []*tensor.Tensor{x}, vec(1, 10))
	equal(t, "f", y, 0, 10)
	equal(t, "VJP", g[0], 50, 14)
	y, jv := autograd.JVP(many, []*tensor.Tensor{x}, []*tensor.Tensor{vec(1, 10)})
	equal(t, "f", y, 0, 10)
	equal(t, "JVP", jv, 40, 15)
	h := autograd.Hessian(func(x *tensor.Tensor) *tensor.Tensor { return f(x).Sum() }, x)
	equal(t, "Hessian", h, 0, 4, 4, 0)
	if x.RequiresGrad() || x.Grad() != nil || y.RequiresGrad() {
		t.Error("the input was touched, or the result is linked to it")
	}
}

func TestFunctionalEdges(t *testing.T) {
	x := vec(1, 2)
	constant := func(*tensor.Tensor) *tensor.Tensor { return vec(7) }
	linear := func(x *tensor.Tensor) *tensor.Tensor { return x.Sum() }
	equal(t, "Jacobian of a constant", autograd.Jacobian(constant, x), 0, 0)
	equal(t, "Hessian of a linear function", autograd.Hessian(linear, x), 0, 0, 0, 0)
	equal(t, "Hessian of a constant", autograd.Hessian(constant, x), 0, 0, 0, 0)
	equal(t, "Hessian of x[0]^3, one element kept as a vector", autograd.Hessian(func(x *tensor.Tensor) *tensor.Tensor { return x.Slice(0, 0, 1).PowScalar(3) }, x), 6, 0, 0, 0)
	j := autograd.Jacobian(func(x *tensor.Tensor) *tensor.Tensor { return x.Outer(x) }, x)
	if !slices.Equal(j.Shape(), []int{2, 2, 2}) {
		t.Errorf("Jacobian of a matrix by a vector has shape %v", j.Shape())
	}
	equal(t, "Jacobian of x x'", j, 2, 0, 2, 1, 2, 1, 0, 4)
	y, jv := autograd.JVP(func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Mul(in[1]) }, []*tensor.Tensor{x, vec(5, 6)}, []*tensor.Tensor{vec(1, 0), vec(0, 1)})
	equal(t, "product", y, 5, 12)
	equal(t, "its derivative along two directions", jv, 5, 2)
	_, jv = autograd.JVP(func(in ...*tensor.Tensor) *tensor.Tensor { return vec(3, 4, 5) }, []*tensor.Tensor{x}, []*tensor.Tensor{x})
	equal(t, "JVP of a constant", jv, 0, 0, 0)
	_, g := autograd.VJP(func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Square() }, []*tensor.Tensor{x, vec(1)}, vec(1, 1))
	equal(t, "VJP by an input that is not used", g[1], 0)
	misuse(t, "Hessian of many elements", "tensor: hessian of float64[2]: want a result with one element", func() {
		autograd.Hessian(func(x *tensor.Tensor) *tensor.Tensor { return x.Square() }, x)
	})
	misuse(t, "JVP without direction", "tensor: jvp: 0 directions for 1 inputs", func() {
		autograd.JVP(func(in ...*tensor.Tensor) *tensor.Tensor { return in[0] }, []*tensor.Tensor{x}, nil)
	})
}
