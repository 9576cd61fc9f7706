package nn

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/tensor"
)

// A Linear layer returns x [..., in] times Weight [out, in] transposed, plus
// Bias [out] (or nil): [..., out].
type Linear struct {
	Weight *tensor.Tensor
	Bias   *tensor.Tensor
}

// Linear makes a layer whose weight and bias are drawn evenly from
// ±1/sqrt(in). Option: NoBias.
func (b *Maker) Linear(in, out int, opts ...Option) *Linear {
	o := gather("linear", opts, "NoBias")
	bound := invSqrt(in)
	l := &Linear{Weight: b.uniform(bound, out, in)}
	if !o.noBias {
		l.Bias = b.uniform(bound, out)
	}
	return l
}

// Forward returns x [..., in] mapped to [..., out].
func (l *Linear) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Observed(l, x, linear(x, l.Weight, l.Bias))
}

func (l *Linear) String() string {
	s := l.Weight.Shape()
	return fmt.Sprintf("Linear(in_features=%d, out_features=%d, bias=%s)", s[1], s[0], truth(l.Bias != nil))
}

func linear(x, weight, bias *tensor.Tensor) *tensor.Tensor {
	if x.Rank() == 0 {
		panic(misused("linear", []*tensor.Tensor{x, weight}, "want x [..., %d]", weight.Dim(1)))
	}
	return x.Linear(weight, bias)
}

// invSqrt returns 1/sqrt(n), 0 for a layer without inputs.
func invSqrt(n int) float64 {
	if n == 0 {
		return 0
	}
	return 1 / math.Sqrt(float64(n))
}
