package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/interp"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// reduce computes a call that folds a function of its inputs over axes, in a
// tree that follows from the shape alone.
func (d *device) reduce(c *backend.Call) error {
	out := &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	fn := c.Fold.Fn
	if len(c.In) == 0 || c.In[0].Numel() == 0 || fn.ReadsIndex() || out.DType == dtype.Bool && !givesTruth(fn) {
		return backend.Evaluate(c)
	}
	k := d.fns.kernelOf(fn, c.In, c.Out)
	o := operandPool.Get().(*operands)
	defer o.put()
	o.in, o.out = appendOperands(o.in, c.In), appendOperands(o.out, c.Out)
	k.Reduce(interp.Fold(c.Fold.By), c.In[0].Shape, c.Fold.Axes, c.Fold.Over, o.in, o.out[0], c.Fold.Uniforms)
	return nil
}

// givesTruth reports whether the results of a function are 0 or 1: only then is
// a fold of them, stored as a bool, the fold of bools.
func givesTruth(f *op.Fn) bool {
	last := f.Code[f.Outputs[0]]
	return last.Kind == pointwise.Bool || last.Op == pointwise.OpConvert && f.Code[last.Arg[0]].Kind == pointwise.Bool
}
