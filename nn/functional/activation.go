package functional

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// ReLU is nn.ReLU as a function.
func ReLU(x *T) *T { return x.ReLU() }

// ReLU6 is nn.ReLU6 as a function.
func ReLU6(x *T) *T { return x.ReLU6() }

// SELU is nn.SELU as a function.
func SELU(x *T) *T { return x.SELU() }

// GELU is nn.GELU as a function.
func GELU(x *T) *T { return x.GELU() }

// GELUTanh is nn.GELU with Tanh as a function.
func GELUTanh(x *T) *T { return x.GELUTanh() }

// SiLU is nn.SiLU as a function.
func SiLU(x *T) *T { return x.SiLU() }

// Mish is nn.Mish as a function.
func Mish(x *T) *T { return x.Mish() }

// Sigmoid is nn.Sigmoid as a function.
func Sigmoid(x *T) *T { return x.Sigmoid() }

// LogSigmoid is nn.LogSigmoid as a function.
func LogSigmoid(x *T) *T { return x.LogSigmoid() }

// Tanh is nn.Tanh as a function.
func Tanh(x *T) *T { return x.Tanh() }

// Tanhshrink is nn.Tanhshrink as a function.
func Tanhshrink(x *T) *T { return x.Tanhshrink() }

// Softsign is nn.Softsign as a function.
func Softsign(x *T) *T { return x.Softsign() }

// Hardsigmoid is nn.Hardsigmoid as a function.
func Hardsigmoid(x *T) *T { return x.Hardsigmoid() }

// Hardswish is nn.Hardswish as a function.
func Hardswish(x *T) *T { return x.Hardswish() }

// LeakyReLU is nn.LeakyReLU as a function.
func LeakyReLU(x *T, slope float64) *T { return x.LeakyReLU(slope) }

// ELU is nn.ELU as a function.
func ELU(x *T, alpha float64) *T { return x.ELU(alpha) }

// CELU is nn.CELU as a function.
func CELU(x *T, alpha float64) *T { return x.CELU(alpha) }

// Softplus is nn.Softplus as a function.
func Softplus(x *T, beta, threshold float64) *T { return x.Softplus(beta, threshold) }

// Hardtanh is nn.Hardtanh as a function.
func Hardtanh(x *T, lo, hi float64) *T { return x.Hardtanh(lo, hi) }

// Softshrink is nn.Softshrink as a function.
func Softshrink(x *T, lambda float64) *T { return x.Softshrink(lambda) }

// Hardshrink is nn.Hardshrink as a function.
func Hardshrink(x *T, lambda float64) *T { return x.Hardshrink(lambda) }

// Threshold is nn.Threshold as a function.
func Threshold(x *T, threshold, value float64) *T { return x.Threshold(threshold, value) }

// Softmax is nn.Softmax as a function.
func Softmax(x *T, axis int) *T { return x.Softmax(axis) }

// LogSoftmax is nn.LogSoftmax as a function.
func LogSoftmax(x *T, axis int) *T { return x.LogSoftmax(axis) }

// Softmin is nn.Softmin as a function.
func Softmin(x *T, axis int) *T { return nn.Softmin{Axis: axis}.Forward(x) }

// PReLU returns x where it is above 0, else weight*x, for weight [1] or [c].
func PReLU(x, weight *T) *T { return (&nn.PReLU{Weight: weight}).Forward(x) }

// GLU returns the first half of an axis times the sigmoid of the second.
func GLU(x *T, axis int) *T {
	if axis < 0 {
		axis += x.Rank()
	}
	return nn.GLU{FromEnd: x.Rank() - axis}.Forward(x)
}

// RReLU is LeakyReLU with a slope drawn for each element in training, and their
// mean else.
func RReLU(x *T, lower, upper float64, training bool, g *tensor.Generator) *T {
	if !training {
		return x.LeakyReLU((lower + upper) / 2)
	}
	slopes := g.Uniform(x.Device(), x.DType(), lower, upper, x.Shape()...)
	tensor.Inherit([]*T{x}, []*T{slopes})
	return x.GeScalar(0).Where(x, x.Mul(slopes))
}

// Dropout sets elements to 0 with probability p in training and divides the others
// by 1-p.
func Dropout(x *T, p float64, training bool, g *tensor.Generator) *T {
	if !training || p == 0 {
		return x
	}
	return g.Dropout(x, p)
}

// GumbelSoftmax returns samples of the categorical distributions with logits x
// along an axis, made soft by a temperature; if hard, one-hot samples with the
// gradient of the soft ones (Jang et al. 2016).
func GumbelSoftmax(x *T, temperature float64, hard bool, axis int, g *tensor.Generator) *T {
	u := g.Uniform(x.Device(), x.DType(), 0, 1, x.Shape()...)
	tensor.Inherit([]*T{x}, []*T{u})
	noise := u.MaximumScalar(1e-20).Log().Neg().Log().Neg()
	soft := x.Add(noise).DivScalar(temperature).Softmax(axis)
	if !hard {
		return soft
	}
	most := soft.Detach().MaxKeep(axis)
	tensor.Inherit([]*T{x}, []*T{most})
	whole := soft.Detach().Eq(most).To(x.DType())
	return whole.Sub(soft.Detach()).Add(soft)
}
