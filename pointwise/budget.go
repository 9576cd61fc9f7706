package pointwise

import "math"

// budgets is the accuracy that Expand keeps: the largest error for any float32
// operand, in units of the last place (ulp) of the result. Arithmetic that is
// rounded as IEEE 754 says is assumed, which GPUs need not do for division,
// roots and denormals.
var budgets = [opcodeCount]float64{
	OpExp: 1.5, OpExp2: 1.5, OpExpm1: 2,
	OpLog: 1, OpLog2: 1, OpLog10: 1, OpLog1p: 1, OpPow: 2,
	OpSin: 2, OpCos: 2, OpTan: 4,
	OpAsin: 3, OpAcos: 2, OpAtan: 2, OpAtan2: 2,
	OpSinh: 2, OpCosh: 2, OpTanh: 2, OpAsinh: 3, OpAcosh: 3, OpAtanh: 3,
	OpErf: 2, OpErfc: 4, OpErfinv: 4,
	OpLgamma: 4, OpDigamma: 8, OpTrigamma: 8, // mostly reflection; 3 for x > 0
}

// Budget returns the error in ulp that Error may give for o, run by Expand: 0
// for what is not transcendental, and must be exact.
func Budget(o Opcode) float64 { return budgets[o] }

// Error returns the error of got as a float32 result of o, whose exact value
// for the operand x is want, in ulp. Infinities and NaN must agree, or the
// error is infinite; but where want is within an ulp of overflow either is
// good. Lgamma and Digamma have zeros near which no simple formula is
// relatively accurate; there an ulp is that of 1, or of what cancels.
func Error(o Opcode, x, got, want float64) float64 {
	if got != got || want != want {
		if got != got && want != want {
			return 0
		}
		return math.Inf(1)
	}
	if math.IsInf(float64(float32(want)), 0) || math.IsInf(got, 0) {
		if got == float64(float32(want)) || math.Abs(want) >= math.MaxFloat32*(1-0x1p-23) && math.Abs(got) >= math.MaxFloat32*(1-0x1p-23) && got*want > 0 {
			return 0
		}
		return math.Inf(1)
	}
	_, e := math.Frexp(size(o, x, want))
	return math.Abs(got-want) / math.Ldexp(1, max(e-24, -149))
}

// size is that of which an error is told in ulp: of the result, but near zeros
// of Lgamma and Digamma.
func size(o Opcode, x, want float64) float64 {
	s := math.Abs(want)
	switch {
	case o == OpLgamma && x < 0:
		s = max(s, 1, math.Abs(lgamma(-x)))
	case o == OpDigamma && (x < 0 || x > 0.7 && x < 3):
		s = max(s, 1, math.Log(1-min(x, 0)))
	}
	return s
}
