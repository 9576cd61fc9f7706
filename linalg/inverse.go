package linalg

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A Cutoff says which singular values count as 0: those up to the larger of Abs
// and Rel times the largest. The zero value is Rel = max(m, n) times the type's
// distance from 1 to the next number.
type Cutoff struct{ Abs, Rel float64 }

// of returns the limit for matrices of type d.
func (c Cutoff) of(largest float64, m, n int, d dtype.DType) float64 {
	if c == (Cutoff{}) {
		c.Rel = float64(max(m, n)) * map[dtype.DType]float64{
			dtype.Float64: 0x1p-52, dtype.Float32: 0x1p-23, dtype.BFloat16: 0x1p-7, dtype.Float16: 0x1p-10}[d]
	}
	return max(c.Abs, c.Rel*largest)
}

// Pinv returns the pseudoinverses (Moore and Penrose) of a [..., m, n], shape
// [..., n, m]. The gradient (Golub and Pereyra 1973) is that among matrices of
// the same rank.
func Pinv(a *tensor.Tensor, c Cutoff) *tensor.Tensor {
	return autograd.Call("pinv", rule{
		func(ctx *autograd.Context, in ...*T) []*T {
			m, n, batch := sizes("pinv", in[0])
			f := singular(in[0].To(dtype.Float64).ToDevice(tensor.CPU()), mat.SVDThin)
			inverses := newStack(batch, min(m, n))
			for i, s := range f[1].Float64s() {
				first := i - i%inverses.step
				inverses.data[i] = 0
				if s > c.of(f[1].Float64s()[first], m, n, a.DType()) {
					inverses.data[i] = 1 / s
				}
			}
			s := tensor.From(tensor.CPU(), inverses.data, inverses.sizes...)
			p := columns(f[2].T(), s).MatMul(f[0].T()).To(a.DType()).ToDevice(a.Device())
			ctx.Save(in[0], p)
			return []*T{p}
		},
		func(ctx *autograd.Context, g ...*T) []*T {
			a, p := ctx.Saved()[0], ctx.Saved()[1]
			pt, gt := p.T(), g[0].T()
			x := pt.MatMul(g[0]).MatMul(pt).Neg()
			y := gt.MatMul(p).MatMul(pt) // its part beside the columns of a
			x = x.Add(y.Sub(a.MatMul(p.MatMul(y))))
			z := pt.MatMul(p).MatMul(gt) // and beside the rows
			return []*T{x.Add(z.Sub(z.MatMul(p).MatMul(a)))}
		}}, a)[0]
}

// MatrixRank returns the number of singular values of a [..., m, n] that count as
// more than 0, int64 of shape [...].
func MatrixRank(a *tensor.Tensor, c Cutoff) *tensor.Tensor {
	m, n, batch := sizes("matrixrank", a)
	ranks := newStack(batch)
	if k := min(m, n); k > 0 {
		s := singular(a.NoGrad(), mat.SVDThin)[1].Float64s()
		for i, x := range s {
			if x > c.of(s[i-i%k], m, n, a.DType()) {
				ranks.data[i/k]++
			}
		}
	}
	return ranks.like64(a)
}

// Lstsq returns x [..., n, k] that makes a·x closest to b [..., m, k], the
// shortest of them if there are several: the pseudoinverse of a times b.
func Lstsq(a, b *tensor.Tensor, c Cutoff) *tensor.Tensor {
	m, _, _ := sizes("lstsq", a)
	if b.Rank() < 2 || b.Dim(-2) != m || b.DType() != a.DType() {
		panic(failure("lstsq", b, tensor.ErrShape, "want b [..., %d, k] of type %v", m, a.DType()))
	}
	return Pinv(a, c).MatMul(b)
}

// NuclearNorm returns the sums of the singular values of a [..., m, n], shape
// [...].
func NuclearNorm(a *tensor.Tensor) *tensor.Tensor { return SVDVals(a).Sum(-1) }

// SpectralNorm returns the largest singular values of a [..., m, n].
func SpectralNorm(a *tensor.Tensor) *tensor.Tensor { return SVDVals(a).Max(-1) }

// Cond returns the largest singular values of a over the smallest: how much
// larger relative errors of b may be in the solution of a·x = b.
func Cond(a *tensor.Tensor) *tensor.Tensor {
	s := SVDVals(a)
	return s.Max(-1).Div(s.Min(-1))
}

// Exp returns the matrix exponentials of a [..., n, n], by a rational function of
// a·2⁻ˢ squared s times (Higham 2005, degree 13). It is a composite of
// differentiable operations.
func Exp(a *tensor.Tensor) *tensor.Tensor {
	n, _ := square("matrixexp", a)
	if a.Numel() == 0 {
		return a.MulScalar(1)
	}
	const most = 5.37 // the norm up to which the function is right to float64
	norm := a.NoGrad().Abs().Sum(-2).Max().Item()
	squarings := 0
	if norm > most {
		squarings = int(math.Ceil(math.Log2(norm / most)))
	}
	c := [...]float64{64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
		670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1}
	x := a.MulScalar(math.Ldexp(1, -squarings))
	unit := eye(a, n)
	x2 := x.MatMul(x)
	var odd, even *T
	power := unit
	for i := 0; i < len(c); i += 2 { // even powers, and odd ones less a factor of x
		e, o := power.MulScalar(c[i]/c[0]), power.MulScalar(c[i+1]/c[0])
		if i == 0 {
			even, odd, power = e, o, x2
			continue
		}
		even, odd, power = even.Add(e), odd.Add(o), power.MatMul(x2)
	}
	odd = x.MatMul(odd)
	y := even.Sub(odd).Solve(even.Add(odd))
	for range squarings {
		y = y.MatMul(y)
	}
	return y
}
