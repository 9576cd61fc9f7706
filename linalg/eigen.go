package linalg

import (
	"gonum.org/v1/gonum/mat"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/tensor"
)

// A Triangle says which half of a symmetric matrix is read.
type Triangle uint8

// The halves; Lower is the default.
const (
	Lower Triangle = iota
	Upper
)

// Eigh returns the eigenvalues w [..., n], rising, and eigenvectors v [..., n, n],
// in columns, of symmetric matrices a [..., n, n], of which it reads one half:
// a = v·diag(w)·vᵀ. Signs of columns are arbitrary.
//
// The gradient is symmetric, as a is. That of v is finite only if the
// eigenvalues are distinct.
func Eigh(a *tensor.Tensor, half Triangle) (w, v *tensor.Tensor) {
	r := autograd.Call("eigh", rule{
		func(c *autograd.Context, in ...*T) []*T {
			out := symmetric(in[0], half)
			c.Save(out...)
			return out
		},
		func(c *autograd.Context, g ...*T) []*T {
			w, v := c.Saved()[0], c.Saved()[1]
			if g[1] == nil {
				return []*T{columns(v, g[0]).MatMul(v.T())}
			}
			x := v.T().MatMul(g[1]).Div(gaps(w))
			x = x.Sub(x.Diagonal(0, -2, -1).DiagEmbed(0, -2, -1)) // v keeps its length
			if g[0] != nil {
				x = x.Add(g[0].DiagEmbed(0, -2, -1))
			}
			y := v.MatMul(x).MatMul(v.T())
			return []*T{y.Add(y.T()).MulScalar(0.5)}
		}}, a)
	return r[0], r[1]
}

// Eigvalsh returns the eigenvalues alone.
func Eigvalsh(a *tensor.Tensor, half Triangle) *tensor.Tensor {
	w, _ := Eigh(a, half)
	return w
}

func symmetric(a *T, half Triangle) []*T {
	n, batch := square("eigh", a)
	ws, vs := newStack(batch, n), newStack(batch, n, n)
	each(a, n, n, batch, func(i int, x *mat.Dense) {
		var one mat.Symmetric = mat.NewSymDense(n, x.RawMatrix().Data) // it reads the upper half
		if half == Lower {
			one = mat.NewSymDense(n, mat.DenseCopyOf(x.T()).RawMatrix().Data)
		}
		var f mat.EigenSym
		if !finite(x) || !f.Factorize(one, true) {
			panic(failure("eigh", a, nil, "matrix %d of the batch: the iteration does not converge", i))
		}
		f.Values(ws.at(i))
		var v mat.Dense
		f.VectorsTo(&v)
		vs.put(i, &v)
	})
	return []*T{ws.like(a), vs.like(a)}
}

// Eig returns the eigenvalues of any square matrices a [..., n, n], real and
// imaginary parts, each [..., n]; conjugates follow each other. They have no
// gradient: Hekla has no complex numbers to write it with.
func Eig(a *tensor.Tensor) (re, im *tensor.Tensor) {
	n, batch := square("eig", a)
	rs, is := newStack(batch, n), newStack(batch, n)
	each(a, n, n, batch, func(i int, x *mat.Dense) {
		var f mat.Eigen
		if !finite(x) || !f.Factorize(x, mat.EigenNone) {
			panic(failure("eig", a, nil, "matrix %d of the batch: the iteration does not converge", i))
		}
		for k, z := range f.Values(nil) {
			rs.at(i)[k], is.at(i)[k] = real(z), imag(z)
		}
	})
	re, im = rs.like(a), is.like(a)
	tensor.Inherit([]*T{a}, []*T{re, im})
	return re, im
}
