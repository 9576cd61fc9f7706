package autograd

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// Step and tolerance of Check: central differences in float64 have an error of
// about step^2/6 times the third derivative, and 1e-16 f/step, some 1e-10 relative at 1e-5.
const (
	checkStep = 1e-5
	checkTol  = 1e-6
)

// Check compares the gradient of f with central differences, for every element
// of every input that requires one, and returns an error that names the first
// that differs by more than 1e-6, relative to the larger of 1 and its size.
// Inputs must be float64; f must be smooth at them. f's output is weighted with
// fixed random numbers, so that no part of the gradient can hide.
func Check(f func(in ...*tensor.Tensor) *tensor.Tensor, in ...*tensor.Tensor) error {
	for i, t := range in {
		if t.RequiresGrad() && t.DType() != dtype.Float64 {
			return fmt.Errorf("autograd: check: input %d is %v, want float64", i, t.DType())
		}
	}
	var weights *tensor.Tensor
	loss := func(in ...*tensor.Tensor) *tensor.Tensor {
		y := f(in...)
		if weights == nil {
			weights = tensor.NewGenerator(1).Uniform(y.Device(), y.DType(), 0.5, 1.5, y.Shape()...)
		}
		return y.Mul(weights).Sum()
	}
	var wrt []*tensor.Tensor
	for _, t := range in {
		if t.RequiresGrad() {
			wrt = append(wrt, t)
		}
	}
	grads := make([]*tensor.Tensor, len(wrt))
	if y := loss(in...); y.RequiresGrad() { // else the gradient is said to be 0
		grads = Grad([]*tensor.Tensor{y}, wrt, AllowUnused())
	}
	k := 0
	for i, t := range in {
		if !t.RequiresGrad() {
			continue
		}
		got := make([]float64, t.Numel())
		if grads[k] != nil {
			got = grads[k].Float64s()
		}
		k++
		x := t.Float64s()
		at := func(j int, v float64) float64 {
			old := x[j]
			x[j] = v
			hidden := append([]*tensor.Tensor(nil), in...)
			hidden[i] = tensor.From(t.Device(), x, t.Shape()...)
			x[j] = old
			return loss(hidden...).Item()
		}
		for j := range x {
			h := checkStep * max(1, math.Abs(x[j]))
			want := (at(j, x[j]+h) - at(j, x[j]-h)) / (2 * h)
			if d := math.Abs(got[j] - want); !(d <= checkTol*max(1, math.Abs(want))) {
				return fmt.Errorf("autograd: check: gradient of input %d %v at element %d (x = %v) is %v, but differences give %v", i, t.Shape(), j, x[j], got[j], want)
			}
		}
	}
	return nil
}

// CheckSecond is Check for the gradient itself: it compares second derivatives
// with differences of first ones.
func CheckSecond(f func(in ...*tensor.Tensor) *tensor.Tensor, in ...*tensor.Tensor) error {
	return Check(func(in ...*tensor.Tensor) *tensor.Tensor {
		fresh := make([]*tensor.Tensor, len(in))
		var wrt []*tensor.Tensor
		for i, t := range in {
			fresh[i] = t
			if !t.DType().IsFloat() {
				continue
			}
			if !t.RequiresGrad() {
				fresh[i] = t.Detach().SetRequiresGrad(true)
			}
			wrt = append(wrt, fresh[i])
		}
		y := f(fresh...)
		if !y.RequiresGrad() {
			return tensor.Scalar(y.Device(), 0.0)
		}
		w := tensor.NewGenerator(2).Uniform(y.Device(), y.DType(), 0.5, 1.5, y.Shape()...)
		total := tensor.Scalar(y.Device(), 0.0)
		for i, g := range Grad([]*tensor.Tensor{y}, wrt, WithGrad(w), CreateGraph(), AllowUnused()) {
			if g == nil {
				continue
			}
			v := tensor.NewGenerator(uint64(3+i)).Uniform(g.Device(), g.DType(), 0.5, 1.5, g.Shape()...)
			total = total.Add(g.Mul(v).Sum())
		}
		return total
	}, in...)
}
