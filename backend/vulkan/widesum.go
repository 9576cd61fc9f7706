package vulkan

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// foldWide folds the halves of an axis that is not kept, each to a result as
// wide as a kernel's own, and then those.
func (d *device) foldWide(c *backend.Call) error {
	s, err := d.spec(c.Fold.Fn, c.In, c.Out[0].DType)
	if err != nil {
		return err
	}
	acc, err := kernel.Accumulator(s)
	if err != nil {
		return err
	}
	axis, n := -1, 1
	for _, k := range c.Fold.Axes {
		if c.In[0].Shape[k] > n {
			axis, n = k, c.In[0].Shape[k]
		}
	}
	if axis < 0 {
		return fmt.Errorf("%w: a fold of operands that cannot be cut", backend.ErrUnsupported)
	}
	outputs := c.Out[0].Shape
	both, err := d.both(outputs, acc)
	if err != nil {
		return err
	}
	defer d.giveScratch(both.Buffer.(*buffer))
	attrs, call := *c.Fold, *c
	attrs.Over, attrs.Out = 0, acc
	call.Fold = &attrs
	if err := d.halvesInto(&both, &call, func(int) int { return axis }, n); err != nil {
		return err
	}
	return d.joined(c.Op, both, c.Out, c.Fold.By, c.Fold.Over)
}

// halvesSum is halves of a call whose result is the sum of two.
func (d *device) halvesSum(c *backend.Call, k cut, n int) error {
	out := &c.Out[0]
	both, err := d.both(out.Shape, sumType(out.DType))
	if err != nil {
		return err
	}
	defer d.giveScratch(both.Buffer.(*buffer))
	if err := d.halvesInto(&both, c, func(j int) int { return k[j] }, n); err != nil {
		return err
	}
	return d.joined(c.Op, both, c.Out, op.BySum, 0)
}

// halvesInto runs c on each half of its inputs, of which input j is cut along
// axis(j) of size n, to both, see there.
func (d *device) halvesInto(both *backend.View, c *backend.Call, axis func(j int) int, n int) (err error) {
	for i, r := range halvesOf(n) {
		half := *c
		half.In, half.Out = slices.Clone(c.In), []backend.View{*both}
		for j := range half.In {
			v := &half.In[j]
			if v.View, err = v.View.Slice(axis(j), r[0], r[1], 1); err != nil {
				return err
			}
		}
		if half.Out[0].View, err = both.Select(0, i); err != nil {
			return err
		}
		if err := d.run(&half); err != nil {
			return err
		}
	}
	return nil
}

// both returns scratch memory for two results of a shape.
func (d *device) both(s []int, t dtype.DType) (backend.View, error) {
	b, err := d.scratch(int64(2 * shape.Numel(s) * t.Size()))
	return backend.View{Buffer: b, DType: t, View: shape.Contiguous(append([]int{2}, s...))}, err
}

// joined folds two results to one.
func (d *device) joined(o *op.Op, both backend.View, out []backend.View, by op.By, over float64) error {
	f := same
	if kindOfType(both.DType) == pointwise.Int {
		f = sameInt
	}
	return d.run(&backend.Call{Op: o, In: []backend.View{both}, Out: out, Fold: &op.ReduceMapAttrs{
		Fn: f, By: by, Over: over, Axes: []int{0}, Out: out[0].DType,
	}})
}

var sameInt = op.NewFn([]pointwise.Kind{pointwise.Int}, nil, func(in, _ []pointwise.Value) []pointwise.Value { return in })
