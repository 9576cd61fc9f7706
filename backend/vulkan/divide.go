package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// most is how many operands a kernel may have: one buffer more holds the
// parameters that are too many to be pushed.
func (d *device) most() int { return min(d.limits.Buffers, 60) - 1 }

// A divisionKey is what a division depends on.
type divisionKey struct {
	fn    *op.Fn
	types string
}

// divided enqueues an elementwise call of more operands than a kernel may have.
func (d *device) divided(c *backend.Call) error {
	var types []byte
	for _, l := range [...][]backend.View{c.In, c.Out} {
		for i := range l {
			types = append(types, byte(l[i].DType))
		}
	}
	key := divisionKey{c.Fn, string(types)}
	v := d.divisions[key]
	if v == nil {
		var err error
		if v, err = backend.Divide(c, d.most()); err != nil {
			return err
		}
		if len(d.divisions) >= maxPrograms {
			clear(d.divisions)
		}
		d.divisions[key] = v
	}
	return v.Run(c, d.temporary, d.run)
}

// temporary returns scratch memory for a tensor, and what gives it back.
func (d *device) temporary(t dtype.DType, s []int) (backend.View, func(), error) {
	b, err := d.scratch(int64(shape.Numel(s) * t.Size()))
	if err != nil {
		return backend.View{}, nil, err
	}
	return backend.View{Buffer: b, DType: t, View: shape.Contiguous(s)}, func() { d.giveScratch(b) }, nil
}

// foldStored enqueues a reduction as two calls: what its function gives is stored,
// then folded.
func (d *device) foldStored(c *backend.Call) error {
	s, err := d.spec(c.Fold.Fn, c.In, c.Out[0].DType)
	if err != nil {
		return err
	}
	acc, err := kernel.Accumulator(s)
	if err != nil {
		return err
	}
	v, free, err := d.temporary(acc, c.In[0].Shape)
	if err != nil {
		return err
	}
	defer free()
	if err := d.run(&backend.Call{Op: c.Op, In: c.In, Out: []backend.View{v}, Fn: c.Fold.Fn, Uniforms: c.Fold.Uniforms}); err != nil {
		return err
	}
	attrs := *c.Fold
	attrs.Fn, attrs.Uniforms = same, nil
	if acc.IsInt() {
		attrs.Fn = sameInt
	}
	return d.run(&backend.Call{Op: c.Op, In: []backend.View{v}, Out: c.Out, Fold: &attrs})
}
