package nn

import (
	"slices"

	"github.com/hekla-ml/hekla/tensor"
)

// GaussianNLLLoss are the options of GaussianNLL.
type GaussianNLLLoss struct {
	Full      bool    // add the constant log(2π)/2
	Eps       float64 // least variance; 0 means 1e-6
	Reduction Reduction
}

// GaussianNLL returns the mean of (log(variance) + (x-y)²/variance) / 2, the
// negative log likelihood of y under normal distributions of mean x and the given
// variance, whose last axis may be 1 or missing. No gradient flows through the
// bound of the variance.
func GaussianNLL(x, y, variance *tensor.Tensor, opts ...GaussianNLLLoss) *tensor.Tensor {
	o := only("gaussiannll", opts)
	sameShape("gaussiannll", x, y)
	if variance.Rank() == x.Rank()-1 {
		variance = variance.Unsqueeze(-1)
	}
	if r := x.Rank(); variance.Rank() != r || r > 0 && variance.Dim(-1) != 1 && variance.Dim(-1) != x.Dim(-1) || r > 1 && !slices.Equal(variance.Shape()[:r-1], x.Shape()[:r-1]) {
		panic(misused("gaussiannll", []*tensor.Tensor{x, variance}, "want a variance of %v, or with a last axis of 1 or none", x.Shape()))
	}
	x, y, variance = single(x), single(y), single(variance)
	eps := orDefault(o.Eps, 1e-6)
	// The bound is added as a constant: the gradient is that of the variance itself.
	v := variance.Add(variance.Detach().MaximumScalar(eps).Sub(variance.Detach()))
	loss := v.Log().Add(x.Sub(y).Square().Div(v)).MulScalar(0.5)
	if o.Full {
		loss = loss.AddScalar(halfLog2Pi)
	}
	return o.Reduction.of(loss)
}

const halfLog2Pi = 0.91893853320467274178 // log(2π)/2
