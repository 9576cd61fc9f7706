package nn

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/op"
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

// ForwardThen returns the activation of what Forward returns. ReLU and GELU, the
// layers of this package and not what wraps them, are computed within the product as
// far as that can be: see tensor.LinearThen. The numbers are the same.
func (l *Linear) ForwardThen(x *tensor.Tensor, activation Layer) *tensor.Tensor {
	e := epilogueOf(activation)
	if e == op.NoEpilogue || x.Rank() == 0 || !x.DType().IsFloat() || tensor.Observing(x) {
		return activation.Forward(l.Forward(x))
	}
	return x.LinearThen(l.Weight, l.Bias, e)
}

// epilogueOf returns the epilogue that computes what a layer does, or none.
func epilogueOf(activation Layer) op.Epilogue {
	switch a := activation.(type) {
	case ReLU, *ReLU:
		return op.EpilogueReLU
	case GELU:
		return a.epilogue()
	case *GELU:
		return a.epilogue()
	}
	return op.NoEpilogue
}

func (g GELU) epilogue() op.Epilogue {
	if g.Tanh {
		return op.EpilogueGELUTanh
	}
	return op.EpilogueGELU
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
