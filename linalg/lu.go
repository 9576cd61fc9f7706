package linalg

import (
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/tensor"
)

// LU returns a permutation p [..., m, m], unit lower triangles l [..., m, k] and
// upper triangles u [..., k, n] with a = p·l·u, for a [..., m, n] and
// k = min(m, n). Rows are exchanged such that no element of l is larger than 1.
// The gradient needs the first k columns of a to be independent; p has none.
func LU(a *tensor.Tensor) (p, l, u *tensor.Tensor) {
	packed, pivots := LUFactor(a)
	return LUUnpack(packed, pivots)
}

// LUFactor returns LU in one matrix, u above and l below the diagonal, and the
// exchanges of rows, in int64 and counted from 1 as in LAPACK: row i was
// exchanged with row pivots[i].
func LUFactor(a *tensor.Tensor) (packed, pivots *tensor.Tensor) {
	m, n, batch := sizes("lu", a)
	k := min(m, n)
	ps := newStack(batch, k)
	r := autograd.Call("lu", rule{
		func(c *autograd.Context, in ...*T) []*T {
			fs := newStack(batch, m, n)
			each(in[0], m, n, batch, func(i int, x *mat.Dense) {
				swaps := make([]int, k)
				lapack64.Getrf(general(x), swaps)
				for j, s := range swaps {
					ps.at(i)[j] = float64(s + 1)
				}
				fs.put(i, x)
			})
			f := fs.like(a)
			pivots = ps.like64(a)
			c.Save(f)
			return []*T{f}
		},
		func(c *autograd.Context, g ...*T) []*T {
			return []*T{permutation(pivots, m, g[0]).MatMul(luGradient(c.Saved()[0], g[0]))}
		}}, a)
	return r[0], pivots
}

// luGradient is the gradient by the matrix whose rows are exchanged. With
// a = l·u and f = dl + du, of l⁻¹·da·u⁻¹ what is below the diagonal belongs to
// dl and the rest to du; rows or columns beyond the square follow it.
func luGradient(f, g *T) *T {
	m, n := f.Dim(-2), f.Dim(-1)
	k := min(m, n)
	block := f.Narrow(-2, 0, k).Narrow(-1, 0, k)
	l, u := block.Tril(-1).Add(eye(f, k)), block.Triu(0)
	overU := func(x *T) *T { return u.SolveTriangular(x.T(), true, false).T() } // x·u⁻ᵀ
	overL := func(x *T) *T { return l.T().SolveTriangular(x, true, true) }      // l⁻ᵀ·x
	gl, gu := g.Narrow(-2, 0, k).Narrow(-1, 0, k).Tril(-1), g.Narrow(-2, 0, k).Narrow(-1, 0, k).Triu(0)
	inner := func(low, up *T) *T { return overL(overU(l.T().MatMul(low).Tril(-1).Add(up.MatMul(u.T()).Triu(0)))) }
	switch {
	case m > k: // l2 = a2·u⁻¹
		g2 := overU(g.Narrow(-2, k, m-k))
		gu = gu.Sub(f.Narrow(-2, k, m-k).T().MatMul(g2).Triu(0))
		return tensor.Concat(-2, inner(gl, gu), g2)
	case n > k: // u2 = l⁻¹·a2
		g2 := overL(g.Narrow(-1, k, n-k))
		gl = gl.Sub(g2.MatMul(f.Narrow(-1, k, n-k).T()).Tril(-1))
		return tensor.Concat(-1, inner(gl, gu), g2)
	}
	return inner(gl, gu)
}

// LUUnpack returns p, l and u of what LUFactor packed.
func LUUnpack(packed, pivots *tensor.Tensor) (p, l, u *tensor.Tensor) {
	m, n, _ := sizes("luunpack", packed)
	k := min(m, n)
	if pivots.Rank() != packed.Rank()-1 || pivots.Dim(-1) != k {
		panic(failure("luunpack", pivots, tensor.ErrShape, "want pivots [..., %d]", k))
	}
	l = packed.Narrow(-1, 0, k).Tril(-1).Add(tensor.Eye(packed.Device(), packed.DType(), m, k))
	return permutation(pivots, m, packed), l, packed.Narrow(-2, 0, k).Triu(0)
}

// LUSolve returns x with a·x = b, or aᵀ·x = b, for what LUFactor made of square
// matrices a [..., n, n], and b [..., n, k].
func LUSolve(packed, pivots, b *tensor.Tensor, transposed bool) *tensor.Tensor {
	if n, _ := square("lusolve", packed); b.Rank() < 2 || b.Dim(-2) != n {
		panic(failure("lusolve", b, tensor.ErrShape, "want %d rows", n))
	}
	p, l, u := LUUnpack(packed, pivots)
	if transposed {
		return p.MatMul(l.T().SolveTriangular(u.T().SolveTriangular(b, false, false), true, true))
	}
	return u.SolveTriangular(l.SolveTriangular(p.T().MatMul(b), false, true), true, false)
}

// permutation returns the matrices p with p·x the rows of x in their old order.
func permutation(pivots *T, m int, like *T) *T {
	batch := pivots.Shape()[:pivots.Rank()-1]
	s := newStack(batch, m, m)
	swaps, k := pivots.Float64s(), pivots.Dim(-1)
	row := make([]int, m)
	for i := range len(s.data) / max(1, s.step) {
		for j := range row {
			row[j] = j
		}
		for j := range k {
			to := int(swaps[i*k+j]) - 1
			if to < 0 || to >= m {
				panic(failure("luunpack", pivots, tensor.ErrAttr, "pivot %d, want one from 1 to %d", to+1, m))
			}
			row[j], row[to] = row[to], row[j]
		}
		for j, r := range row {
			s.at(i)[r*m+j] = 1
		}
	}
	return s.like(like)
}
