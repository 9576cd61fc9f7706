package tensor

import (
	"math"

	"github.com/hekla-ml/hekla/op"
)

// Draws whose parameters are tensors. They are composed of uniform and normal
// draws, so that they too are the same on every device.

// NormalOf returns mean + std*z with z drawn from the standard normal distribution,
// element by element of mean and std, which broadcast. It is differentiable by
// both: z is a constant.
func (g *Generator) NormalOf(mean, std *Tensor) *Tensor {
	shaped := mean.Add(std.MulScalar(0)) // of the broadcast shape and the promoted type
	if !shaped.dtype.IsFloat() {
		panic(newError("normal", misfit(ErrDType, "want floats"), mean, std))
	}
	z := g.Normal(shaped.Device(), shaped.dtype, 0, 1, shaped.Shape()...)
	return mean.Add(std.Mul(z))
}

// BernoulliOf returns, of p's shape and type, elements that are 1 with the
// probability in p, else 0. It has no gradient.
func (g *Generator) BernoulliOf(p *Tensor) *Tensor {
	if !p.dtype.IsFloat() {
		panic(newError("bernoulli", misfit(ErrDType, "want probabilities as floats"), p))
	}
	u := g.Uniform(p.Device(), p.dtype, 0, 1, p.Shape()...)
	return u.Lt(p.Detach()).To(p.dtype)
}

// Exponential returns floats drawn from the exponential distribution with the
// given rate: their mean is 1/rate.
func (g *Generator) Exponential(like *Tensor, rate float64) *Tensor {
	if !(rate > 0) || !like.dtype.IsFloat() {
		panic(newError("exponential", misfit(ErrAttr, "rate %v, want more than 0, and floats", rate), like))
	}
	u := g.Uniform(like.Device(), like.dtype, 0, 1, like.Shape()...) // below 1, so that 1-u has a logarithm
	return u.Neg().Log1p().MulScalar(-1 / rate)
}

// Multinomial draws n of the k indices of each row of weights [..., k], int64 of
// shape [..., n], with probabilities in proportion to the weights. These must be
// finite and not negative, and one of each row more than 0; without replacement,
// where an index is drawn once at most, n of them. It waits for the device to look
// at them.
func (g *Generator) Multinomial(weights *Tensor, n int, replacement bool) *Tensor {
	w := weights.Detach()
	if w.Rank() < 1 || !w.dtype.IsFloat() {
		panic(newError("multinomial", misfit(ErrShape, "want weights [..., k] of floats"), w))
	}
	k := w.Dim(-1)
	if n < 1 || k == 0 || !replacement && n > k {
		panic(newError("multinomial", misfit(ErrAttr, "%d of %d, want at least one and, without replacement, no more than there are", n, k), w))
	}
	least := 1
	if !replacement {
		least = n
	}
	if err := distributions(w.Float64s(), k, least); err != nil {
		panic(newError("multinomial", err, w))
	}
	if !replacement {
		// The order of arrival of k processes with these rates (Efraimidis and
		// Spirakis 2006): exponential draws over the rates, the smallest first.
		_, index := g.Exponential(w, 1).Div(w).Neg().TopK(-1, n)
		return index
	}
	sums := w.CumSum(-1)
	u := g.Uniform(w.Device(), w.dtype, 0, 1, append(own(w.Shape()[:w.Rank()-1]), n)...)
	// 1-u is above 0: the first sum that is as large has a weight above 0.
	return one(op.SearchSorted, op.SearchAttrs{}, sums, u.Neg().AddScalar(1).Mul(sums.Narrow(-1, k-1, 1)))
}

// distributions is an error unless rows of k weights are such, and least of each
// are more than 0.
func distributions(w []float64, k, least int) error {
	positive := 0
	for i, x := range w {
		if !(x >= 0) || math.IsInf(x, 0) {
			return misfit(ErrAttr, "weight %d of row %d is %v, want a number that is not negative", i%k, i/k, x)
		}
		if x > 0 {
			positive++
		}
		if i%k == k-1 {
			if positive < least {
				return misfit(ErrAttr, "%d weights of row %d are more than 0, want %d", positive, i/k, least)
			}
			positive = 0
		}
	}
	return nil
}
