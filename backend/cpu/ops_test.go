package cpu_test

import (
	"errors"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// TestOps runs every op of the table on all its samples, with operands laid
// out in all ways, against the reference.
func TestOps(t *testing.T) {
	d := open(t)
	for _, o := range op.All() {
		if o.View != nil || o.Samples == nil {
			continue
		}
		t.Run(o.Name, func(t *testing.T) {
			for _, s := range o.Samples(op.NewRand(1)) {
				for _, l := range []layout{contiguous, transposed, sliced, expanded} {
					if !try(t, d, o, s, l) {
						return
					}
				}
			}
		})
	}
}

// try runs one sample in one layout; it reports false if the op has no kernel.
func try(t *testing.T, d backend.Device, o *op.Op, s op.Sample, l layout) bool {
	t.Helper()
	in, out := s.In, l
	if l == expanded {
		in, out = nil, contiguous
		for _, a := range s.In {
			in = append(in, expand(a))
		}
	}
	c := prepare(t, d, o, in, s.Attrs, l, out)
	err := d.Run(c)
	if o.Ref == nil && o.Lower == nil && errors.Is(err, backend.ErrUnsupported) {
		return false // package tensor decomposes it
	}
	if err != nil {
		t.Errorf("%s, %s, %s: %v", o.Name, s.Name, l, err)
		return true
	}
	narrow := narrow(t, c, in)
	for i, w := range want(o, in, s.Attrs) {
		got, err := take(t, d, c.Out[i])
		if err == nil && narrow != nil {
			err = near(got, w, narrow[i])
		} else if err == nil {
			err = near(got, w, nil)
		}
		if err != nil {
			t.Errorf("%s, %s, %s, output %d %v: %v", o.Name, s.Name, l, i, w.Meta.DType, err)
		}
	}
	return true
}
