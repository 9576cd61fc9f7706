package conformance

import (
	"fmt"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// second checks double backward: the gradient, along a random direction, of the
// gradients for a random cotangent, by operands and cotangents. The reference
// differentiates its own gradients again, in float64.
func (c testCase) second(dev backend.Device, s *tensor.Arena) (worst deviation, err error) {
	defer func() { err = withoutDerivative(recover(), err) }()
	r := &run{testCase: c, dev: dev, arena: s}
	if err := r.forward(); err != nil {
		return r.worst, err
	}
	cot := r.cotangents()
	var roots, cots, wrt []*tensor.Tensor
	var by []op.Value
	outs := make([]op.Value, len(cot))
	for i, t := range r.out {
		if cot[i] != nil {
			outs[i] = cot[i]
			roots, cots = append(roots, t), append(cots, s.Own(r.upload(dev, cot[i])).SetRequiresGrad(true))
		}
	}
	for i, a := range r.in {
		if r.wants(i) {
			wrt, by = append(wrt, r.operands[i]), append(by, a)
		}
	}
	if len(roots) == 0 || len(wrt) == 0 {
		return r.worst, &skipped{"no gradient"}
	}
	wants := r.tape.Grad(r.want, outs, by)
	grads := autograd.Grad(roots, wrt, autograd.WithGrad(cots...), autograd.AllowUnused(), autograd.CreateGraph())
	var along, directions []*tensor.Tensor
	rnd := op.NewRand(c.seed + 4)
	ways := make([]op.Value, len(wants))
	for k, g := range grads {
		if g == nil || wants[k] == nil {
			continue
		}
		s.Own(g)
		w := wants[k].(*op.Array)
		d := rnd.Floats(w.DType(), 0.5, 1.5, w.Shape()...)
		if g.RequiresGrad() {
			ways[k] = d
			along, directions = append(along, g), append(directions, s.Own(r.upload(dev, d)))
		}
	}
	if len(along) == 0 {
		return r.worst, &skipped{"the gradient is a constant"}
	}
	for i := range cot {
		if cot[i] != nil {
			by = append(by, cot[i])
		}
	}
	wrt = append(wrt, cots...)
	results := arraysOf(wants)
	second := r.tape.Grad(wants, ways, by)
	for k, g := range autograd.Grad(along, wrt, autograd.WithGrad(directions...), autograd.AllowUnused()) {
		if g == nil || second[k] == nil { // the one may know that it is 0, the other compute it
			if err := zero(g, second[k]); err != nil {
				return r.worst, fmt.Errorf("second derivative %d: %w", k, err)
			}
			continue
		}
		s.Own(g)
		w := second[k].(*op.Array)
		if err := r.compare(g, w, r.gradBound(r.in, results, w), true); err != nil {
			return r.worst, fmt.Errorf("second derivative %d: %w", k, err)
		}
	}
	return r.worst, nil
}

// zero is an error unless what there is, if anything, is all zeros.
func zero(g *tensor.Tensor, w op.Value) error {
	var data []float64
	if g != nil {
		data = g.Float64s()
	}
	if w != nil {
		data = w.(*op.Array).Data
	}
	for _, x := range data {
		if x != 0 {
			return fmt.Errorf("got one: %v, want one: %v, and it is not 0", g != nil, w != nil)
		}
	}
	return nil
}

func arraysOf(vals []op.Value) []*op.Array {
	var l []*op.Array
	for _, v := range vals {
		if v != nil {
			l = append(l, v.(*op.Array))
		}
	}
	return l
}
