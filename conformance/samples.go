package conformance

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// A variant is a sample to check, the op's own or one made from it.
type variant struct {
	op.Sample
	arranged bool // in all layouts, subsets of gradients and aliased
}

// samples returns the op's own samples, the same in other float types, and
// some of the sizes at which kernels change path.
func samples(o *op.Op, seed uint64) []variant {
	if o.Samples == nil {
		return nil
	}
	var l []variant
	for _, s := range o.Samples(op.NewRand(seed)) {
		l = append(l, variant{s, true})
	}
	own := len(l)
	_, _, _, row := o.Elementwise()
	for _, v := range l[:own] {
		for _, d := range []dtype.DType{dtype.Float64, dtype.Float16, dtype.BFloat16} {
			if row && (d == dtype.Float64 || v.Name == d.String()) {
				continue // rows have samples of these
			}
			if s, ok := as(o, v.Sample, d); ok {
				l = append(l, variant{s, false})
			}
		}
	}
	if own > 0 {
		l = append(l, edges(o, l[0].Sample, seed)...)
	}
	return l
}

// as returns s with its float32 operands of type d, rounded to it; ok is false
// if there are none or the op does not take them.
func as(o *op.Op, s op.Sample, d dtype.DType) (op.Sample, bool) {
	in, changed := slices.Clone(s.In), false
	metas := make([]op.Meta, len(in))
	for i, a := range in {
		if a.DType() == dtype.Float32 {
			in[i], changed = a.Round(d), true
		}
		metas[i] = in[i].Meta
	}
	s.In = in
	if s.Name != "" {
		s.Name += " "
	}
	s.Name += d.String()
	_, err := o.Infer(metas, s.Attrs)
	return s, changed && err == nil
}
