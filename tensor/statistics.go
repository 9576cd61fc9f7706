package tensor

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// VarMean returns the variance and the mean over axes; see Var.
func (t *Tensor) VarMean(correction float64, axes ...int) (variance, mean *Tensor) {
	return two(op.VarMean, op.VarAttrs{Axes: own(axes), Correction: correction}, t)
}

// StdMean returns the standard deviation and the mean over axes.
func (t *Tensor) StdMean(correction float64, axes ...int) (std, mean *Tensor) {
	v, mean := t.VarMean(correction, axes...)
	defer v.Free()
	return v.Sqrt(), mean
}

// MinMax returns the smallest and the largest element over axes.
func (t *Tensor) MinMax(axes ...int) (least, most *Tensor) { return t.Min(axes...), t.Max(axes...) }

// NanSum is Sum with NaN counted as 0.
func (t *Tensor) NanSum(axes ...int) *Tensor {
	x := t.MaskedFill(t.IsNaN(), 0)
	defer x.Free()
	return x.Sum(axes...)
}

// NanMean is the mean of what is not NaN; NaN where nothing is.
func (t *Tensor) NanMean(axes ...int) *Tensor {
	n := t.IsNaN().LogicalNot().Sum(axes...)
	return t.NanSum(axes...).Div(n.To(t.dtype))
}

// Covariance are the options of Cov.
type Covariance struct {
	Correction float64 // subtracted from the number of observations: 1 for a sample
	Counts     *Tensor // how often each observation was made, integers; or nil
	Weights    *Tensor // how much each counts; or nil
}

// Cov returns the covariances of the rows of t, the variables; the columns are
// observations. A vector is one variable; of one the result is a scalar.
func (t *Tensor) Cov(o Covariance) *Tensor {
	if t.Rank() > 2 {
		panic(newError("cov", misfit(ErrShape, "want at most two axes"), t))
	}
	x := t
	if t.Rank() < 2 {
		x = t.Reshape(1, t.Numel())
	}
	n := x.Dim(1)
	weight := func(w *Tensor, integer bool) {
		switch {
		case w == nil:
		case w.Rank() > 1 || w.Numel() != n:
			panic(newError("cov", misfit(ErrShape, "want a weight for each of %d observations", n), t, w))
		case integer != w.dtype.IsInt():
			panic(newError("cov", misfit(ErrDType, "counts are integers, weights are floats"), t, w))
		case n > 0 && w.Min().Item() < 0:
			panic(newError("cov", misfit(ErrAttr, "a weight is negative"), t, w))
		}
	}
	weight(o.Counts, true)
	weight(o.Weights, false)
	w := OnesLike(x.Select(0, 0))
	w.join(t.arena)
	if o.Counts != nil {
		w = w.Mul(o.Counts.To(x.dtype))
	}
	if o.Weights != nil {
		w = w.Mul(o.Weights)
	}
	sum := w.Sum()
	centred := x.Sub(x.Mul(w).SumKeep(1).Div(sum))
	less := sum.SubScalar(o.Correction)
	if o.Weights != nil {
		less = sum.Sub(w.Mul(o.Weights).Sum().Div(sum).MulScalar(o.Correction))
	}
	c := centred.Mul(w).MatMul(centred.T()).Div(less.MaximumScalar(0))
	if x.Dim(0) == 1 {
		return c.Reshape()
	}
	return c
}

// CorrCoef returns the correlation coefficients of the rows of t.
func (t *Tensor) CorrCoef() *Tensor {
	c := t.Cov(Covariance{Correction: 1})
	if c.Rank() == 0 {
		return c.Div(c)
	}
	s := c.Diagonal(0, 0, 1).Sqrt()
	return c.Div(s.Unsqueeze(1)).Div(s.Unsqueeze(0)).Clamp(-1, 1)
}

// BinCount returns how often each integer from 0 on occurs in a vector, or the
// sum of its weights, which may be nil; at least least numbers. It waits for
// the device, which must say what the largest is.
func (t *Tensor) BinCount(weights *Tensor, least int) *Tensor {
	if t.Rank() != 1 || !t.dtype.IsInt() {
		panic(newError("bincount", misfit(ErrDType, "want a vector of integers"), t))
	}
	if t.Numel() > 0 {
		if t.Min().Item() < 0 {
			panic(newError("bincount", misfit(ErrAttr, "a number is negative"), t))
		}
		least = max(least, int(t.Max().Item())+1)
	}
	index := t.To(dtype.Int64)
	if weights == nil {
		return Zeros(t.Device(), dtype.Int64, least).ScatterAdd(0, index, OnesLike(index))
	}
	return Zeros(t.Device(), weights.dtype, least).ScatterAdd(0, index, weights)
}
