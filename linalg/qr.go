package linalg

import (
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/tensor"
)

// QR returns q [..., m, k] with orthonormal columns and upper triangles
// r [..., k, n] with a = q·r, for a [..., m, n] and k = min(m, n).
//
// The gradient (Walter and Lehmann 2010) is finite if the first k columns of a
// are independent.
func QR(a *tensor.Tensor) (q, r *tensor.Tensor) {
	m, n, _ := sizes("qr", a)
	if m < n { // the columns after the square are coordinates in its basis
		q, r1 := QR(a.Narrow(-1, 0, m))
		return q, tensor.Concat(-1, r1, q.T().MatMul(a.Narrow(-1, m, n-m)))
	}
	out := autograd.Call("qr", rule{
		func(c *autograd.Context, in ...*T) []*T {
			out := orthogonal(in[0], n)
			c.Save(out...)
			return out
		},
		func(c *autograd.Context, g ...*T) []*T {
			q, r := c.Saved()[0], c.Saved()[1]
			var x *T
			switch {
			case g[1] == nil:
				x = q.T().MatMul(g[0]).Neg()
			case g[0] == nil:
				x = g[1].MatMul(r.T())
			default:
				x = g[1].MatMul(r.T()).Sub(q.T().MatMul(g[0]))
			}
			x = x.Triu(0).Add(x.Triu(1).T()) // symmetric
			y := q.MatMul(x)
			if g[0] != nil {
				y = y.Add(g[0])
			}
			return []*T{r.SolveTriangular(y.T(), true, false).T()} // y·r⁻ᵀ
		}}, a)
	return out[0], out[1]
}

// FullQR is QR with square q [..., m, m] and r [..., m, n]. The columns that it
// adds to q are any that complete the basis; it has no gradient where there are
// such, as m > n.
func FullQR(a *tensor.Tensor) (q, r *tensor.Tensor) {
	m, n, _ := sizes("qr", a)
	if m <= n {
		return QR(a)
	}
	out := autograd.Call("qr", rule{
		func(c *autograd.Context, in ...*T) []*T { return orthogonal(in[0], m) },
		func(c *autograd.Context, g ...*T) []*T {
			panic(failure("qr", a, nil, "FullQR of more rows than columns has no gradient; use QR"))
		}}, a)
	return out[0], out[1]
}

// orthogonal returns k columns of q and rows of r.
func orthogonal(a *T, k int) []*T {
	m, n, batch := sizes("qr", a)
	qs, rs := newStack(batch, m, k), newStack(batch, k, n)
	if m*n == 0 && k > 0 {
		qs.unit()
	}
	each(a, m, n, batch, func(i int, x *mat.Dense) {
		var f mat.QR
		f.Factorize(x)
		var q, r mat.Dense
		f.QTo(&q)
		f.RTo(&r)
		qs.put(i, &q)
		rs.put(i, &r)
	})
	return []*T{qs.like(a), rs.like(a)}
}

// Reflectors returns QR as LAPACK leaves it, with R in the upper triangle and
// Householder's vectors below, and their factors tau [..., min(m, n)]: see
// FromReflectors. It has no gradient.
func Reflectors(a *tensor.Tensor) (packed, tau *tensor.Tensor) {
	m, n, batch := sizes("geqrf", a)
	ps, ts := newStack(batch, m, n), newStack(batch, min(m, n))
	each(a, m, n, batch, func(i int, x *mat.Dense) {
		g := general(x)
		work := make([]float64, 1)
		lapack64.Geqrf(g, ts.at(i), work, -1)
		work = make([]float64, int(work[0]))
		lapack64.Geqrf(g, ts.at(i), work, len(work))
		ps.put(i, x)
	})
	packed, tau = ps.like(a), ts.like(a)
	tensor.Inherit([]*T{a}, []*T{packed, tau})
	return packed, tau
}

// FromReflectors returns the first n columns of the product of the reflections
// 1 - tau_i·v_i·v_iᵀ, for packed [..., m, n] with the vectors v_i below its
// diagonal, and tau [..., k], k <= n <= m. It is differentiable in both.
func FromReflectors(packed, tau *tensor.Tensor) *tensor.Tensor {
	m, n, _ := sizes("householderproduct", packed)
	if n > m {
		panic(failure("householderproduct", packed, tensor.ErrShape, "want no more columns than rows"))
	}
	return Reflect(packed, tau, tensor.Eye(packed.Device(), packed.DType(), m, n), false)
}

// Reflect returns q·c, or qᵀ·c, with the square q that FromReflectors has the
// first columns of, for c [..., m, any].
func Reflect(packed, tau, c *tensor.Tensor, transposed bool) *tensor.Tensor {
	m, n, _ := sizes("reflect", packed)
	k := tau.Dim(-1)
	switch {
	case k > n:
		panic(failure("reflect", tau, tensor.ErrShape, "want at most as many factors as there are columns, %d", n))
	case c.Rank() < 2 || c.Dim(-2) != m:
		panic(failure("reflect", c, tensor.ErrShape, "want %d rows", m))
	}
	v := packed.Narrow(-1, 0, k).Tril(-1).Add(tensor.Eye(packed.Device(), packed.DType(), m, k))
	for i := range k {
		at := i
		if !transposed {
			at = k - 1 - i
		}
		col := v.Narrow(-1, at, 1)
		c = c.Sub(col.MatMul(col.T().MatMul(c)).Mul(tau.Narrow(-1, at, 1).Unsqueeze(-1)))
	}
	return c
}
