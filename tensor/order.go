package tensor

import "github.com/hekla-ml/hekla/op"

// NaN counts as larger than any number.

// Sort returns the elements sorted along an axis, and their int64 indices.
// Equal elements keep their order.
func (t *Tensor) Sort(axis int, descending bool) (values, indices *Tensor) {
	return two(op.Sort, op.SortAttrs{Axis: axis, Descending: descending}, t)
}

// ArgSort returns the indices that sort t along an axis, stably.
func (t *Tensor) ArgSort(axis int, descending bool) *Tensor {
	return one(op.ArgSort, op.SortAttrs{Axis: axis, Descending: descending}, t)
}

// TopK returns the k largest elements along an axis, in descending order, and
// their indices.
func (t *Tensor) TopK(axis, k int) (values, indices *Tensor) {
	return two(op.TopK, op.TopKAttrs{K: k, Axis: axis}, t)
}

// ArgMax returns the int64 index of the largest element along an axis, which is
// dropped; of equal ones the first.
func (t *Tensor) ArgMax(axis int) *Tensor { return one(op.ArgMax, op.ArgAttrs{Axis: axis}, t) }

// ArgMin returns the index of the smallest element along an axis, which is
// dropped; of equal ones the first.
func (t *Tensor) ArgMin(axis int) *Tensor { return one(op.ArgMin, op.ArgAttrs{Axis: axis}, t) }

// MaxAlong returns the largest element along an axis, which is dropped, and its
// index; the gradient goes to that element alone.
func (t *Tensor) MaxAlong(axis int) (values, indices *Tensor) {
	return two(op.Max, op.ArgAttrs{Axis: axis}, t)
}

// MinAlong is MaxAlong for the smallest element.
func (t *Tensor) MinAlong(axis int) (values, indices *Tensor) {
	return two(op.Min, op.ArgAttrs{Axis: axis}, t)
}

// CumSum returns the running sum along an axis.
func (t *Tensor) CumSum(axis int) *Tensor { return one(op.CumSum, op.ScanAttrs{Axis: axis}, t) }

// CumProd returns the running product along an axis.
func (t *Tensor) CumProd(axis int) *Tensor { return one(op.CumProd, op.ScanAttrs{Axis: axis}, t) }
