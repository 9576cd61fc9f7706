package tensor

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
)

// An Interpolation says what lies between two elements.
type Interpolation uint8

// The interpolations.
const (
	Linear   Interpolation = iota // in proportion
	Lower                         // the lower one
	Higher                        // the higher one
	Midpoint                      // their mean
	Nearest                       // the nearer one; of two the even
)

// Quantile returns the element below which a part q, from 0 to 1, of those
// along an axis lies; NaN if one is NaN.
func (t *Tensor) Quantile(q float64, axis int, how Interpolation) *Tensor {
	return t.quantile("quantile", q, axis, how, false)
}

// NanQuantile is Quantile of what is not NaN.
func (t *Tensor) NanQuantile(q float64, axis int, how Interpolation) *Tensor {
	return t.quantile("nanquantile", q, axis, how, true)
}

func (t *Tensor) quantile(name string, q float64, axis int, how Interpolation, skip bool) *Tensor {
	if !(q >= 0 && q <= 1) || !t.dtype.IsFloat() || t.Numel() == 0 {
		panic(newError(name, misfit(ErrAttr, "q %v, want 0 to 1 and some floats", q), t))
	}
	if t.Rank() == 0 {
		return t.Reshape(1).quantile(name, q, 0, how, skip)
	}
	a := t.axis(name, axis)
	sorted, order := t.Sort(a, false) // NaN last
	order.Free()
	n := t.Dim(a)
	var rank *Tensor // where to look, along a
	nan := t.IsNaN()
	if skip {
		count := nan.LogicalNot().Sum(a).Unsqueeze(a).To(t.dtype)
		rank = count.SubScalar(1).MulScalar(q).MaximumScalar(0)
	} else {
		rank = sorted.Slice(a, 0, 1).MulScalar(0).AddScalar(q*float64(n-1)).NanToNum(q*float64(n-1), 0, 0).Detach()
		bad := nan.Any(a).Unsqueeze(a)
		rank = bad.Where(OnesLike(rank).MulScalar(float64(n-1)), rank)
	}
	switch how {
	case Lower:
		rank = rank.Floor()
	case Higher:
		rank = rank.Ceil()
	case Nearest:
		rank = rank.Round()
	}
	low := sorted.Gather(a, rank.Floor().To(dtype.Int64))
	high := sorted.Gather(a, rank.Ceil().To(dtype.Int64))
	weight := rank.Frac()
	if how == Midpoint {
		weight = Full(t.Device(), t.dtype, 0.5)
	}
	return low.Lerp(high, weight).Squeeze(a)
}

// Histc counts the elements in bins of equal width from lo to hi, both
// included; others do not count. If lo and hi are equal, they are the smallest
// and the largest element. The counts are of t's type. It waits for the device
// and counts on the host.
func (t *Tensor) Histc(bins int, lo, hi float64) *Tensor {
	if bins <= 0 || hi < lo || !finite(lo) || !finite(hi) || !t.dtype.IsFloat() {
		panic(newError("histc", misfit(ErrAttr, "%d bins from %v to %v, want at least one, finite and ascending, of floats", bins, lo, hi), t))
	}
	x := t.Float64s()
	if lo == hi && len(x) > 0 {
		lo, hi = math.Inf(1), math.Inf(-1)
		for _, v := range x {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if lo == hi {
		lo, hi = lo-1, hi+1
	}
	if !finite(lo) || !finite(hi) {
		panic(newError("histc", misfit(ErrAttr, "elements are not finite"), t))
	}
	count := make([]float64, bins)
	for _, v := range x {
		if v >= lo && v <= hi {
			count[min(int((v-lo)/(hi-lo)*float64(bins)), bins-1)]++
		}
	}
	return From(t.Device(), count, bins).To(t.dtype)
}
