package conformance

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// A variant is a sample to check, the op's own or one made from it.
type variant struct {
	op.Sample
	arranged bool // in all layouts, subsets of gradients and aliased
}

// unmade are operands whose numbers are made when a case with them is drawn: all
// of them are many millions.
type unmade map[*op.Array]func()

func (u unmade) make(s op.Sample) {
	for _, a := range s.In {
		if fill := u[a]; fill != nil {
			fill()
			delete(u, a)
		}
	}
}

// elements is the length of a.Data, also of one that is not made yet.
func elements(a *op.Array) int { return shape.Numel(a.Shape()) }

// samples returns the op's own samples, the same in other float types, and
// some of the sizes at which kernels change path.
func samples(o *op.Op, seed uint64, later unmade) []variant {
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
		l = append(l, edges(o, l[0].Sample, seed, later)...)
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
