package functional

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// Activations; see the types of package nn.
func ReLU(x *T) *T        { return x.ReLU() }
func ReLU6(x *T) *T       { return x.ReLU6() }
func SELU(x *T) *T        { return x.SELU() }
func GELU(x *T) *T        { return x.GELU() }
func GELUTanh(x *T) *T    { return x.GELUTanh() }
func SiLU(x *T) *T        { return x.SiLU() }
func Mish(x *T) *T        { return x.Mish() }
func Sigmoid(x *T) *T     { return x.Sigmoid() }
func LogSigmoid(x *T) *T  { return x.LogSigmoid() }
func Tanh(x *T) *T        { return x.Tanh() }
func Tanhshrink(x *T) *T  { return x.Tanhshrink() }
func Softsign(x *T) *T    { return x.Softsign() }
func Hardsigmoid(x *T) *T { return x.Hardsigmoid() }
func Hardswish(x *T) *T   { return x.Hardswish() }

// Activations with arguments; PyTorch's defaults are in the documentation of nn's
// types.
func LeakyReLU(x *T, slope float64) *T            { return x.LeakyReLU(slope) }
func ELU(x *T, alpha float64) *T                  { return x.ELU(alpha) }
func CELU(x *T, alpha float64) *T                 { return x.CELU(alpha) }
func Softplus(x *T, beta, threshold float64) *T   { return x.Softplus(beta, threshold) }
func Hardtanh(x *T, lo, hi float64) *T            { return x.Hardtanh(lo, hi) }
func Softshrink(x *T, lambda float64) *T          { return x.Softshrink(lambda) }
func Hardshrink(x *T, lambda float64) *T          { return x.Hardshrink(lambda) }
func Threshold(x *T, threshold, value float64) *T { return x.Threshold(threshold, value) }
func Softmax(x *T, axis int) *T                   { return x.Softmax(axis) }
func LogSoftmax(x *T, axis int) *T                { return x.LogSoftmax(axis) }
func Softmin(x *T, axis int) *T                   { return nn.Softmin{Axis: axis}.Forward(x) }

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
