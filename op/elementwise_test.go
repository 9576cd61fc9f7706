package op

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
)

// call applies o to scalars of type d, in float64.
func call(o *Op, d dtype.DType, attrs any, x ...float64) float64 {
	var in []*Array
	for i, v := range x {
		a := NewArray(d)
		if i == o.row.cond {
			a = NewArray(dtype.Bool)
		}
		a.Data[0] = v
		in = append(in, a)
	}
	return Reference{}.Apply(o, attrs, valuesOf(in)...)[0].(*Array).Data[0]
}

// derivative returns that of o by operand i at x.
func derivative(o *Op, i int, attrs any, x ...float64) float64 {
	var in []*Array
	for _, v := range x {
		a := NewArray(dtype.Float64)
		a.Data[0] = v
		in = append(in, a)
	}
	one := NewArray(dtype.Float64)
	one.Data[0] = 1
	return at(ReferenceVJP(o, attrs, in, []*Array{one}, Nth(i))[i], 0)
}

// identical tells -0 from 0.
func identical(x, y float64) bool {
	return x != x && y != y || x == y && math.Signbit(x) == math.Signbit(y)
}

// Where formulas go wrong: zeros, infinities, NaN, overflow, ties.
func TestEdges(t *testing.T) {
	inf, nan, neg0, big := math.Inf(1), math.NaN(), math.Copysign(0, -1), math.MaxFloat64
	s := func(x ...float64) any { return x }
	for _, test := range []struct {
		o     *Op
		attrs any
		x     []float64
		want  float64
	}{
		{ReLU, nil, []float64{nan}, nan}, {ReLU, nil, []float64{inf}, inf}, {ReLU, nil, []float64{-inf}, 0},
		{Sigmoid, nil, []float64{-1000}, 0}, {Sigmoid, nil, []float64{1000}, 1}, {Sigmoid, nil, []float64{-inf}, 0},
		{SiLU, nil, []float64{-1000}, neg0}, {SiLU, nil, []float64{1000}, 1000},
		{Softplus, s(1, 1e9), []float64{1000}, 1000}, {Softplus, s(1, 20), []float64{-1000}, 0}, {Softplus, s(1, 20), []float64{inf}, inf},
		{LogSigmoid, nil, []float64{-1000}, -1000}, {LogSigmoid, nil, []float64{1000}, 0}, {LogSigmoid, nil, []float64{-inf}, -inf},
		{Mish, nil, []float64{1000}, 1000}, {Mish, nil, []float64{-1000}, neg0},
		{BCEWithLogits, nil, []float64{1000, 1}, 0}, {BCEWithLogits, nil, []float64{-1000, 1}, 1000}, {BCEWithLogits, nil, []float64{-100, 0}, math.Exp(-100)},
		{LogAddExp, nil, []float64{1000, 1000}, 1000 + math.Ln2}, {LogAddExp, nil, []float64{-inf, -inf}, -inf}, {LogAddExp, nil, []float64{inf, inf}, inf},
		{LogAddExp, nil, []float64{-inf, 3}, 3}, {LogAddExp, nil, []float64{inf, -inf}, inf}, {LogAddExp, nil, []float64{nan, 1}, nan}, {LogAddExp2, nil, []float64{5, 5}, 6},
		{Hypot, nil, []float64{3, 4}, 5}, {Hypot, nil, []float64{0.75 * big, 0}, 0.75 * big}, {Hypot, nil, []float64{3e300, 4e300}, 5e300}, {Hypot, nil, []float64{0, neg0}, 0},
		{Hypot, nil, []float64{nan, -inf}, inf}, {Hypot, nil, []float64{nan, 1}, nan}, {Hypot, nil, []float64{inf, inf}, inf},
		{Xlogy, nil, []float64{0, 0}, 0}, {Xlogy, nil, []float64{0, inf}, 0}, {Xlogy, nil, []float64{0, -1}, 0}, {Xlogy, nil, []float64{0, nan}, nan}, {Xlogy, nil, []float64{nan, 1}, nan}, {Xlogy, nil, []float64{2, 0}, -inf},
		{Xlog1py, nil, []float64{0, -1}, 0}, {Xlog1py, nil, []float64{0, nan}, nan},
		{Sinc, nil, []float64{0}, 1}, {Sinc, nil, []float64{neg0}, 1}, {Sinc, nil, []float64{0.5}, 2 / math.Pi},
		{Maximum, nil, []float64{nan, 1}, nan}, {Maximum, nil, []float64{1, nan}, nan}, {Minimum, nil, []float64{1, nan}, nan},
		{Fmax, nil, []float64{nan, 1}, 1}, {Fmax, nil, []float64{1, nan}, 1}, {Fmax, nil, []float64{nan, nan}, nan}, {Fmin, nil, []float64{nan, -inf}, -inf},
		{Clamp, s(-1, 1), []float64{nan}, nan}, {Clamp, s(1, -1), []float64{0}, -1}, {Clamp, s(nan, 1), []float64{0}, nan}, {Clamp, s(-1, 1), []float64{-inf}, -1},
		{ClampTo, nil, []float64{0, 1, nan}, nan}, {ClampTo, nil, []float64{5, 0, 3}, 3},
		{Fmod, nil, []float64{-7, 3}, -1}, {Fmod, nil, []float64{7, -3}, 1}, {Fmod, nil, []float64{1, 0}, nan}, {Fmod, nil, []float64{1, inf}, 1},
		{Remainder, nil, []float64{-7, 3}, 2}, {Remainder, nil, []float64{7, -3}, -2}, {Remainder, nil, []float64{-1, inf}, inf}, {Remainder, nil, []float64{1, 0}, nan},
		{FloorDivide, nil, []float64{-7, 3}, -3}, {FloorDivide, nil, []float64{7, -3}, -3}, {FloorDivide, nil, []float64{1, 0}, inf}, {FloorDivide, nil, []float64{-1, inf}, -1},
		{FloorDivide, nil, []float64{0.9999999999999999, 1}, 0}, {FloorDivide, nil, []float64{neg0, 1}, neg0}, {FloorDivide, nil, []float64{1, 0.1}, 9}, {FloorDivide, nil, []float64{inf, 2}, nan},
		{TruncDivide, nil, []float64{-7, 3}, -2}, {TruncDivide, nil, []float64{-1, 3}, neg0},
		{Sign, nil, []float64{neg0}, neg0}, {Sign, nil, []float64{nan}, nan}, {Sign, nil, []float64{-inf}, -1},
		{CopySign, nil, []float64{3, neg0}, -3}, {CopySign, nil, []float64{-3, 0}, 3}, {CopySign, nil, []float64{0, -inf}, neg0},
		{SignBit, nil, []float64{neg0}, 1}, {SignBit, nil, []float64{0}, 0}, {SignBit, nil, []float64{-inf}, 1}, {SignBit, nil, []float64{inf}, 0},
		{Heaviside, nil, []float64{neg0, 0.5}, 0.5}, {Heaviside, nil, []float64{-1, 0.5}, 0}, {Heaviside, nil, []float64{2, 0.5}, 1},
		{NanToNum, s(1, 2, 3), []float64{nan}, 1}, {NanToNum, s(1, 2, 3), []float64{inf}, 2}, {NanToNum, s(1, 2, 3), []float64{-inf}, 3},
		{Round, nil, []float64{2.5}, 2}, {Round, nil, []float64{-0.5}, neg0}, {Ceil, nil, []float64{-0.5}, neg0}, {Frac, nil, []float64{-2.25}, -0.25},
		{Lerp, nil, []float64{0.1, 0.7, 1}, 0.7}, {Lerp, nil, []float64{0.1, 0.7, 0}, 0.1},
		{Pow, nil, []float64{nan, 0}, 1}, {Pow, nil, []float64{-2, 3}, -8}, {Pow, nil, []float64{-8, 1. / 3}, nan}, {Pow, nil, []float64{0, -1}, inf},
		{Logit, nil, []float64{0}, -inf}, {Logit, nil, []float64{1}, inf}, {Logit, nil, []float64{2}, nan},
		{Lgamma, nil, []float64{0}, inf}, {Lgamma, nil, []float64{-1}, inf}, {Digamma, nil, []float64{0}, -inf}, {Digamma, nil, []float64{-1}, nan},
		{Erfinv, nil, []float64{1}, inf}, {Erfinv, nil, []float64{2}, nan}, {Rsqrt, nil, []float64{0}, inf}, {Log1p, nil, []float64{-1}, -inf},
		{Hardswish, nil, []float64{nan}, nan}, {Hardswish, nil, []float64{inf}, inf}, {Hardsigmoid, nil, []float64{-inf}, 0}, {Softshrink, s(0.5), []float64{nan}, nan}, {Hardshrink, s(0.5), []float64{nan}, nan},
		{Hardtanh, s(-1, 1), []float64{nan}, nan}, {Threshold, s(0, 7), []float64{nan}, nan}, {ELU, s(1), []float64{-inf}, -1}, {ELU, s(1), []float64{nan}, nan},
		{IsClose, s(0, 1e9), []float64{inf, -inf}, 0}, {IsClose, s(0, 0), []float64{inf, inf}, 1}, {IsClose, s(1, 1), []float64{nan, nan}, 0}, {IsClose, s(1, 1), []float64{1, inf}, 0},
		{Eq, nil, []float64{nan, nan}, 0}, {Ne, nil, []float64{nan, nan}, 1}, {Le, nil, []float64{nan, 1}, 0}, {LogicalNot, nil, []float64{nan}, 0}, {LogicalXor, nil, []float64{0.5, neg0}, 1},
		{SmoothL1, s(0), []float64{3, 1}, 2}, {Huber, s(1), []float64{3, 1}, 1.5},
		{Where, nil, []float64{1, 2, nan}, 2}, {MaskedFill, s(-inf), []float64{2, 1}, -inf},
	} {
		if got := call(test.o, dtype.Float64, test.attrs, test.x...); !identical(got, test.want) {
			t.Errorf("%s%v %v = %v, want %v", test.o.Name, test.x, test.attrs, got, test.want)
		}
	}
}

// The derivative where it is a convention, and where the plain formula
// overflows. The conventions are PyTorch's (derivatives.yaml).
func TestEdgeDerivatives(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	s := func(x ...float64) any { return x }
	for _, test := range []struct {
		o     *Op
		attrs any
		i     int
		x     []float64
		want  float64
	}{
		{ReLU, nil, 0, []float64{0}, 0}, {Abs, nil, 0, []float64{0}, 0}, {ReLU6, nil, 0, []float64{6}, 0}, {Hardtanh, s(-1, 1), 0, []float64{1}, 0},
		{Clamp, s(-1, 1), 0, []float64{1}, 1}, {Clamp, s(-1, 1), 0, []float64{2}, 0}, {LeakyReLU, s(0.1), 0, []float64{0}, 0.1}, {ELU, s(2), 0, []float64{0}, 2},
		{Maximum, nil, 0, []float64{1, 1}, 0.5}, {Minimum, nil, 1, []float64{1, 1}, 0.5}, {Fmax, nil, 0, []float64{1, 1}, 1}, {Fmax, nil, 1, []float64{nan, 1}, 1},
		{SiLU, nil, 0, []float64{-1000}, 0}, {SiLU, nil, 0, []float64{1000}, 1}, {Sigmoid, nil, 0, []float64{-1000}, 0},
		{Softplus, s(1, 1e9), 0, []float64{1000}, 1}, {Softplus, s(1, 20), 0, []float64{-1000}, 0}, {Softplus, s(1, 20), 0, []float64{0}, 0.5},
		{LogSigmoid, nil, 0, []float64{-1000}, 1}, {LogSigmoid, nil, 0, []float64{0}, 0.5}, {Mish, nil, 0, []float64{1000}, 1}, {Mish, nil, 0, []float64{-1000}, 0},
		{LogAddExp, nil, 0, []float64{2, 2}, 0.5}, {LogAddExp, nil, 0, []float64{-inf, 3}, 0}, {LogAddExp, nil, 1, []float64{-1000, 1000}, 1},
		{Xlogy, nil, 0, []float64{0, 0}, 0}, {Xlogy, nil, 0, []float64{0, math.E}, 1}, {Pow, nil, 0, []float64{0, 0}, 0}, {Pow, nil, 1, []float64{0, 2}, 0},
		{Sinc, nil, 0, []float64{0}, 0}, {FloorDivide, nil, 0, []float64{7, 2}, 0}, {FloorDivide, nil, 1, []float64{7, 2}, 0}, {Remainder, nil, 1, []float64{-7, 2}, 4},
		{BCEWithLogits, nil, 0, []float64{1000, 1}, 0}, {BCEWithLogits, nil, 0, []float64{0, 0}, 0.5},
		{SmoothL1, s(0), 0, []float64{1, 1}, 0}, {Sqrt, nil, 0, []float64{0}, inf}, {Atan2, nil, 0, []float64{0, 0}, 0},
	} {
		if got := derivative(test.o, test.i, test.attrs, test.x...); !same(got, test.want) && math.Abs(got-test.want) > 1e-15 {
			t.Errorf("%s'%v %v by operand %d = %v, want %v", test.o.Name, test.x, test.attrs, test.i, got, test.want)
		}
	}
}

// Integers stay integers, wrap around, and divide by 0 to 0.
func TestIntegers(t *testing.T) {
	i32, i64, u8, b := dtype.Int32, dtype.Int64, dtype.Uint8, dtype.Bool
	for _, test := range []struct {
		o    *Op
		d    dtype.DType
		x    []float64
		want float64
	}{
		{Add, i32, []float64{math.MaxInt32, 1}, math.MinInt32}, {Add, i64, []float64{math.MaxInt32, 1}, 1 << 31}, {Sub, u8, []float64{3, 5}, 254}, {Mul, u8, []float64{16, 17}, 16}, {Add, b, []float64{1, 1}, 1},
		{Neg, u8, []float64{1}, 255}, {Abs, i32, []float64{math.MinInt32}, math.MinInt32}, {Sign, i64, []float64{-5}, -1},
		{Pow, i64, []float64{3, 20}, 3486784401}, {Pow, i32, []float64{-2, 3}, -8}, {Pow, i32, []float64{5, 0}, 1}, {Pow, i32, []float64{2, -1}, 0}, {Pow, i32, []float64{-1, -3}, -1}, {Pow, i32, []float64{-1, 100}, 1}, {Pow, i64, []float64{2, 62}, 1 << 62}, {Pow, i64, []float64{0, 0}, 1},
		{FloorDivide, i32, []float64{-7, 2}, -4}, {FloorDivide, i32, []float64{7, -2}, -4}, {FloorDivide, i32, []float64{6, 2}, 3}, {FloorDivide, i32, []float64{5, 0}, 0}, {TruncDivide, i32, []float64{-7, 2}, -3},
		{Remainder, i32, []float64{-7, 3}, 2}, {Fmod, i32, []float64{-7, 3}, -1}, {Remainder, i32, []float64{5, 0}, 0}, {Div, i32, []float64{1, 2}, 0.5},
		{Maximum, b, []float64{0, 1}, 1}, {BitwiseNot, u8, []float64{1}, 254}, {BitwiseNot, b, []float64{1}, 0}, {BitwiseXor, i32, []float64{5, 3}, 6}, {BitwiseAnd, i32, []float64{-1, 6}, 6},
		{LeftShift, i32, []float64{1, 31}, math.MinInt32}, {LeftShift, i32, []float64{1, 32}, 0}, {LeftShift, i64, []float64{1, 40}, 1 << 40}, {RightShift, i32, []float64{-5, 1}, -3}, {RightShift, i32, []float64{-5, 40}, -1},
		{IsInf, i64, []float64{math.MaxInt64}, 0}, {IsFinite, i32, []float64{3}, 1}, {IsNaN, i32, []float64{3}, 0}, {Floor, i32, []float64{3}, 3}, {Sqrt, i32, []float64{4}, 2}, {ReLU, i32, []float64{-4}, 0},
	} {
		if got := call(test.o, test.d, nil, test.x...); got != test.want {
			t.Errorf("%s %s%v = %v, want %v", test.d, test.o.Name, test.x, got, test.want)
		}
	}
}

// Values with their source.
func TestValues(t *testing.T) {
	for _, test := range []struct {
		o    *Op
		x, y float64
	}{
		{Erf, 0.5, 0.5204998778130465},     // Abramowitz and Stegun, table 7.1
		{Lgamma, 0.5, 0.5723649429247001},  // log sqrt(pi)
		{Digamma, 1, -0.5772156649015329},  // minus Euler's constant
		{Digamma, 0.5, -1.963510026021423}, // minus Euler's constant, minus 2 log 2
		{GELU, 1, 0.8413447460685429},      // the normal distribution at 1
		{Sigmoid, 1, 0.7310585786300049},   // e/(1+e)
		{SELU, -1, -1.1113307378125625},    // seluScale*seluAlpha*(1/e - 1)
		{Softsign, 3, 0.75},                // 3/4
		{Atanh, 0.5, 0.5493061443340549},   // log(3)/2
		{I0, 1, 1.2660658777520084},        // DLMF 10.25.2: the sum of 1/(4**k * k!**2)
		{I1, 1, 0.5651591039924851},        // likewise of 1/(2*4**k * k! * (k+1)!)
		{I0e, -20, 0.08978031188482602},    // 43558282.559553534, the same sum in fractions, times exp(-20)
		{Deg2Rad, 180, math.Pi},
		{Log2, 8, 3}, {Log10, 1000, 3}, {Exp2, -2, 0.25}, {Rsqrt, 16, 0.25}, {Reciprocal, -4, -0.25}, {Square, -3, 9},
	} {
		if got := call(test.o, dtype.Float64, nil, test.x); math.Abs(got-test.y) > 1e-14 {
			t.Errorf("%s(%v) = %v, want %v", test.o.Name, test.x, got, test.y)
		}
	}
}
