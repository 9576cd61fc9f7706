package tensor

import (
	"github.com/hekla-ml/hekla/op"
)

// Reductions fold elements over the given axes (all, without any), which
// disappear from the shape; the Keep variants leave them with size 1. Integers
// and bools sum and multiply to int64.

// Sum returns the sum over axes.
func (t *Tensor) Sum(axes ...int) *Tensor { return fold(op.Sum, t, false, axes) }

// SumKeep is Sum with the reduced axes kept at size 1.
func (t *Tensor) SumKeep(axes ...int) *Tensor { return fold(op.Sum, t, true, axes) }

// Prod returns the product over axes.
func (t *Tensor) Prod(axes ...int) *Tensor { return fold(op.Prod, t, false, axes) }

// Mean returns the mean over axes; t must be of a float type.
func (t *Tensor) Mean(axes ...int) *Tensor { return fold(op.Mean, t, false, axes) }

// MeanKeep is Mean with the reduced axes kept at size 1.
func (t *Tensor) MeanKeep(axes ...int) *Tensor { return fold(op.Mean, t, true, axes) }

// Max returns the largest element over axes; NaN if one is NaN.
func (t *Tensor) Max(axes ...int) *Tensor { return fold(op.AMax, t, false, axes) }

// MaxKeep is Max with the reduced axes kept at size 1.
func (t *Tensor) MaxKeep(axes ...int) *Tensor { return fold(op.AMax, t, true, axes) }

// Min returns the smallest element over axes; NaN if one is NaN.
func (t *Tensor) Min(axes ...int) *Tensor { return fold(op.AMin, t, false, axes) }

// MinKeep is Min with the reduced axes kept at size 1.
func (t *Tensor) MinKeep(axes ...int) *Tensor { return fold(op.AMin, t, true, axes) }

// Any reports whether any element over axes is not zero.
func (t *Tensor) Any(axes ...int) *Tensor { return fold(op.Any, t, false, axes) }

// All reports whether all elements over axes are not zero.
func (t *Tensor) All(axes ...int) *Tensor { return fold(op.Every, t, false, axes) }

func fold(o *op.Op, t *Tensor, keep bool, axes []int) *Tensor {
	return one(o, op.ReduceAttrs{Axes: own(axes), Keep: keep}, t)
}
