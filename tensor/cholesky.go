package tensor

import (
	"math"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Cholesky returns the lower triangles l with l·lᵀ = t, for symmetric positive
// definite matrices, of which it reads the lower triangle. See Solve for where
// it computes. The gradient is symmetric.
func (t *Tensor) Cholesky() *Tensor {
	n := t.square("cholesky", t)
	x := t.Float64s()
	for i := range shape.Numel(t.Shape()[:t.Rank()-2]) {
		if !cholesky(x[i*n*n:(i+1)*n*n], n) {
			panic(newError("cholesky", errMessage("matrix %d of the batch is not positive definite", i), t))
		}
	}
	return record(&op.Op{Name: "cholesky", SaveOut: op.Nth(0), Grad: func(b op.Builder, c *op.GradContext) []op.Value {
		in := taken(b, c.Out[0], c.G[0])
		up := in[0].T()
		p := up.MatMul(in[1].Tril(0))
		p = p.Tril(0).Add(p.Tril(-1)).MulScalar(0.5)
		x := up.Solve(p) // l⁻ᵀ·p, and then ·l⁻¹
		x = up.Solve(x.T()).T()
		return []op.Value{x.Add(x.T()).MulScalar(0.5)}
	}}, t.result(x, t.Shape()), t)
}

// cholesky replaces a by its triangle; false if a is not positive definite.
func cholesky(a []float64, n int) bool {
	for i := range n {
		for k := range i + 1 {
			s := a[i*n+k]
			for j := range k {
				s -= a[i*n+j] * a[k*n+j]
			}
			if i == k {
				if !(s > 0) {
					return false
				}
				a[i*n+i] = math.Sqrt(s)
			} else {
				a[i*n+k] = s / a[k*n+k]
			}
		}
		for k := i + 1; k < n; k++ {
			a[i*n+k] = 0
		}
	}
	return true
}

// SolveTriangular is Solve with the upper or the lower triangle of t alone;
// with ones on its diagonal if unit is set.
func (t *Tensor) SolveTriangular(b *Tensor, upper, unit bool) *Tensor {
	deviceOf(nil, "solvetriangular", []*Tensor{t, b})
	n := t.square("solvetriangular", b)
	keep := 0
	if unit {
		keep = 1
	}
	var a *Tensor
	if upper {
		a = t.Triu(keep)
	} else {
		a = t.Tril(-keep)
	}
	if unit {
		a = a.Add(Eye(t.Device(), t.dtype, n, n))
	}
	return a.Solve(b)
}

// CholeskySolve returns x with l·lᵀ·x = b, where t is the triangle l.
func (t *Tensor) CholeskySolve(b *Tensor) *Tensor {
	l := t.Tril(0)
	return l.T().Solve(l.Solve(b))
}
