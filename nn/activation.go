package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/tensor"
)

// Activations without parameters. The zero value of each has PyTorch's
// defaults.
type (
	ReLU        struct{}
	ReLU6       struct{}
	SELU        struct{}
	GELU        struct{ Tanh bool } // Tanh takes the approximation by tanh
	SiLU        struct{}
	Mish        struct{}
	Sigmoid     struct{}
	LogSigmoid  struct{}
	Tanh        struct{}
	Tanhshrink  struct{}
	Softsign    struct{}
	Hardsigmoid struct{}
	Hardswish   struct{}

	LeakyReLU  struct{ Slope float64 }           // below 0; 0 means 0.01
	ELU        struct{ Alpha float64 }           // 0 means 1
	CELU       struct{ Alpha float64 }           // 0 means 1
	Softplus   struct{ Beta, Threshold float64 } // 0 means 1 and 20
	Hardtanh   struct{ Min, Max float64 }        // both 0 mean -1 and 1
	Softshrink struct{ Lambda float64 }          // 0 means 0.5
	Hardshrink struct{ Lambda float64 }          // 0 means 0.5

	// Threshold replaces what is not above At by Value.
	Threshold struct{ At, Value float64 }
	// GLU returns the first half of an axis times the sigmoid of the second
	// half. The zero value takes the last axis, as does FromEnd 1.
	GLU struct{ FromEnd int }
)

// Softmax returns e**x divided by its sum along an axis; for logits [n, c] the
// axis is 1 or -1.
type Softmax struct{ Axis int }

// LogSoftmax returns the logarithm of Softmax.
type LogSoftmax struct{ Axis int }

// Softmin is Softmax of -x.
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
