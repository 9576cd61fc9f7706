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
// float64 reference. It returns how far the results were off.
func (c testCase) check(dev backend.Device) (worst deviation, err error) {
	err = tensor.Try(func() (err error) {
		tensor.Scope(func(s *tensor.Arena) {
			switch c.kind {
			case refused:
				err = c.refuse(dev, s)
			case adjoint:
				worst, err = c.adjoint(dev, s)
			case second:
				worst, err = c.second(dev, s)
			case sequence:
				worst, err = c.sequence(dev, s)
			case replacing, overlapping:
				worst, err = c.inplace(dev, s)
			default:
				worst, err = c.values(dev, s)
			}
		})
		return err
	})
	return worst, err
}

// values checks outputs and gradients. An op without a gradient of its own is
// recorded as what it decomposes into, so that its kernel runs only where no
// gradient is wanted: it is run that way, too.
func (c testCase) values(dev backend.Device, s *tensor.Arena) (worst deviation, err error) {
	if c.op.Decompose != nil && !c.op.Differentiable() {
		kernel := &run{testCase: c, dev: dev, arena: s}
		kernel.wrt = 0
		if err := kernel.forward(); err != nil {
			return worst, err
		}
		worst = kernel.worst
	}
	r := &run{testCase: c, dev: dev, arena: s}
	if err := r.forward(); err != nil {
		return worst, err
	}
	err = r.backward()
	return worst.with(r.worst), err
}

// A run is a case under way on a device.
type run struct {
	testCase
	dev   backend.Device
	arena *tensor.Arena

	in       []*op.Array
	operands []*tensor.Tensor
	out      []*tensor.Tensor
	tape     *op.Tape // of the reference, with bounds
	analyst  *analyst
	want     []op.Value
	worst    deviation
}

// compare keeps the largest error. It takes the analyst's bound, or else the
// coarse one. The analysis is of first order, which for gradients at the ends of
// the range of float32 means little.
func (r *run) compare(t *tensor.Tensor, want *op.Array, coarse bound, gradient bool) error {
	b, extreme := coarse, r.extreme(r.in, want)
	if e := r.analyst.bound(want); e != nil {
		b = bound{each: e}
		if !gradient {
			extreme = nowhere
		}
	}
	got := t.Float64s()
	share, err := compare(got, want, b, extreme)
	r.worst.share = max(r.worst.share, share)
	if ulp, i := worstULP(got, want, r.op.Lower != nil && !gradient, extreme); ulp > r.worst.ulp {
		r.worst = r.worst.with(deviation{ulp: ulp, at: place(i, got[i], want.Data[i], r.in, want.Shape())})
	}
	return err
}

// forward computes the outputs and compares them.
func (r *run) forward() error {
	r.in = r.layout.prepare(r.sample.In)
	r.analyst = newAnalyst()
	r.tape = op.NewTape(r.analyst)
	r.want = r.tape.Apply(r.op, r.sample.Attrs, valuesOf(r.in)...)
	r.operands = make([]*tensor.Tensor, len(r.in))
	for i, a := range r.in {
		if first := slices.Index(r.in, a); first < i {
			r.operands[i] = r.operands[first] // one tensor is several operands
			continue
		}
		t := r.arena.Own(r.upload(r.dev, a))
		if r.wants(i) {
			t.SetRequiresGrad(true)
		}
		r.operands[i] = t
	}
	r.out = tensor.Apply(r.dev, r.op, r.sample.Attrs, r.operands...)
	for i, t := range r.out {
		w := r.want[i].(*op.Array)
		if !slices.Equal(t.Shape(), w.Shape()) || t.DType() != w.DType() {
			return fmt.Errorf("output %d is %v%v, want %v%v", i, t.DType(), t.Shape(), w.DType(), w.Shape())
		}
		if err := r.compare(t, w, r.bound(r.in, w), false); err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
	}
	return nil
}

// wants reports whether the case asks for the gradient of operand i. Not where a
// row repeated with a stride of 0 has no deviation: one rounding of the mean makes
// a standard deviation of 1e-8, whose gradient, 0 by definition at 0, is then a
// quotient of such numbers; and the gradients of a normalisation are that rounding
// times 1/sqrt(eps).
func (c testCase) wants(i int) bool {
	if c.layout == expanded && (c.op == op.Std || c.op == op.BatchNorm && len(c.sample.In[0].Shape()) == 2) {
		return false
	}
	return c.wrt.Has(i) && c.sample.In[i].DType().IsFloat() && (c.op.Differentiable() || c.op.Decompose != nil)
}

// cotangents returns a random one for each output that has a gradient: never
// ones, of which softmax or a norm makes a gradient of zeros.
func (r *run) cotangents() []*op.Array {
	rnd := op.NewRand(r.seed + 1)
	cot := make([]*op.Array, len(r.out))
	for i, t := range r.out {
		w := r.want[i].(*op.Array)
		if !w.DType().IsFloat() || !t.RequiresGrad() {
			continue
		}
		cot[i] = rnd.Floats(w.DType(), 0.5, 1.5, w.Shape()...)
		for k := range cot[i].Data {
			if rnd.IntN(2) == 0 {
				cot[i].Data[k] = -cot[i].Data[k]
			}
		}
		cot[i] = r.layout.prepare(cot[i : i+1])[0]
	}
	return cot
}

// backward compares the gradients for a random cotangent.
func (r *run) backward() error {
	cot := r.cotangents()
	var results []*op.Array
	var roots, cots []*tensor.Tensor
	outs := make([]op.Value, len(cot))
	for i, t := range r.out {
		results = append(results, r.want[i].(*op.Array))
		if cot[i] != nil {
			outs[i] = cot[i] // a nil *Array is no nil Value
			roots = append(roots, t)
			cots = append(cots, r.arena.Own(r.upload(r.dev, cot[i])))
		}
	}
	if len(roots) == 0 {
		return nil
	}
	var wrt []*tensor.Tensor
	var by []op.Value
	for i, a := range r.in {
		if r.wants(i) && slices.Index(r.in, a) == i {
			wrt, by = append(wrt, r.operands[i]), append(by, a)
		}
	}
	wants := r.tape.Grad(r.want, outs, by)
	for k, g := range autograd.Grad(roots, wrt, autograd.WithGrad(cots...), autograd.AllowUnused()) {
		i := slices.Index(r.operands, wrt[k])
		if wants[k] == nil || g == nil {
			if wants[k] != nil || g != nil {
				return fmt.Errorf("gradient %d: got one: %v, want one: %v", i, g != nil, wants[k] != nil)
			}
			continue
		}
		r.arena.Own(g)
		a, w := r.in[i], wants[k].(*op.Array)
		if !slices.Equal(g.Shape(), a.Shape()) || g.DType() != a.DType() {
			return fmt.Errorf("gradient %d is %v%v, want %v%v", i, g.DType(), g.Shape(), a.DType(), a.Shape())
		}
		if err := r.compare(g, w, r.gradBound(r.in, results, w), true); err != nil {
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
	defer base.Free() // the view holds the memory
	return base.AsStrided(v.Shape, v.Strides, v.Offset).Detach()
}
