package autograd

import (
	"github.com/hekla-ml/hekla/tensor"
)

// VJP returns f(in) and the product of the cotangent v with the derivative of f
// by each input: what Backward computes, without touching Grad. An input that f
// does not depend on gets zeros.
func VJP(f func(in ...*tensor.Tensor) *tensor.Tensor, in []*tensor.Tensor, v *tensor.Tensor) (y *tensor.Tensor, grads []*tensor.Tensor) {
	x := fresh(in)
	y = f(x...)
	return y.Detach(), gradOrZero(y, x, WithGrad(v))
}

// JVP returns f(in) and the derivative of f along v, one direction for each
// input. It is the gradient of a gradient: the VJP of f is linear in the
// cotangent, and its transpose is the JVP.
func JVP(f func(in ...*tensor.Tensor) *tensor.Tensor, in, v []*tensor.Tensor) (y, jv *tensor.Tensor) {
	if len(v) != len(in) {
		panic(failure("jvp", nil, "%d directions for %d inputs", len(v), len(in)))
	}
	x := fresh(in)
	y = f(x...)
	u := tensor.ZerosLike(y).SetRequiresGrad(true)
	var outs []*tensor.Tensor
	var cots []*tensor.Tensor
	for i, g := range gradOrZero(y, x, WithGrad(u), CreateGraph()) {
		if g.RequiresGrad() { // else f does not depend on the input
			outs, cots = append(outs, g), append(cots, v[i])
		}
	}
	if outs == nil {
		return y.Detach(), tensor.ZerosLike(y)
	}
	jv = Grad(outs, []*tensor.Tensor{u}, WithGrad(cots...), AllowUnused())[0]
	if jv == nil {
		jv = tensor.ZerosLike(y)
	}
	return y.Detach(), jv
}

// Jacobian returns the derivatives of all elements of f(x) by all elements of
// x: a tensor of the shape of f(x) followed by that of x. It runs one backward
// pass for each element of f(x).
func Jacobian(f func(x *tensor.Tensor) *tensor.Tensor, x *tensor.Tensor) *tensor.Tensor {
	in := fresh([]*tensor.Tensor{x})
	return jacobian(f(in[0]), in[0])
}

// Hessian returns the second derivatives of f, whose result has one element, by
// all pairs of elements of x: a tensor of x's shape twice over.
func Hessian(f func(x *tensor.Tensor) *tensor.Tensor, x *tensor.Tensor) *tensor.Tensor {
	in := fresh([]*tensor.Tensor{x})
	y := f(in[0])
	if y.Numel() != 1 {
		panic(failure("hessian", y, "want a result with one element"))
	}
	return jacobian(gradOrZero(y.Reshape(), in, CreateGraph())[0], in[0])
}

func jacobian(y, x *tensor.Tensor) *tensor.Tensor {
	n := y.Numel()
	sizes := append(append([]int{}, y.Shape()...), x.Shape()...)
	if n == 0 || !y.RequiresGrad() {
		return tensor.Zeros(x.Device(), x.DType(), sizes...)
	}
	flat := y.Reshape(n)
	rows := make([]*tensor.Tensor, n)
	for i := range rows {
		rows[i] = gradOrZero(flat.Select(0, i), []*tensor.Tensor{x}, RetainGraph())[0]
	}
	j := tensor.Stack(0, rows...)
	for _, r := range rows {
		r.Free()
	}
	defer j.Free()
	return j.Reshape(sizes...)
}

// fresh returns leaves with the elements of in.
func fresh(in []*tensor.Tensor) []*tensor.Tensor {
	x := make([]*tensor.Tensor, len(in))
	for i, t := range in {
		x[i] = t.Detach().SetRequiresGrad(true)
	}
	return x
}

func gradOrZero(y *tensor.Tensor, x []*tensor.Tensor, opts ...Option) []*tensor.Tensor {
	grads := make([]*tensor.Tensor, len(x))
	if y.RequiresGrad() {
		grads = Grad([]*tensor.Tensor{y}, x, append(opts, AllowUnused())...)
	}
	for i, g := range grads {
		if g == nil {
			grads[i] = tensor.ZerosLike(x[i])
		}
	}
	return grads
}
