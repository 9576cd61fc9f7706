package tensor

import "github.com/hekla-ml/hekla/op"

// Indices are int64 or int32 tensors. One that is out of range is an error,
// found when the device runs the call.

// IndexSelect returns the given indices, a vector, of one axis.
func (t *Tensor) IndexSelect(axis int, index *Tensor) *Tensor {
	return one(op.IndexSelect, op.IndexAttrs{Axis: axis}, t, index)
}

// IndexAdd returns t with scale times src added at the given indices, a vector,
// of one axis. Repeated indices add up in order.
func (t *Tensor) IndexAdd(axis int, index, src *Tensor, scale float64) *Tensor {
	return one(op.IndexAdd, op.IndexAttrs{Axis: axis, Scale: scale}, t, index, src)
}

// Gather returns, for each element of index, the element of t at that index
// along an axis and at the same place on the others.
func (t *Tensor) Gather(axis int, index *Tensor) *Tensor {
	return one(op.Gather, op.AxisAttrs{Axis: axis}, t, index)
}

// Scatter returns t with each element of src stored at its index along an axis;
// of several for one place the last in row-major order stays.
func (t *Tensor) Scatter(axis int, index, src *Tensor) *Tensor {
	return one(op.Scatter, op.AxisAttrs{Axis: axis}, t, index, src)
}

// ScatterAdd returns t with each element of src added at its index along an
// axis, in row-major order.
func (t *Tensor) ScatterAdd(axis int, index, src *Tensor) *Tensor {
	return one(op.ScatterAdd, op.AxisAttrs{Axis: axis}, t, index, src)
}

// Embedding returns the rows of t [v, d] that ids [...] name, from 0 to v-1: [..., d].
func (t *Tensor) Embedding(ids *Tensor) *Tensor {
	return one(op.Embedding, op.EmbeddingAttrs{}, t, ids)
}

// OneHot returns 1 at the class each element names and 0 elsewhere, int64
// [..., classes].
func (t *Tensor) OneHot(classes int) *Tensor {
	return one(op.OneHot, op.OneHotAttrs{Classes: classes}, t)
}
