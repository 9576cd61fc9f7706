package conformance

import (
	"fmt"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// adjoint lists, of each differentiable op, two samples for second derivatives,
// and for the identity <cotangent, JVP> = <VJP, tangent>. The JVP is the gradient of the gradient, so
// that this runs second derivatives on the device, by a way on which the
// reference has no say.
func (l *lister) adjoint(o *op.Op, all []variant) {
	n := 0
	for i, s := range all {
		if n == 2 || s.Bent || !s.arranged || !o.Differentiable() && o.Decompose == nil {
			continue
		}
		floats, total := 0, 0
		for _, a := range s.In {
			if a.DType().IsFloat() && unit(a.DType()) <= unit(dtype.Float32) {
				floats += elements(a)
			}
			total += elements(a)
		}
		if floats == 0 || total > 512 || !givesFloats(o, s.Sample) {
			continue
		}
		n++
		l.add(testCase{op: o, sample: s.Sample, wrt: every, kind: adjoint}, "%d %s/adjoint", i, s.Name)
		for _, lay := range []layout{contiguous, transposed, sliced} {
			if slices.ContainsFunc(s.In, lay.applies) {
				l.add(testCase{op: o, sample: s.Sample, layout: lay, wrt: every, kind: second}, "%d %s/second %v", i, s.Name, lay)
			}
		}
	}
}

// givesFloats reports whether a result of o can have a gradient.
func givesFloats(o *op.Op, s op.Sample) bool {
	metas := make([]op.Meta, len(s.In))
	for i, a := range s.In {
		metas[i] = a.Meta
	}
	out, err := o.Infer(metas, s.Attrs)
	return err == nil && slices.ContainsFunc(out, func(m op.Meta) bool { return m.DType.IsFloat() })
}

func (c testCase) adjoint(dev backend.Device, s *tensor.Arena) (worst deviation, err error) {
	defer func() { err = withoutDerivative(recover(), err) }()
	var operands, free, along []*tensor.Tensor
	var at []int
	r := op.NewRand(c.seed + 2)
	direction := func(t *tensor.Tensor) (*tensor.Tensor, []float64) {
		a := r.Floats(t.DType(), -1, 1, t.Shape()...)
		return s.Own(c.upload(dev, a)), a.Data
	}
	var tangents [][]float64
	for i, a := range c.sample.In {
		t := s.Own(c.upload(dev, a))
		operands = append(operands, t)
		if a.DType().IsFloat() {
			v, data := direction(t)
			free, along, at, tangents = append(free, t), append(along, v), append(at, i), append(tangents, data)
		}
	}
	which := -1 // the first output that has a gradient
	f := func(in ...*tensor.Tensor) *tensor.Tensor {
		all := append([]*tensor.Tensor(nil), operands...)
		for k, t := range in {
			all[at[k]] = t
		}
		out := tensor.Apply(dev, c.op, c.sample.Attrs, all...)
		for i, t := range out {
			if which < 0 && t.DType().IsFloat() && t.RequiresGrad() {
				which = i
			}
		}
		return out[max(which, 0)]
	}
	probe := make([]*tensor.Tensor, len(free))
	for i, t := range free {
		probe[i] = t.Detach().SetRequiresGrad(true)
	}
	y := f(probe...)
	if which < 0 {
		return worst, &skipped{"no gradient"}
	}
	cot, weights := direction(y)
	_, grads := autograd.VJP(f, free, cot)
	_, jv := autograd.JVP(f, free, along)
	forwards, backwards, size, n := 0.0, 0.0, 0.0, 0
	for i, x := range jv.Float64s() {
		forwards += weights[i] * x
		size += math.Abs(weights[i] * x)
		n++
	}
	for k, g := range grads {
		for i, x := range g.Float64s() {
			backwards += tangents[k][i] * x
			size += math.Abs(tangents[k][i] * x)
			n++
		}
	}
	// Each term is off by some roundings of its own and of the largest value it
	// was computed from; random signs let them grow with the root of their number.
	u := max(coarsest(c.sample.In), unit(y.DType()))
	limit := 4 * c.factor(c.sample.In) * u * (size/math.Sqrt(float64(max(1, n))) + magnitude(c.sample.In))
	if math.IsNaN(forwards) || math.IsNaN(backwards) || math.Abs(forwards-backwards) > limit {
		return worst, fmt.Errorf("<cotangent, JVP> = %v, but <VJP, tangent> = %v, want them within %.3g", forwards, backwards, limit)
	}
	return deviation{share: math.Abs(forwards-backwards) / limit}, nil
}
