package linalg

import (
	"gonum.org/v1/gonum/mat"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/tensor"
)

// SVD returns u [..., m, k], s [..., k] and vh [..., k, n] with a = u·diag(s)·vh,
// for matrices a [..., m, n] and k = min(m, n). The columns of u and the rows of
// vh are orthonormal; s falls and is not negative. Signs are arbitrary: a column
// of u and its row of vh may both be negated.
//
// The gradient (Townsend 2016, "Differentiating the singular value
// decomposition") is finite only if the singular values that it needs are
// distinct, and where a is not square also not 0. For s alone it always is.
func SVD(a *tensor.Tensor) (u, s, vh *tensor.Tensor) {
	r := autograd.Call("svd", rule{
		func(c *autograd.Context, in ...*T) []*T {
			out := singular(in[0], mat.SVDThin)
			c.Save(out...)
			return out
		},
		func(c *autograd.Context, g ...*T) []*T {
			return []*T{svdGradient(c.Saved(), g)}
		}}, a)
	return r[0], r[1], r[2]
}

// FullSVD is SVD with square u [..., m, m] and vh [..., n, n]. The columns that
// it adds to u, and the rows to vh, are any that complete the basis: they have no
// gradient.
func FullSVD(a *tensor.Tensor) (u, s, vh *tensor.Tensor) {
	r := autograd.Call("svd", rule{
		func(c *autograd.Context, in ...*T) []*T {
			out := singular(in[0], mat.SVDFull)
			c.Save(out...)
			return out
		},
		func(c *autograd.Context, g ...*T) []*T {
			kept, k := c.Saved(), c.Saved()[1].Dim(-1)
			if g[0] != nil {
				g[0] = g[0].Narrow(-1, 0, k)
			}
			if g[2] != nil {
				g[2] = g[2].Narrow(-2, 0, k)
			}
			return []*T{svdGradient([]*T{kept[0].Narrow(-1, 0, k), kept[1], kept[2].Narrow(-2, 0, k)}, g)}
		}}, a)
	return r[0], r[1], r[2]
}

// SVDVals returns the singular values of a [..., m, n], shape [..., min(m, n)].
func SVDVals(a *tensor.Tensor) *tensor.Tensor {
	_, s, _ := SVD(a)
	return s
}

func singular(a *T, kind mat.SVDKind) []*T {
	m, n, batch := sizes("svd", a)
	k := min(m, n)
	mu, nv := k, k
	if kind == mat.SVDFull {
		mu, nv = m, n
	}
	us, ss, vs := newStack(batch, m, mu), newStack(batch, k), newStack(batch, nv, n)
	if k == 0 {
		us.unit()
		vs.unit()
	}
	each(a, m, n, batch, func(i int, x *mat.Dense) {
		var f mat.SVD
		if !finite(x) || !f.Factorize(x, kind) {
			panic(failure("svd", a, nil, "matrix %d of the batch: the iteration does not converge", i))
		}
		var u, v mat.Dense
		f.UTo(&u)
		f.VTo(&v)
		us.put(i, &u)
		vs.put(i, v.T())
		f.Values(ss.at(i))
	})
	return []*T{us.like(a), ss.like(a), vs.like(a)}
}

// svdGradient is for thin u, s, vh; a gradient may be nil.
func svdGradient(f, g []*T) *T {
	u, s, vh := f[0], f[1], f[2]
	m, n, k := u.Dim(-2), vh.Dim(-1), s.Dim(-1)
	if g[0] == nil && g[2] == nil {
		return columns(u, g[1]).MatMul(vh)
	}
	e := gaps(s.Square()) // s_j² - s_i²
	var in *T
	add := func(x *T) {
		if in != nil {
			x = in.Add(x)
		}
		in = x
	}
	turn := func(x *T) *T { return x.Sub(x.T()).Div(e) } // of a skew matrix
	var beside *T                                        // what leaves the space of u, or of vh
	if g[0] != nil {
		p := u.T().MatMul(g[0])
		add(columns(turn(p), s))
		if m > k {
			beside = columns(g[0].Sub(u.MatMul(p)), s.Reciprocal()).MatMul(vh)
		}
	}
	if g[2] != nil {
		p := vh.MatMul(g[2].T())
		add(rows(turn(p), s))
		if n > k {
			x := u.MatMul(rows(g[2].Sub(p.T().MatMul(vh)), s.Reciprocal()))
			if beside != nil {
				x = x.Add(beside)
			}
			beside = x
		}
	}
	if g[1] != nil {
		add(g[1].DiagEmbed(0, -2, -1))
	}
	y := u.MatMul(in).MatMul(vh)
	if beside != nil {
		y = y.Add(beside)
	}
	return y
}

// finite reports whether a has neither NaN nor infinities, on which the
// iterations of LAPACK need not end.
func finite(a *mat.Dense) bool {
	for _, x := range a.RawMatrix().Data {
		if x-x != 0 {
			return false
		}
	}
	return true
}
