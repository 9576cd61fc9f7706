package opinfo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A trial is one sample on its way through the runs in float64 and float32.
type trial struct {
	dev      backend.Device
	types    []dtype.DType
	name     string
	number   int
	sample   *sample
	recorded map[string]*T
	f        function
	op       *Op
}

// run counts the sample as passed, failed or unsupported.
func (t *trial) run() {
	if t.sample.Outs == 0 {
		t.unsupported("no tensor among the results")
		return
	}
	var gradients, second, forwards bool
	for _, d := range t.types {
		g, s, j, err := t.runIn(d)
		var u unsupported
		switch {
		case errors.As(err, &u):
			t.unsupported(string(u))
			return
		case d == dtype.Float64 && errors.Is(err, backend.ErrUnsupported):
			continue // a device without float64
		case err != nil:
			t.op.Failed++
			t.op.Failures = append(t.op.Failures, fmt.Sprintf("%s/%d in %v: %v", t.name, t.number, d, err))
			return
		}
		if d == dtype.Float64 {
			gradients, second, forwards = g, s, j
		}
	}
	t.op.Passed++
	count(&t.op.Gradients, gradients)
	count(&t.op.Second, second)
	count(&t.op.Forwards, forwards)
}

func (t *trial) unsupported(why string) {
	t.op.Unsupported++
	t.op.Missing[why]++
}

func count(n *int, if_ bool) {
	if if_ {
		*n++
	}
}

func (u unsupported) Error() string { return string(u) }

// runIn makes the call in one precision and compares all that was recorded; it
// reports which derivatives these were.
func (t *trial) runIn(d dtype.DType) (gradients, second, forwards bool, err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case unsupported:
			err = e
		case error:
			err = e
		default:
			err = fmt.Errorf("panic: %v", e)
		}
	}()
	c := newCall(t.dev, d, t.sample, t.recorded)
	outs := t.f(c)
	if s := c.unread(); s != "" {
		missing("%s", s)
	}
	if err := t.values(d, outs); err != nil {
		return false, false, false, err
	}
	odd := illPosed[t.name].covers(t.number)
	if len(t.sample.Grads) == 0 || odd >= noGradient {
		return false, false, false, nil
	}
	return t.derivatives(c, d, outs, odd)
}

// values compares the outputs.
func (t *trial) values(d dtype.DType, outs []*T) error {
	if len(outs) != t.sample.Outs {
		return fmt.Errorf("%d results, want %d", len(outs), t.sample.Outs)
	}
	kind := illPosed[t.name].covers(t.number)
	if kind == noValue {
		return nil
	}
	for i, y := range outs {
		truth := t.at("out%d", i)
		typed := truth
		low := t.at("out%d.f32", i)
		if d == dtype.Float32 && low != nil {
			typed = low
		}
		if y.DType() != typed.DType() {
			return fmt.Errorf("output %d is %v, want %v", i, y.DType(), typed.DType())
		}
		if kind == upToSign {
			y, truth = y.Abs(), truth.Abs()
		}
		if s := differ(y, truth, low, t.tolerance(d, typed.DType()), kind == onlyShape); s != "" {
			return fmt.Errorf("output %d: %s", i, s)
		}
	}
	return nil
}

func (t *trial) at(format string, i int) *T {
	return t.recorded[fmt.Sprintf("%d."+format, t.number, i)]
}

// tolerance of a run in d, of a result that is rounded to at.
func (t *trial) tolerance(d, at dtype.DType) tolerance {
	if at.IsFloat() && at < d {
		d = at
	}
	tol := tolerances[d]
	if f := looser[t.name]; d == dtype.Float64 && f.times > 1 {
		tol.floor *= f.times
	}
	return tol
}

// derivatives compares the VJP and, in float64 where they were recorded, double
// backward and the JVP, which is the derivative of the VJP by its cotangent.
func (t *trial) derivatives(c *call, d dtype.DType, outs []*T, odd oddity) (gradients, second, forwards bool, err error) {
	var roots, cots []*T
	var number []int
	narrow := d
	for q, i := range t.sample.GradOutOf {
		if i < 0 { // PyTorch's test made something else of the results first
			return false, false, false, nil
		}
		y, g := outs[i], t.at("gradout%d", q)
		if y.DType() < narrow {
			narrow = y.DType()
		}
		if y.RequiresGrad() {
			roots, number = append(roots, y), append(number, i)
			cots = append(cots, g.To(y.DType()).ToDevice(t.dev).Detach())
		}
	}
	leaves := make([]*T, len(t.sample.Grads))
	for k, name := range t.sample.Grads {
		leaves[k] = c.made[name]
	}
	tol := t.tolerance(narrow, dtype.Float64)
	twice := d == dtype.Float64 && odd < noSecond && t.hasSecond()
	opts := []autograd.Option{autograd.WithGrad(cots...), autograd.AllowUnused()}
	if twice {
		for _, u := range cots {
			u.SetRequiresGrad(true)
		}
		opts = append(opts, autograd.CreateGraph())
	}
	grads := make([]*T, len(leaves))
	if roots != nil {
		grads = autograd.Grad(roots, leaves, opts...)
	}
	if err := t.compareGrads(".grad", t.sample.Grads, leaves, grads, tol); err != nil {
		return false, false, false, err
	}
	if !twice {
		return true, false, false, nil
	}
	var along, ways []*T
	for k, g := range grads {
		if g != nil && g.RequiresGrad() {
			v := t.recorded[t.sample.Grads[k]+".tangent"]
			along, ways = append(along, g), append(ways, v.To(g.DType()).ToDevice(t.dev).Detach())
		}
	}
	wrt := append(append([]*T{}, leaves...), cots...)
	both := make([]*T, len(wrt))
	if along != nil {
		both = autograd.Grad(along, wrt, autograd.WithGrad(ways...), autograd.AllowUnused())
	}
	if err := t.compareGrads(".gradgrad", t.sample.Grads, leaves, both[:len(leaves)], tol); err != nil {
		return false, false, false, err
	}
	for _, name := range t.sample.Grads {
		second = second || t.recorded[name+".gradgrad"] != nil
	}
	for k, i := range number {
		want := t.at("out%d.jvp", i)
		if want == nil || odd == noForward {
			continue
		}
		forwards = true
		got := both[len(leaves)+k]
		if got == nil {
			got = tensor.ZerosLike(outs[i])
		}
		if s := differ(got, want, nil, tol, false); s != "" {
			return false, false, false, fmt.Errorf("jvp of output %d: %s", i, s)
		}
	}
	return true, second, forwards, nil
}

func (t *trial) hasSecond() bool {
	prefix := fmt.Sprint(t.number, ".")
	for name := range t.recorded {
		if strings.HasPrefix(name, prefix) && (strings.HasSuffix(name, ".gradgrad") || strings.HasSuffix(name, ".jvp")) {
			return true
		}
	}
	return false
}

// compareGrads compares gradients; none counts as zeros.
func (t *trial) compareGrads(suffix string, names []string, leaves, grads []*T, tol tolerance) error {
	for k, g := range grads {
		want := t.recorded[names[k]+suffix]
		if want == nil {
			continue
		}
		if g == nil {
			g = tensor.ZerosLike(leaves[k])
		}
		if s := differ(g, want, t.recorded[names[k]+suffix+".f32"], tol, false); s != "" {
			return fmt.Errorf("%s of %s: %s", suffix[1:], strings.TrimPrefix(names[k], fmt.Sprint(t.number, ".")), s)
		}
	}
	return nil
}
