package conformance

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// check runs the case forward and backward on dev and compares both with the
// float64 reference.
func (c testCase) check(dev backend.Device) error {
	return tensor.Try(func() (err error) {
		tensor.Scope(func(s *tensor.Arena) { err = c.run(dev, s) })
		return err
	})
}

func (c testCase) run(dev backend.Device, s *tensor.Arena) error {
	in := c.layout.prepare(c.sample.In)
	want := op.Reference{}.Apply(c.op, c.sample.Attrs, widen(in)...)
	operands := make([]*tensor.Tensor, len(in))
	var wrt []*tensor.Tensor
	var needs op.Mask
	for i, a := range in {
		t := s.Own(c.upload(dev, a))
		if a.DType().IsFloat() && c.op.Differentiable() {
			t.SetRequiresGrad(true)
			wrt = append(wrt, t)
			needs |= op.Nth(i)
		}
		operands[i] = t
	}
	out := tensor.Apply(dev, c.op, c.sample.Attrs, operands...)
	for i, t := range out {
		w := want[i].(*op.Array)
		if !slices.Equal(t.Shape(), w.Shape()) || t.DType() != w.DType() {
			return fmt.Errorf("output %d is %v%v, want %v%v", i, t.DType(), t.Shape(), w.DType(), w.Shape())
		}
		if err := compare(t.Float64s(), w, c.bound(in, w), c.extreme(in, w)); err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
	}
	if len(wrt) == 0 {
		return nil
	}
	return c.backward(s, in, want, out, wrt, needs)
}

// backward compares the gradients for a random cotangent.
func (c testCase) backward(s *tensor.Arena, in []*op.Array, want []op.Value, out, wrt []*tensor.Tensor, needs op.Mask) error {
	r := op.NewRand(c.seed + 1)
	cot := make([]*op.Array, len(out))
	var results []*op.Array
	var roots, cots []*tensor.Tensor
	for i, t := range out {
		w := want[i].(*op.Array)
		results = append(results, w)
		if !w.DType().IsFloat() || !t.RequiresGrad() {
			continue
		}
		cot[i] = r.Floats(w.DType(), 0.5, 1.5, w.Shape()...)
		for k := range cot[i].Data {
			if r.IntN(2) == 0 {
				cot[i].Data[k] = -cot[i].Data[k]
			}
		}
		cot[i] = c.layout.prepare(cot[i : i+1])[0]
		roots = append(roots, t)
		cots = append(cots, s.Own(c.upload(t.Device(), cot[i])))
	}
	if len(roots) == 0 {
		return nil
	}
	wants := op.ReferenceVJP(c.op, c.sample.Attrs, in, cot, needs)
	grads := autograd.Grad(roots, wrt, autograd.WithGrad(cots...), autograd.AllowUnused())
	k := 0
	for i, a := range in {
		if !needs.Has(i) {
			continue
		}
		g := grads[k]
		k++
		if wants[i] == nil {
			if g != nil {
				return fmt.Errorf("gradient %d: got one, want none", i)
			}
			continue
		}
		if g == nil {
			return fmt.Errorf("gradient %d: got none", i)
		}
		s.Own(g)
		if !slices.Equal(g.Shape(), a.Shape()) || g.DType() != a.DType() {
			return fmt.Errorf("gradient %d is %v%v, want %v%v", i, g.DType(), g.Shape(), a.DType(), a.Shape())
		}
		if err := compare(g.Float64s(), wants[i], c.gradBound(in, results, wants[i]), c.extreme(in, wants[i])); err != nil {
			return fmt.Errorf("gradient %d: %w", i, err)
		}
	}
	return nil
}

// upload stores an array in the case's layout; what lies between its elements
// is NaN, or the largest integer.
func (c testCase) upload(dev backend.Device, a *op.Array) *tensor.Tensor {
	d := a.DType()
	v, n := c.layout.arrange(a)
	n = max(n, v.End())
	mem := make([]byte, n*d.Size())
	if d != dtype.Bool {
		for i := range mem {
			mem[i] = 0xff
		}
	}
	backend.WriteArray(mem, backend.View{DType: d, View: v}, a)
	base := tensor.FromBytes(dev, d, mem, n)
	return base.AsStrided(v.Shape, v.Strides, v.Offset).Detach()
}

func widen(in []*op.Array) []op.Value {
	vals := make([]op.Value, len(in))
	for i, a := range in {
		vals[i] = a
	}
	return vals
}
