package tensor

import "github.com/hekla-ml/hekla/op"

// MatMul returns the matrix product of t [..., m, k] and u [..., k, n], shape
// [..., m, n]. Leading axes broadcast. A vector counts as a row on the left and
// as a column on the right, and that axis is dropped from the result: two
// vectors give their dot product. It panics if the inner sizes or the element
// types differ.
func (t *Tensor) MatMul(u *Tensor) *Tensor {
	if t.Rank() == 0 || u.Rank() == 0 {
		panic(newError("matmul", errMessage("%w: want at least one axis each", op.ErrShape), t, u))
	}
	x, y := t, u
	if t.Rank() == 1 {
		x = t.Unsqueeze(0)
	}
	if u.Rank() == 1 {
		y = u.Unsqueeze(1)
	}
	r := one(op.MatMul, nil, x, y)
	if t.Rank() == 1 {
		r = r.Squeeze(-2)
	}
	if u.Rank() == 1 {
		r = r.Squeeze(-1)
	}
	return r
}

// Outer returns the products of all pairs of elements of two vectors, [n, m].
func (t *Tensor) Outer(u *Tensor) *Tensor {
	if t.Rank() != 1 || u.Rank() != 1 {
		panic(newError("outer", errMessage("%w: want two vectors", op.ErrShape), t, u))
	}
	return t.Unsqueeze(1).Mul(u)
}
