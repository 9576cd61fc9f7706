package op

import (
	"math"

	"github.com/hekla-ml/hekla/pointwise"
)

// The elementwise table: arithmetic and the functions of mathematics here,
// comparisons and logic in compare.go, activations and losses in activation.go.
// A row is the whole definition: formula, doc, type rule; everything else
// (oracle, gradient, kernels on all devices, the method of Tensor, conformance
// cases) follows from it. Run `go generate ./...` after a change.
//
// Formulas of more than a line are functions in formula.go. over and bentAt
// guide the samples only.

var num = pointwise.Const

// Arithmetic. Integers wrap around. An integer divided by 0 gives 0, on all
// devices: PyTorch raises an error on the CPU, where it can, and gives what the
// hardware does on GPUs; we prefer one meaning, which needs no synchronisation.
var (
	Add = Binary("Add", "returns x + y.", func(x, y V) V { return x.Add(y) }).by(NumericRule)
	Sub = Binary("Sub", "returns x - y.", func(x, y V) V { return x.Sub(y) }).by(SignedRule)
	Mul = Binary("Mul", "returns x * y.", func(x, y V) V { return x.Mul(y) }).by(NumericRule)
	Div = Binary("Div", "returns x / y; integers divide as floats.", func(x, y V) V { return x.Div(y) }).over(-3, 3, 0.5, 3)

	FloorDivide = Binary("FloorDivide", "returns x / y rounded down; for integers 0 if y is 0. Its gradient is 0.", floorDivide).by(NumericRule).over(-3, 3, 0.5, 3).bentWhere(quotient)
	TruncDivide = Binary("TruncDivide", "returns x / y rounded towards zero; for integers 0 if y is 0. Its gradient is 0.", func(x, y V) V { return x.Div(y).Trunc() }).by(NumericRule).over(-3, 3, 0.5, 3).bentWhere(quotient)
	Fmod        = Binary("Fmod", "returns x - y*trunc(x/y), the remainder with the sign of x; for integers 0 if y is 0.", func(x, y V) V { return x.Rem(y) }).by(NumericRule).over(-3, 3, 0.5, 3).bentWhere(quotient)
	Remainder   = Binary("Remainder", "returns x - y*floor(x/y), the remainder with the sign of y; for integers 0 if y is 0.", remainder).by(NumericRule).over(-3, 3, 0.5, 3).bentWhere(quotient)

	Neg        = Unary("Neg", "returns -x.", func(x V) V { return x.Neg() }).by(SignedRule)
	Abs        = Unary("Abs", "returns |x|. Its derivative at 0 is 0.", func(x V) V { return x.Abs() }).by(NumericRule).bentAt(0)
	Sign       = Unary("Sign", "returns -1, 0 or 1 as x is negative, zero or positive, and NaN for NaN.", func(x V) V { return x.Sign() }).by(NumericRule).bentAt(0)
	Square     = Unary("Square", "returns x * x.", func(x V) V { return x.Square() }).by(NumericRule)
	Reciprocal = Unary("Reciprocal", "returns 1 / x.", func(x V) V { return x.Reciprocal() }).over(0.3, 3)

	Maximum = Binary("Maximum", "returns the larger of x and y, NaN if one is NaN. Equal operands share the gradient.", func(x, y V) V { return x.Max(y) }).by(NumericRule).bentWhere(difference)
	Minimum = Binary("Minimum", "returns the smaller of x and y, NaN if one is NaN. Equal operands share the gradient.", func(x, y V) V { return x.Min(y) }).by(NumericRule).bentWhere(difference)
	Fmax    = Binary("Fmax", "returns the larger of x and y; of a number and NaN, the number.", func(x, y V) V { return x.Ge(y).Or(y.IsNaN()).Select(x, y) }).by(NumericRule).bentWhere(difference)
	Fmin    = Binary("Fmin", "returns the smaller of x and y; of a number and NaN, the number.", func(x, y V) V { return x.Le(y).Or(y.IsNaN()).Select(x, y) }).by(NumericRule).bentWhere(difference)

	Clamp = Row("Clamp", "returns min(max(x, lo), hi): x limited to lo and hi. The gradient passes at the bounds.", []string{"x"}, []string{"lo", "hi"},
		func(in, s []V) []V { return []V{clamp(in[0], s[0], s[1])} }).by(NumericRule).tried([]float64{-1, 1}, []float64{0.5, 2}, []float64{1, -1}).bentWhere(fromScalars)
	ClampTo = Row("ClampTo", "returns min(max(x, lo), hi): x limited to lo and hi, element by element.", []string{"x", "lo", "hi"}, nil,
		func(in, _ []V) []V { return []V{clamp(in[0], in[1], in[2])} }).by(NumericRule).over(-3, 3, -2, 0.5, 0, 2).bentWhere(apart)

	Lerp = Row("Lerp", "returns x + weight*(end - x), exactly end where weight is 1.", []string{"x", "end", "weight"}, nil,
		func(in, _ []V) []V { return []V{lerp(in[0], in[1], in[2])} }).variant(LerpScalar)
	LerpScalar = Row("LerpScalar", "returns x + weight*(end - x), exactly end if weight is 1. weight is a number.", []string{"x", "end"}, []string{"weight"},
		func(in, s []V) []V { return []V{lerp(in[0], in[1], s[0])} }).tried([]float64{0.25}, []float64{0.75}, []float64{1})
	Addcmul = Row("Addcmul", "returns x + value*y*z.", []string{"x", "y", "z"}, []string{"value"},
		func(in, s []V) []V { return []V{in[0].Add(s[0].Mul(in[1]).Mul(in[2]))} }).by(NumericRule).tried([]float64{1}, []float64{-2})
	Addcdiv = Row("Addcdiv", "returns x + value*y/z; integers divide as floats.", []string{"x", "y", "z"}, []string{"value"},
		func(in, s []V) []V { return []V{in[0].Add(s[0].Mul(in[1]).Div(in[2]))} }).over(-3, 3, -3, 3, 0.5, 3).tried([]float64{1}, []float64{-0.5})

	Where      = Row("Where", "returns x where cond holds, else y.", []string{"cond", "x", "y"}, nil, func(in, _ []V) []V { return []V{in[0].Select(in[1], in[2])} }).by(NumericRule).given(0)
	MaskedFill = Row("MaskedFill", "returns value where mask holds, else x. value is a number.", []string{"x", "mask"}, []string{"value"}, func(in, s []V) []V { return []V{in[1].Select(s[0], in[0])} }).by(NumericRule).given(1).tried([]float64{-7}, []float64{math.Inf(-1)})

	NanToNum  = Row("NanToNum", "returns x with NaN, +Inf and -Inf replaced by nan, posinf and neginf.", []string{"x"}, []string{"nan", "posinf", "neginf"}, nanToNum).by(NumericRule).tried([]float64{0, math.MaxFloat32, -math.MaxFloat32}, []float64{1, 2, 3})
	CopySign  = Binary("CopySign", "returns the magnitude of x with the sign of y, that of a zero included.", func(x, y V) V { return negative(y).Select(x.Abs().Neg(), x.Abs()) }).bentWhere(fromAxes)
	Ldexp     = Binary("Ldexp", "returns x * 2**y.", func(x, y V) V { return x.Mul(y.Exp2()) })
	Heaviside = Binary("Heaviside", "returns 0 where x < 0, y where x is 0, and 1 where x > 0.", func(x, y V) V {
		return x.Eq(num(0)).Select(y, x.Gt(num(0)).Convert(x.Kind()))
	}).by(NumericRule).bentAt(0)
)

// Rounding. Integers are left as they are; gradients are 0.
var (
	Floor = Unary("Floor", "returns x rounded down.", func(x V) V { return x.Floor() }).by(NumericRule).bentWhere(toInteger)
	Ceil  = Unary("Ceil", "returns x rounded up.", func(x V) V { return x.Ceil() }).by(NumericRule).bentWhere(toInteger)
	Trunc = Unary("Trunc", "returns x rounded towards zero.", func(x V) V { return x.Trunc() }).by(NumericRule).bentWhere(toInteger)
	Round = Unary("Round", "returns x rounded to the nearest integer, halves to the even one.", func(x V) V { return x.Round() }).by(NumericRule).bentWhere(toHalf)
	Frac  = Unary("Frac", "returns x - trunc(x), with the sign of x.", func(x V) V { return x.Sub(x.Trunc()) }).bentWhere(toInteger)
)

// Powers, exponentials and logarithms.
var (
	Pow   = Binary("Pow", "returns x**y. Integers give integers: 0 for a negative y, unless x is 1 or -1.", pow).by(NumericRule).over(0.2, 3, -3, 3)
	Sqrt  = Unary("Sqrt", "returns the square root of x.", func(x V) V { return x.Sqrt() }).over(0.1, 4)
	Rsqrt = Unary("Rsqrt", "returns 1 / sqrt(x).", func(x V) V { return x.Rsqrt() }).over(0.1, 4)
	Exp   = Unary("Exp", "returns e**x.", func(x V) V { return x.Exp() })
	Exp2  = Unary("Exp2", "returns 2**x.", func(x V) V { return x.Exp2() })
	Expm1 = Unary("Expm1", "returns e**x - 1, accurate near 0.", func(x V) V { return x.Expm1() })
	Log   = Unary("Log", "returns the natural logarithm of x.", func(x V) V { return x.Log() }).over(0.1, 4)
	Log1p = Unary("Log1p", "returns the natural logarithm of 1 + x, accurate near 0.", func(x V) V { return x.Log1p() }).over(-0.8, 4)
	Log2  = Unary("Log2", "returns the logarithm of x to base 2.", func(x V) V { return x.Log2() }).over(0.1, 4)
	Log10 = Unary("Log10", "returns the logarithm of x to base 10.", func(x V) V { return x.Log10() }).over(0.1, 4)

	LogAddExp  = Binary("LogAddExp", "returns log(e**x + e**y), without overflow.", logAddExp)
	LogAddExp2 = Binary("LogAddExp2", "returns log2(2**x + 2**y), without overflow.", logAddExp2)
	Xlogy      = Binary("Xlogy", "returns x * log(y), and 0 where x is 0, unless y is NaN.", func(x, y V) V { return zeroTimes(x, y, y.Log(), 0) }).over(-3, 3, 0.2, 3)
	Xlog1py    = Binary("Xlog1py", "returns x * log(1 + y), and 0 where x is 0, unless y is NaN.", func(x, y V) V { return zeroTimes(x, y, y.Log1p(), -1) }).over(-3, 3, -0.8, 3)
)

// Trigonometric and hyperbolic functions, in radians.
var (
	Sin     = Unary("Sin", "returns the sine of x.", func(x V) V { return x.Sin() })
	Cos     = Unary("Cos", "returns the cosine of x.", func(x V) V { return x.Cos() })
	Tan     = Unary("Tan", "returns the tangent of x.", func(x V) V { return x.Tan() }).over(-1.3, 1.3)
	Asin    = Unary("Asin", "returns the arcsine of x, in [-pi/2, pi/2].", func(x V) V { return x.Asin() }).over(-0.9, 0.9)
	Acos    = Unary("Acos", "returns the arccosine of x, in [0, pi].", func(x V) V { return x.Acos() }).over(-0.9, 0.9)
	Atan    = Unary("Atan", "returns the arctangent of x, in [-pi/2, pi/2].", func(x V) V { return x.Atan() })
	Atan2   = Binary("Atan2", "returns the angle of the point (y, x), whose ordinate comes first, in [-pi, pi].", func(x, y V) V { return x.Atan2(y) }).bentWhere(fromOrigin)
	Sinh    = Unary("Sinh", "returns the hyperbolic sine of x.", func(x V) V { return x.Sinh() })
	Cosh    = Unary("Cosh", "returns the hyperbolic cosine of x.", func(x V) V { return x.Cosh() })
	Tanh    = Unary("Tanh", "returns the hyperbolic tangent of x.", func(x V) V { return x.Tanh() })
	Asinh   = Unary("Asinh", "returns the inverse hyperbolic sine of x.", func(x V) V { return x.Asinh() })
	Acosh   = Unary("Acosh", "returns the inverse hyperbolic cosine of x.", func(x V) V { return x.Acosh() }).over(1.1, 4)
	Atanh   = Unary("Atanh", "returns the inverse hyperbolic tangent of x.", func(x V) V { return x.Atanh() }).over(-0.9, 0.9)
	Hypot   = Binary("Hypot", "returns sqrt(x*x + y*y), without overflow.", hypot).bentWhere(fromOrigin)
	Sinc    = Unary("Sinc", "returns sin(pi*x) / (pi*x), and 1 at 0.", sinc)
	Deg2Rad = Unary("Deg2Rad", "returns x degrees in radians: x * pi/180.", func(x V) V { return x.Mul(num(math.Pi / 180)) })
	Rad2Deg = Unary("Rad2Deg", "returns x radians in degrees: x * 180/pi.", func(x V) V { return x.Mul(num(180 / math.Pi)) })
)

// Special functions.
var (
	Erf     = Unary("Erf", "returns the error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x.", func(x V) V { return x.Erf() })
	Erfc    = Unary("Erfc", "returns 1 - erf(x), accurate for large x.", func(x V) V { return x.Erfc() })
	Erfinv  = Unary("Erfinv", "returns the inverse of the error function.", func(x V) V { return x.Erfinv() }).over(-0.9, 0.9)
	Lgamma  = Unary("Lgamma", "returns log|Gamma(x)|.", func(x V) V { return x.Lgamma() }).over(0.2, 5)
	Digamma = Unary("Digamma", "returns the derivative of lgamma. It has a first derivative only.", func(x V) V { return x.Digamma() }).over(0.2, 5)
	Logit   = Unary("Logit", "returns log(x / (1 - x)).", func(x V) V { return x.Div(num(1).Sub(x)).Log() }).over(0.1, 0.9)
)
