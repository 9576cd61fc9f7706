package conformance

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// inplace lists, of each elementwise op, samples whose result takes the place of
// the first operand: exactly, as optimizers do, and one element further on, so
// that what is written is read later unless it was copied before.
func (l *lister) inplace(o *op.Op, all []variant) {
	if o.Lower == nil {
		return
	}
	n := 0
	for i, s := range all {
		if len(s.In) == 0 || s.Bent || elements(s.In[0]) < 2 {
			continue
		}
		metas := make([]op.Meta, len(s.In))
		for k, a := range s.In {
			metas[k] = a.Meta
		}
		out, err := o.Infer(metas, s.Attrs)
		if err != nil || len(out) != 1 || out[0].DType != s.In[0].DType() || !slices.Equal(out[0].Shape, s.In[0].Shape()) {
			continue
		}
		if n++; n > 3 && elements(s.In[0]) < 1000 {
			continue
		}
		l.add(testCase{op: o, sample: s.Sample, kind: replacing}, "%d %s/in place", i, s.Name)
		if len(s.In[0].Shape()) == 1 {
			l.add(testCase{op: o, sample: s.Sample, kind: overlapping}, "%d %s/overlapping", i, s.Name)
		}
	}
}

func (c testCase) inplace(dev backend.Device, s *tensor.Arena) (worst deviation, err error) {
	r := &run{testCase: c, dev: dev, arena: s, in: c.sample.In, analyst: newAnalyst()}
	want := r.analyst.Apply(c.op, c.sample.Attrs, valuesOf(r.in)...)[0].(*op.Array)
	operands := make([]*tensor.Tensor, len(r.in))
	for i, a := range r.in {
		operands[i] = s.Own(c.upload(dev, a))
	}
	dst := operands[0]
	if c.kind == overlapping {
		a := r.in[0]
		longer := op.NewArray(a.DType(), len(a.Data)+1)
		copy(longer.Data, a.Data)
		base := s.Own(c.upload(dev, longer))
		operands[0], dst = base.Slice(0, 0, len(a.Data)), base.Slice(0, 1, len(a.Data)+1)
	}
	metas := make([]op.Meta, len(r.in))
	for i, a := range r.in {
		metas[i] = a.Meta
	}
	fn, uniforms := c.op.Lower(metas, c.sample.Attrs)
	before := dst.Version()
	tensor.Update(fn, uniforms, []*tensor.Tensor{dst}, operands)
	if dst.Version() == before {
		return worst, fmt.Errorf("the version is still %d", before)
	}
	err = r.compare(dst, want, r.bound(r.in, want), false)
	return r.worst, err
}
