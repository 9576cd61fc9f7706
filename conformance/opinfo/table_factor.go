package opinfo

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/linalg"
	"github.com/hekla-ml/hekla/tensor"
)

// factorTable has the functions that take matrices apart.
func factorTable() map[string]function {
	info := func(x *T) *T { return tensor.Zeros(x.Device(), dtype.Int32, x.Shape()[:x.Rank()-2]...) }
	factored := func(c *call) (lu, pivots *T) {
		if !c.bool(1, "pivot", true) {
			missing("LU without exchanges")
		}
		lu, pivots = linalg.LUFactor(c.x())
		return lu, pivots.To(dtype.Int32)
	}
	eigen := func(c *call, upper bool) []*T {
		half := linalg.Lower
		if upper {
			half = linalg.Upper
		}
		w, v := linalg.Eigh(c.x(), half)
		return two(w, v)
	}
	eigh := func(c *call) []*T { return eigen(c, c.str(1, "UPLO", "L") == "U") }
	qr := func(c *call) []*T {
		switch mode := c.str(1, "mode", "reduced"); mode {
		case "reduced":
			return two(linalg.QR(c.x()))
		case "complete":
			return two(linalg.FullQR(c.x()))
		default:
			missing("mode %s", mode)
		}
		return nil
	}
	pinv := is(func(c *call) *T { c.ignore("hermitian"); return linalg.Pinv(c.x(), cutoff(c)) })
	rank := is(func(c *call) *T { c.ignore("hermitian"); return linalg.MatrixRank(c.x(), cutoff(c)) })
	return map[string]function{
		"linalg.svd": func(c *call) []*T {
			svd := linalg.SVD
			if c.bool(1, "full_matrices", true) {
				svd = linalg.FullSVD
			}
			u, s, vh := svd(c.x())
			return []*T{u, s, vh}
		},
		"svd": func(c *call) []*T {
			svd := linalg.FullSVD
			if c.bool(1, "some", true) {
				svd = linalg.SVD
			}
			u, s, vh := svd(c.x())
			if !c.bool(2, "compute_uv", true) {
				u, vh = tensor.ZerosLike(u), tensor.ZerosLike(vh)
			}
			return []*T{u, s, vh.T()}
		},
		"linalg.svdvals":  unary(linalg.SVDVals),
		"linalg.eigh":     eigh,
		"linalg.eigvalsh": func(c *call) []*T { return eigh(c)[:1] },
		"symeig": func(c *call) []*T {
			l := eigen(c, c.bool(2, "upper", true))
			if !c.bool(1, "eigenvectors", false) {
				l[1] = tensor.Zeros(c.dev, l[1].DType(), 0)
			}
			return l
		},
		"linalg.qr": qr,
		"qr": func(c *call) []*T {
			if c.bool(1, "some", true) {
				return two(linalg.QR(c.x()))
			}
			return two(linalg.FullQR(c.x()))
		},
		"linalg.pinv": pinv,
		"linalg.pinv.hermitian": is(func(c *call) *T { // of which PyTorch reads the lower triangle
			c.ignore("hermitian")
			return linalg.Pinv(c.x().Tril(0).Add(c.x().Tril(-1).T()), cutoff(c))
		}),
		"linalg.pinv.singular":         is(func(c *call) *T { return linalg.Pinv(c.x().MatMul(c.need(1, "").T()), linalg.Cutoff{}) }),
		"pinverse":                     is(func(c *call) *T { return linalg.Pinv(c.x(), linalg.Cutoff{Rel: c.num(1, "rcond", 1e-15)}) }),
		"linalg.matrix_rank":           rank,
		"linalg.matrix_rank.hermitian": rank,
		"linalg.lstsq":                 leastSquares,
		"linalg.lstsq.grad_oriented": func(c *call) []*T {
			return leastSquares(c)[:1]
		},
		"linalg.cond": is(func(c *call) *T {
			if c.has(1, "p") {
				missing("a norm")
			}
			return linalg.Cond(c.x())
		}),
		"norm.nuc": is(anyNorm),
		"linalg.lu": func(c *call) []*T {
			if !c.bool(1, "pivot", true) {
				missing("LU without exchanges")
			}
			p, l, u := linalg.LU(c.x())
			return []*T{p, l, u}
		},
		"linalg.lu_factor":    func(c *call) []*T { return two(factored(c)) },
		"linalg.lu_factor_ex": func(c *call) []*T { lu, p := factored(c); return []*T{lu, p, info(c.x())} },
		"lu": func(c *call) []*T {
			lu, p := factored(c)
			if c.bool(2, "get_infos", false) {
				return []*T{lu, p, info(c.x())}
			}
			return two(lu, p)
		},
		"lu_unpack": func(c *call) []*T {
			p, l, u := linalg.LUUnpack(c.x(), c.need(1, ""))
			return []*T{p, l, u}
		},
		"lu_solve": is(func(c *call) *T { return linalg.LUSolve(c.need(1, ""), c.need(2, ""), c.x(), false) }),
		"linalg.lu_solve": is(func(c *call) *T {
			lu, p, b, back := c.x(), c.need(1, ""), c.need(2, "B"), c.bool(-1, "adjoint", false)
			if c.bool(-1, "left", true) {
				return linalg.LUSolve(lu, p, b, back)
			}
			return linalg.LUSolve(lu, p, b.T(), !back).T()
		}),
		"geqrf":                      func(c *call) []*T { return two(linalg.Reflectors(c.x())) },
		"linalg.householder_product": is(func(c *call) *T { return linalg.FromReflectors(c.x(), c.need(1, "")) }),
		"ormqr": is(func(c *call) *T {
			a, tau, b, back := c.x(), c.need(1, ""), c.need(2, ""), c.bool(4, "transpose", false)
			if c.bool(3, "left", true) {
				return linalg.Reflect(a, tau, b, back)
			}
			return linalg.Reflect(a, tau, b.T(), !back).T()
		}),
		"matrix_exp": unary(linalg.Exp),
	}
}

// cutoff is of atol and rtol.
func cutoff(c *call) linalg.Cutoff {
	l := linalg.Cutoff{Abs: c.num(-1, "atol", 0), Rel: c.num(-1, "rtol", 0)}
	if c.has(1, "tol") {
		l.Abs = c.num(1, "tol", 0)
	}
	return l
}

// leastSquares returns the solution, and what depends on the driver: the squares
// of what is left over, the ranks and the singular values.
func leastSquares(c *call) []*T {
	a, b, driver := c.x(), c.need(1, ""), c.str(-1, "driver", "gelsy")
	limit := linalg.Cutoff{Rel: c.num(2, "rcond", 0)}
	none := tensor.Zeros(c.dev, a.DType(), 0)
	vector := b.Rank() == 1 || b.Rank() == a.Rank()-1 && slices.Equal(b.Shape(), a.Shape()[:a.Rank()-1])
	if vector {
		b = b.Unsqueeze(-1)
	}
	x := linalg.Lstsq(a, b, limit)
	left, rank, s := none, tensor.Zeros(c.dev, dtype.Int64, 0), none
	if driver != "gels" {
		rank = linalg.MatrixRank(a, limit)
	}
	if driver == "gelsd" || driver == "gelss" {
		s = linalg.SVDVals(a)
	}
	if a.Dim(-2) > a.Dim(-1) && driver != "gelsy" {
		left = a.MatMul(x).Sub(b).Square().Sum(-2)
	}
	if vector {
		x = x.Squeeze(-1)
	}
	return []*T{x, left, rank, s}
}
