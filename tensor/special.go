package tensor

import (
	"math"

	"github.com/hekla-ml/hekla/pointwise"
)

var num = pointwise.Const

// Entr returns -x*log(x), 0 at 0 and -Inf below.
func (t *Tensor) Entr() *Tensor { return entr.Apply(nil, t)[0] }

var entr = kernelOf(func(x pointwise.Value) pointwise.Value {
	below := x.Lt(num(0)).Select(num(math.Inf(-1)), x.Mul(num(0)))
	return x.Gt(num(0)).Select(x.Log().Mul(x).Neg(), below)
})

// Ndtr returns the part of the standard normal distribution below x.
func (t *Tensor) Ndtr() *Tensor {
	return t.MulScalar(-math.Sqrt2 / 2).Erfc().MulScalar(0.5)
}

// Ndtri is the inverse of Ndtr.
func (t *Tensor) Ndtri() *Tensor {
	return t.MulScalar(2).SubScalar(1).Erfinv().MulScalar(math.Sqrt2)
}

// Erfcx returns exp(x²)*erfc(x), without the underflow of erfc.
func (t *Tensor) Erfcx() *Tensor { return erfcx.Apply(nil, t)[0] }

var erfcx = kernelOf(scaledErfc)

// scaledErfc is the definition up to 2, and from there the continued fraction
// 1/√π / (x + 1/2/(x + 1/(x + 3/2/(x + ...)))), which 60 terms take to 1e-15.
func scaledErfc(x pointwise.Value) pointwise.Value {
	far := x.Max(num(2))
	f := far
	for k := 60; k > 0; k-- {
		f = far.Add(num(float64(k) / 2).Div(f))
	}
	near := x.Min(num(2))
	return x.Gt(num(2)).Select(num(1/math.Sqrt(math.Pi)).Div(f), near.Mul(near).Exp().Mul(near.Erfc()))
}

// LogNdtr returns the logarithm of Ndtr, far below 0 too.
func (t *Tensor) LogNdtr() *Tensor { return logNdtr.Apply(nil, t)[0] }

var logNdtr = kernelOf(func(x pointwise.Value) pointwise.Value {
	y := x.Mul(num(-math.Sqrt2 / 2))
	low := y.Max(num(1 / math.Sqrt2))
	below := scaledErfc(low).Mul(num(0.5)).Log().Sub(low.Mul(low))
	// erfc(y)/2 near 1 is 1 - erfc(-y)/2.
	high := y.Min(num(1 / math.Sqrt2))
	near := y.Lt(num(0)).Select(high.Neg().Erfc().Mul(num(-0.5)).Log1p(), high.Erfc().Mul(num(0.5)).Log())
	return x.Lt(num(-1)).Select(below, near)
})

// MultiGammaLn returns the logarithm of the multivariate gamma function of
// dimension p; x exceeds (p-1)/2.
func (t *Tensor) MultiGammaLn(p int) *Tensor {
	if p < 1 {
		panic(newError("multigammaln", misfit(ErrAttr, "dimension %d, want at least 1", p), t))
	}
	sum := t.Lgamma()
	for i := 1; i < p; i++ {
		sum = sum.Add(t.SubScalar(float64(i) / 2).Lgamma())
	}
	return sum.AddScalar(float64(p*(p-1)) / 4 * math.Log(math.Pi))
}

func kernelOf(f func(x pointwise.Value) pointwise.Value) *Kernel {
	return NewKernel(1, 0, func(in, _ []pointwise.Value) []pointwise.Value { return []pointwise.Value{f(in[0])} })
}
