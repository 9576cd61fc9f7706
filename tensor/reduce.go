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

// Var returns the variance over axes; the squares are divided by the number of
// elements less correction, which is 1 for the variance of a sample.
func (t *Tensor) Var(correction float64, axes ...int) *Tensor {
	return one(op.Var, op.VarAttrs{Axes: own(axes), Correction: correction}, t)
}

// Std returns the standard deviation over axes: the square root of Var.
func (t *Tensor) Std(correction float64, axes ...int) *Tensor {
	return one(op.Std, op.VarAttrs{Axes: own(axes), Correction: correction}, t)
}

// Norm returns the p-norm over axes; 0 counts what is not zero and an infinite
// p means the largest or smallest magnitude.
func (t *Tensor) Norm(p float64, axes ...int) *Tensor {
	return one(op.Norm, op.PNormAttrs{P: p, Axes: own(axes)}, t)
}

// CountNonzero returns how many elements over axes are not zero, as int64.
func (t *Tensor) CountNonzero(axes ...int) *Tensor { return fold(op.CountNonzero, t, false, axes) }
