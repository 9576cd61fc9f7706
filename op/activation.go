package op

import "math"

// Activations. Where a slope jumps, the derivative is the one PyTorch takes.
var (
	ReLU      = Unary("ReLU", "returns max(x, 0), NaN for NaN. Its derivative at 0 is 0.", func(x V) V { return x.Le(num(0)).Select(num(0), x) }).by(NumericRule).bentAt(0)
	ReLU6     = Unary("ReLU6", "returns min(max(x, 0), 6).", func(x V) V { return between(x, num(0), num(6)) }).by(NumericRule).over(-3, 9).bentAt(0, 6)
	LeakyReLU = UnaryWith("LeakyReLU", "returns x where x > 0, else slope*x.", "slope", func(x, s V) V { return x.Gt(num(0)).Select(x, x.Mul(s)) }).bentAt(0).tried([]float64{0.01}, []float64{-0.5})
	ELU       = UnaryWith("ELU", "returns x where x > 0, else alpha*(e**x - 1).", "alpha", elu).bentAt(0).tried([]float64{1}, []float64{0.7})
	SELU      = Unary("SELU", "returns 1.0507*x where x > 0, else 1.0507*1.6733*(e**x - 1).", func(x V) V { return elu(x, num(seluAlpha)).Mul(num(seluScale)) }).bentAt(0)
	CELU      = UnaryWith("CELU", "returns x where x > 0, else alpha*(e**(x/alpha) - 1).", "alpha", func(x, a V) V { return x.Le(num(0)).Select(a.Mul(x.Div(a).Expm1()), x) }).bentAt(0).tried([]float64{1}, []float64{0.7})
	PReLU     = Binary("PReLU", "returns x where x > 0, else y*x.", func(x, y V) V { return x.Gt(num(0)).Select(x, x.Mul(y)) }).bentAt(0)

	GELU = Unary("GELU", "returns x*Phi(x) = x/2*(1 + erf(x/sqrt(2))), Phi being the normal distribution.", func(x V) V {
		return x.Mul(num(0.5)).Mul(num(1).Add(x.Mul(num(1 / math.Sqrt2)).Erf()))
	})
	GELUTanh = Unary("GELUTanh", "returns x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3))), which is near gelu.", func(x V) V {
		t := x.Add(x.Square().Mul(x).Mul(num(0.044715))).Mul(num(math.Sqrt2 / math.SqrtPi)).Tanh()
		return x.Mul(num(0.5)).Mul(num(1).Add(t))
	})
	Sigmoid    = Unary("Sigmoid", "returns 1 / (1 + e**-x).", func(x V) V { return x.Sigmoid() })
	SiLU       = Unary("SiLU", "returns x / (1 + e**-x), also called swish.", func(x V) V { return x.Mul(x.Sigmoid()) })
	Mish       = Unary("Mish", "returns x*tanh(log(1 + e**x)).", func(x V) V { return x.Mul(softplus(x).Tanh()) })
	Softplus   = Row("Softplus", "returns log(1 + e**(beta*x)) / beta, and x itself where beta*x > threshold.", []string{"x"}, []string{"beta", "threshold"}, softplusUpTo).tried([]float64{1, 20}, []float64{2, 3}).bentWhere(pastThreshold)
	Squareplus = UnaryWith("Squareplus", "returns (x + sqrt(x**2 + b)) / 2, a softplus without exponentials (Barron 2021).", "b", func(x, b V) V { return x.Add(x.Square().Add(b).Sqrt()).Div(num(2)) }).tried([]float64{4}, []float64{0.5})
	Softsign   = Unary("Softsign", "returns x / (1 + |x|).", func(x V) V { return x.Div(num(1).Add(x.Abs())) }).bentAt(0)
	LogSigmoid = Unary("LogSigmoid", "returns log(1 / (1 + e**-x)), without overflow.", func(x V) V { return x.Min(num(0)).Sub(x.Abs().Neg().Exp().Log1p()) })
	Tanhshrink = Unary("Tanhshrink", "returns x - tanh(x).", func(x V) V { return x.Sub(x.Tanh()) })

	Hardtanh    = Row("Hardtanh", "returns min(max(x, lo), hi). Its derivative at the bounds is 0.", []string{"x"}, []string{"lo", "hi"}, func(in, s []V) []V { return []V{between(in[0], s[0], s[1])} }).by(NumericRule).tried([]float64{-1, 1}, []float64{0, 2}).bentWhere(fromScalars)
	Hardsigmoid = Unary("Hardsigmoid", "returns min(max(x/6 + 1/2, 0), 1).", func(x V) V { return between(x.Add(num(3)), num(0), num(6)).Div(num(6)) }).over(-5, 5).bentAt(-3, 3)
	Hardswish   = Unary("Hardswish", "returns x*min(max(x/6 + 1/2, 0), 1).", hardswish).over(-5, 5).bentAt(-3, 3)
	Threshold   = Row("Threshold", "returns x where x > threshold, else value.", []string{"x"}, []string{"threshold", "value"}, func(in, s []V) []V { return []V{in[0].Le(s[0]).Select(s[1], in[0])} }).by(NumericRule).tried([]float64{0.5, -2}, []float64{0, 0}).bentWhere(difference)
	Softshrink  = UnaryWith("Softshrink", "returns x moved towards 0 by lambda, 0 where |x| <= lambda.", "lambda", softshrink).from(0).tried([]float64{0.5}, []float64{0}).bentWhere(fromBoth)
	Hardshrink  = UnaryWith("Hardshrink", "returns x, and 0 where |x| <= lambda.", "lambda", func(x, l V) V { return x.Abs().Le(l).Select(num(0), x) }).tried([]float64{0.5}, []float64{1}).bentWhere(fromBoth)
)

// Klambauer et al. 2017, "Self-Normalizing Neural Networks", section 2.
const (
	seluAlpha = 1.6732632423543772848170429916717
	seluScale = 1.0507009873554804934193349852946
)

// between is clamp with derivative 0 at the bounds.
func between(x, lo, hi V) V { return x.Le(lo).Select(lo, x.Ge(hi).Select(hi, x)) }

func elu(x, alpha V) V { return x.Le(num(0)).Select(alpha.Mul(x.Expm1()), x) }

func hardswish(x V) V {
	return x.Le(num(-3)).Select(num(0), x.Ge(num(3)).Select(x, x.Mul(x.Add(num(3))).Div(num(6))))
}

func softplusUpTo(in, s []V) []V {
	x := in[0].Mul(s[0])
	return []V{x.Gt(s[1]).Select(in[0], softplus(x).Div(s[0]))}
}

// softshrink multiplies by 0 in the middle for the sake of NaN.
func softshrink(x, l V) V {
	return x.Gt(l).Select(x.Sub(l), x.Lt(l.Neg()).Select(x.Add(l), x.Mul(num(0))))
}

// Losses of a prediction x and a target y, element by element; package nn
// reduces them.
var (
	SmoothL1 = Row("SmoothL1", "returns d*d/(2*beta) where d = |x - y| < beta, else d - beta/2.", []string{"x", "y"}, []string{"beta"},
		func(in, s []V) []V {
			d, beta := in[0].Sub(in[1]), s[0]
			return []V{d.Abs().Lt(beta).Select(d.Square().Mul(num(0.5)).Div(beta), d.Abs().Sub(beta.Mul(num(0.5))))}
		}).from(0).tried([]float64{1}, []float64{0.3}).bentWhere(pastDelta)
	Huber = Row("Huber", "returns d*d/2 where d = |x - y| <= delta, else delta*(d - delta/2).", []string{"x", "y"}, []string{"delta"},
		func(in, s []V) []V {
			d, delta := in[0].Sub(in[1]), s[0]
			return []V{d.Abs().Le(delta).Select(d.Square().Mul(num(0.5)), delta.Mul(d.Abs().Sub(delta.Mul(num(0.5)))))}
		}).above(0).tried([]float64{1}, []float64{0.3}).bentWhere(pastDelta)
	BCEWithLogits = Binary("BCEWithLogits", "returns the cross entropy of the probability sigmoid(x) and the target y, log(1 + e**x) - x*y, without overflow.",
		func(x, y V) V {
			return x.Max(num(0)).Sub(x.Mul(y)).Add(x.Abs().Neg().Exp().Log1p())
		})
)
