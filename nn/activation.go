package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/tensor"
)

// Activations without parameters: of any shape, element by element. Their zero
// values have PyTorch's defaults. Integers become float32, unless it is said.
type (
	// ReLU returns max(x, 0), with the derivative 0 at 0; NaN stays. Integers stay
	// integers.
	ReLU struct{}
	// ReLU6 returns min(max(x, 0), 6). Integers stay integers.
	ReLU6 struct{}
	// LeakyReLU returns x where x > 0, else Slope*x (Maas et al. 2013).
	LeakyReLU struct {
		Slope float64 // 0 means 0.01
	}
	// ELU returns x where x > 0, else Alpha*(e**x - 1) (Clevert et al. 2015).
	ELU struct {
		Alpha float64 // 0 means 1
	}
	// CELU returns x where x > 0, else Alpha*(e**(x/Alpha) - 1): an ELU that is
	// smooth at 0 for every Alpha (Barron 2017).
	CELU struct {
		Alpha float64 // 0 means 1
	}
	// SELU returns 1.0507*x where x > 0, else 1.0507*1.6733*(e**x - 1), which brings
	// values to mean 0 and variance 1 from layer to layer (Klambauer et al. 2017).
	// AlphaDropout is the dropout that goes with it.
	SELU struct{}
	// GELU returns x*Phi(x), Phi being the normal distribution (Hendrycks and Gimpel
	// 2016).
	GELU struct {
		Tanh bool // x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3))) instead, which is near
	}
	// SiLU returns x*sigmoid(x), also called swish.
	SiLU struct{}
	// Mish returns x*tanh(log(1 + e**x)) (Misra 2019).
	Mish struct{}
	// Sigmoid returns 1 / (1 + e**-x).
	Sigmoid struct{}
	// LogSigmoid returns log(sigmoid(x)), without overflow.
	LogSigmoid struct{}
	// Tanh returns the hyperbolic tangent of x.
	Tanh struct{}
	// Tanhshrink returns x - tanh(x).
	Tanhshrink struct{}
	// Softsign returns x / (1 + |x|).
	Softsign struct{}
	// Softplus returns log(1 + e**(Beta*x)) / Beta, and x itself where Beta*x is
	// above Threshold.
	Softplus struct {
		Beta      float64 // 0 means 1
		Threshold float64 // 0 means 20
	}
	// Hardsigmoid returns min(max(x/6 + 1/2, 0), 1).
	Hardsigmoid struct{}
	// Hardswish returns x*min(max(x/6 + 1/2, 0), 1) (Howard et al. 2019).
	Hardswish struct{}
	// Hardtanh returns min(max(x, Min), Max), with the derivative 0 at both. Integers
	// stay integers. Both 0 mean -1 and 1.
	Hardtanh struct{ Min, Max float64 }
	// Softshrink returns x moved towards 0 by Lambda, 0 where |x| <= Lambda.
	Softshrink struct {
		Lambda float64 // 0 means 0.5
	}
	// Hardshrink returns x, and 0 where |x| <= Lambda.
	Hardshrink struct {
		Lambda float64 // 0 means 0.5
	}
	// Threshold returns x where x > At, else Value. Integers stay integers.
	Threshold struct{ At, Value float64 }
)

// GLU returns the first half of an axis times the sigmoid of the second half, the
// axis half as long (Dauphin et al. 2016). It panics if the size is odd.
type GLU struct {
	FromEnd int // 1 is the last axis, 2 the one before; 0 means 1
}

// Softmax returns e**x divided by its sum along an axis, without overflow; for
// logits [n, c] the axis is 1 or -1.
type Softmax struct{ Axis int }

// LogSoftmax returns the logarithm of Softmax, without the loss of taking it
// afterwards: what NLL and KLDiv want.
type LogSoftmax struct{ Axis int }

// Softmin returns Softmax of -x.
type Softmin struct{ Axis int }

func (ReLU) Forward(x *tensor.Tensor) *tensor.Tensor        { return x.ReLU() }
func (ReLU6) Forward(x *tensor.Tensor) *tensor.Tensor       { return x.ReLU6() }
func (SELU) Forward(x *tensor.Tensor) *tensor.Tensor        { return x.SELU() }
func (SiLU) Forward(x *tensor.Tensor) *tensor.Tensor        { return x.SiLU() }
func (Mish) Forward(x *tensor.Tensor) *tensor.Tensor        { return x.Mish() }
func (Sigmoid) Forward(x *tensor.Tensor) *tensor.Tensor     { return x.Sigmoid() }
func (LogSigmoid) Forward(x *tensor.Tensor) *tensor.Tensor  { return x.LogSigmoid() }
func (Tanh) Forward(x *tensor.Tensor) *tensor.Tensor        { return x.Tanh() }
func (Tanhshrink) Forward(x *tensor.Tensor) *tensor.Tensor  { return x.Tanhshrink() }
func (Softsign) Forward(x *tensor.Tensor) *tensor.Tensor    { return x.Softsign() }
func (Hardsigmoid) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Hardsigmoid() }
func (Hardswish) Forward(x *tensor.Tensor) *tensor.Tensor   { return x.Hardswish() }

func (g GELU) Forward(x *tensor.Tensor) *tensor.Tensor {
	if g.Tanh {
		return x.GELUTanh()
	}
	return x.GELU()
}

func (l LeakyReLU) Forward(x *tensor.Tensor) *tensor.Tensor {
	return x.LeakyReLU(orDefault(l.Slope, 0.01))
}

func (e ELU) Forward(x *tensor.Tensor) *tensor.Tensor  { return x.ELU(orDefault(e.Alpha, 1)) }
func (c CELU) Forward(x *tensor.Tensor) *tensor.Tensor { return x.CELU(orDefault(c.Alpha, 1)) }

func (s Softplus) Forward(x *tensor.Tensor) *tensor.Tensor {
	return x.Softplus(orDefault(s.Beta, 1), orDefault(s.Threshold, 20))
}

func (h Hardtanh) Forward(x *tensor.Tensor) *tensor.Tensor {
	h = h.orDefault()
	return x.Hardtanh(h.Min, h.Max)
}

func (s Softshrink) Forward(x *tensor.Tensor) *tensor.Tensor {
	return x.Softshrink(orDefault(s.Lambda, 0.5))
}

func (h Hardshrink) Forward(x *tensor.Tensor) *tensor.Tensor {
	return x.Hardshrink(orDefault(h.Lambda, 0.5))
}

func (t Threshold) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Threshold(t.At, t.Value) }

// Forward returns x with the axis half as long.
func (g GLU) Forward(x *tensor.Tensor) *tensor.Tensor {
	axis := -max(g.FromEnd, 1)
	n := x.Dim(axis)
	if n%2 != 0 {
		panic(misused("glu", []*tensor.Tensor{x}, "axis %d has odd size %d: want two halves", axis, n))
	}
	return x.Slice(axis, 0, n/2).Mul(x.Slice(axis, n/2, n).Sigmoid())
}

func (s Softmax) Forward(x *tensor.Tensor) *tensor.Tensor    { return x.Softmax(s.Axis) }
func (s LogSoftmax) Forward(x *tensor.Tensor) *tensor.Tensor { return x.LogSoftmax(s.Axis) }
func (s Softmin) Forward(x *tensor.Tensor) *tensor.Tensor    { return x.Neg().Softmax(s.Axis) }

func (h Hardtanh) orDefault() Hardtanh {
	if h == (Hardtanh{}) {
		return Hardtanh{-1, 1}
	}
	return h
}

func (l LeakyReLU) String() string {
	return fmt.Sprintf("LeakyReLU(negative_slope=%v)", orDefault(l.Slope, 0.01))
}
func (e ELU) String() string  { return fmt.Sprintf("ELU(alpha=%.1f)", orDefault(e.Alpha, 1)) }
func (c CELU) String() string { return fmt.Sprintf("CELU(alpha=%.1f)", orDefault(c.Alpha, 1)) }
func (h Hardtanh) String() string {
	h = h.orDefault()
	return fmt.Sprintf("Hardtanh(min_val=%.1f, max_val=%.1f)", h.Min, h.Max)
}
func (s Softmax) String() string    { return fmt.Sprintf("Softmax(dim=%d)", s.Axis) }
func (s LogSoftmax) String() string { return fmt.Sprintf("LogSoftmax(dim=%d)", s.Axis) }
func (s Softmin) String() string    { return fmt.Sprintf("Softmin(dim=%d)", s.Axis) }

func (g GELU) String() string {
	if g.Tanh {
		return "GELU(approximate='tanh')"
	}
	return "GELU(approximate='none')"
}

// A PReLU returns x where it is above 0, else Weight*x, with one weight for all
// or one for each channel of x [n, c, ...].
type PReLU struct {
	Weight *tensor.Tensor // [1] or [c]
}

// PReLU makes a layer with n weights of 0.25.
func (b *Maker) PReLU(n int) *PReLU { return &PReLU{Weight: b.full(0.25, n)} }

// Forward returns the activation of x.
func (p *PReLU) Forward(x *tensor.Tensor) *tensor.Tensor {
	s := []int{}
	if n := p.Weight.Numel(); p.Weight.Rank() > 1 || n > 1 && (x.Rank() < 2 || x.Dim(1) != n) {
		panic(misused("prelu", []*tensor.Tensor{x, p.Weight}, "want one weight, or one for each channel of [n, c, ...]"))
	} else if n > 1 {
		s = append(s, n)
		for range x.Rank() - 2 {
			s = append(s, 1)
		}
	}
	w := p.Weight.Reshape(s...)
	y := x.PReLU(w)
	w.Free()
	return tensor.Observed(p, x, y)
}

func (p *PReLU) String() string { return fmt.Sprintf("PReLU(num_parameters=%d)", p.Weight.Numel()) }
