package opinfo

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/linalg"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// linalgTable has systems of equations, determinants and norms of matrices.
func linalgTable() map[string]function {
	withInfo := func(f func(c *call) *T) function { // 0 where all went well
		return func(c *call) []*T {
			y := f(c)
			x := c.x()
			return two(y, tensor.Zeros(c.dev, dtype.Int32, x.Shape()[:x.Rank()-2]...))
		}
	}
	factored := func(c *call) *T {
		upper := c.bool(-1, "upper", false)
		l := c.x().Cholesky()
		if upper {
			return l.T()
		}
		return l
	}
	inverse := func(c *call) *T { return c.x().Inverse() }
	return map[string]function{
		"linalg.det": unary((*T).Det),
		"logdet": unary(func(x *T) *T {
			sign, l := x.LogDet()
			return l.Add(tensor.ZerosLike(sign).MaskedFill(sign.LtScalar(0), math.NaN()))
		}),
		"linalg.slogdet": func(c *call) []*T {
			return two(c.x().LogDet())
		},
		"linalg.inv":          is(inverse),
		"linalg.inv_ex":       withInfo(inverse),
		"linalg.solve":        is(solve),
		"linalg.solve_ex":     withInfo(solve),
		"linalg.matrix_power": is(func(c *call) *T { return c.x().MatrixPower(c.int(1, "n", 1)) }),
		"linalg.cholesky":     is(factored),
		"linalg.cholesky_ex":  withInfo(factored),
		"cholesky":            is(factored),
		"cholesky_solve": is(func(c *call) *T {
			return triangle(c.need(1, ""), c.bool(2, "upper", false)).CholeskySolve(c.x())
		}),
		"cholesky_inverse": is(func(c *call) *T {
			l := triangle(c.x(), c.bool(1, "upper", false))
			return l.CholeskySolve(tensor.Eye(c.dev, l.DType(), l.Dim(-1), l.Dim(-1)))
		}),
		"linalg.solve_triangular": is(func(c *call) *T {
			upper, unit := c.bool(-1, "upper", false), c.bool(-1, "unitriangular", false)
			a, b := c.x(), c.need(1, "")
			if c.bool(-1, "left", true) {
				return a.SolveTriangular(b, upper, unit)
			}
			return a.T().SolveTriangular(b.T(), !upper, unit).T()
		}),
		"triangular_solve": func(c *call) []*T {
			upper, unit := c.bool(-1, "upper", true), c.bool(-1, "unitriangular", false)
			b, a := c.x(), c.need(1, "")
			part := a.Tril(0)
			if upper {
				part = a.Triu(0)
			}
			if c.bool(-1, "transpose", false) {
				return two(part.T().SolveTriangular(b, !upper, unit), a)
			}
			return two(part.SolveTriangular(b, upper, unit), a)
		},
		"linalg.tensorinv": is(func(c *call) *T {
			x, k := c.x(), c.int(1, "ind", 2)
			n := 1
			for _, s := range x.Shape()[:k] {
				n *= s
			}
			return x.Reshape(n, -1).Inverse().Reshape(append(slices.Clone(x.Shape()[k:]), x.Shape()[:k]...)...)
		}),
		"linalg.tensorsolve": is(tensorSolve),
		"linalg.matrix_norm": is(func(c *call) *T {
			axes := []int{-2, -1}
			if c.has(2, "dim") {
				axes = c.ints(2, "dim")
			}
			v, _ := c.arg(1, "ord")
			return matrixNorm(c.x(), v, axes, c.bool(3, "keepdim", false))
		}),
		"linalg.norm":                             is(anyNorm),
		"linalg.norm.subgradients_at_zero":        is(anyNorm),
		"polygamma.polygamma_n_0":                 is(polygamma),
		"polygamma.polygamma_n_1":                 is(polygamma),
		"polygamma.polygamma_n_2":                 is(polygamma),
		"polygamma.polygamma_n_3":                 is(polygamma),
		"polygamma.polygamma_n_4":                 is(polygamma),
		"special.polygamma.special_polygamma_n_0": is(polygamma),
	}
}

func polygamma(c *call) *T { return c.x().Polygamma(c.int(1, "n", 0)) }

func triangle(l *T, upper bool) *T {
	if upper {
		return l.T()
	}
	return l
}

// solve takes a vector, or a batch of them, for columns.
func solve(c *call) *T {
	a, b := c.x(), c.need(1, "")
	if b.Rank() == 1 || b.Rank() == a.Rank()-1 && slices.Equal(b.Shape(), a.Shape()[:a.Rank()-1]) {
		return a.Solve(b.Unsqueeze(-1)).Squeeze(-1)
	}
	return a.Solve(b)
}

func tensorSolve(c *call) *T {
	a, b := c.x(), c.need(1, "")
	if dims := c.ints(-1, "dims"); dims != nil {
		to := make([]int, len(dims))
		for i := range to {
			to[i] = a.Rank() - len(dims) + i
		}
		a = a.MoveAxes(dims, to)
	}
	rest := a.Shape()[b.Rank():]
	return a.Reshape(b.Numel(), -1).Solve(b.Reshape(-1, 1)).Reshape(slices.Clone(rest)...)
}

// matrixNorm is of two axes: the root of the squares, or the largest or smallest
// sum of magnitudes of columns or rows.
func matrixNorm(x *T, ord any, axes []int, keep bool) *T {
	if ord == nil || ord == "fro" {
		return apply(op.Norm, op.PNormAttrs{P: 2, Axes: axes, Keep: keep}, x)
	}
	sum, pick := axes[0], axes[1]
	if ord == "nuc" {
		return restore(linalg.NuclearNorm(x.MoveAxes(axes, []int{-2, -1})), axes, keep)
	}
	p := number(ord, 2)
	switch {
	case p == 2:
		return restore(linalg.SpectralNorm(x.MoveAxes(axes, []int{-2, -1})), axes, keep)
	case p == -2:
		return restore(linalg.SVDVals(x.MoveAxes(axes, []int{-2, -1})).Min(-1), axes, keep)
	case math.IsInf(p, 0):
		sum, pick = pick, sum
	case math.Abs(p) != 1:
		missing("order %v", p)
	}
	s := x.Abs().SumKeep(sum)
	y := s.MaxKeep(pick)
	if p < 0 {
		y = s.MinKeep(pick)
	}
	if keep {
		return y
	}
	return y.Squeeze(axes...)
}

// restore puts the reduced axes back, if they are to be kept.
func restore(y *T, axes []int, keep bool) *T {
	if !keep {
		return y
	}
	at := make([]int, len(axes))
	for i, a := range axes {
		if at[i] = a; a < 0 {
			at[i] += y.Rank() + len(axes)
		}
	}
	slices.Sort(at)
	for _, a := range at {
		y = y.Unsqueeze(a)
	}
	return y
}

// anyNorm is of vectors unless there are two axes and an order.
func anyNorm(c *call) *T {
	x, axes, keep := c.x(), c.ints(2, "dim"), c.bool(3, "keepdim", false)
	ord, given := c.arg(1, "ord")
	x = x.To(c.dtype(-1, "dtype", x.DType()))
	if axes == nil && ord == "nuc" {
		axes = []int{-2, -1}
	}
	if given && (len(axes) == 2 || axes == nil && x.Rank() == 2) {
		if axes == nil {
			axes = []int{0, 1}
		}
		return matrixNorm(x, ord, axes, keep)
	}
	if _, isName := ord.(string); isName {
		missing("norm %v of a vector", ord)
	}
	return apply(op.Norm, op.PNormAttrs{P: number(ord, 2), Axes: axes, Keep: keep}, x)
}
