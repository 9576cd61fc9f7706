package tensor

import "github.com/hekla-ml/hekla/op"

// Concat joins tensors, which agree in all other axes and promote to one type,
// along an axis.
func Concat(axis int, in ...*Tensor) *Tensor {
	return one(op.Concat, op.AxisAttrs{Axis: axis}, in...)
}
