package nn

import "github.com/hekla-ml/hekla/tensor"

// within makes t, a constant of a computation with x, part of x's Scope, as if
// it were computed from x.
func within(x, t *tensor.Tensor) *tensor.Tensor {
	tensor.Inherit([]*tensor.Tensor{x}, []*tensor.Tensor{t})
	return t
}
