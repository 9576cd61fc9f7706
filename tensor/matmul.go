package tensor

import "github.com/hekla-ml/hekla/op"

// MatMul returns the matrix product of t [..., m, k] and u [..., k, n], shape
// [..., m, n]. Leading axes broadcast. A vector counts as a row on the left and
// as a column on the right, and that axis is dropped from the result: two
// vectors give their dot product. It panics if the inner sizes or the element
// types differ.
func (t *Tensor) MatMul(u *Tensor) *Tensor {
	deviceOf(nil, "matmul", []*Tensor{t, u})
	if t.Rank() == 0 || u.Rank() == 0 {
		panic(newError("matmul", misfit(ErrShape, "want at least one axis each"), t, u))
	}
	x, y := t, u
	if t.Rank() == 1 {
		x = t.Unsqueeze(0)
		defer x.Free()
	}
	if u.Rank() == 1 {
		y = u.Unsqueeze(1)
		defer y.Free()
	}
	r := one(op.MatMul, nil, x, y)
	var axes []int
	if t.Rank() == 1 {
		axes = append(axes, -2)
	}
	if u.Rank() == 1 {
		axes = append(axes, -1)
	}
	if axes == nil {
		return r
	}
	defer r.Free()
	return r.Squeeze(axes...)
}

// Outer returns the products of all pairs of elements of two vectors, [n, m].
func (t *Tensor) Outer(u *Tensor) *Tensor {
	deviceOf(nil, "outer", []*Tensor{t, u})
	if t.Rank() != 1 || u.Rank() != 1 {
		panic(newError("outer", misfit(ErrShape, "want two vectors"), t, u))
	}
	column := t.Unsqueeze(1)
	defer column.Free()
	return column.Mul(u)
}
