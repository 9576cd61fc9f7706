package pointwise

import (
	"math"
	"testing"
)

// Values are of Python's decimal module with 40 digits, such as
// Decimal(5e-324).ln() and Decimal(709.5).exp(), or of its math module (glibc's).
func TestExtremes(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		op      Opcode
		x, want float64
	}{
		{OpLog, 5e-324, -744.44007192138122}, {OpLog10, 5e-324, -323.30621534311581}, {OpLgamma, 5e-324, 744.44007192138122},
		{OpLog, 1e-310, -713.80137882815416}, {OpLog10, 1e-310, -310}, {OpLgamma, 1e-310, 713.80137882815416},
		{OpLog, 2.225073858507201e-308, -708.39641853226408}, {OpLog10, 2.225073858507201e-308, -307.65265556858878}, {OpLgamma, 2.225073858507201e-308, 708.39641853226408},
		{OpExp, 709.2, 1.0037985541227819e+308},
		{OpExp, 709.5, 1.3549863193146328e+308},
		{OpExp, 709.7827, 1.7976699566638014e+308},
		{OpSinh, 709.3, 5.5468448481139087e+307}, {OpSinh, -709.3, -5.5468448481139087e+307}, {OpCosh, -709.3, 5.5468448481139087e+307},
		{OpSinh, 709.9, 1.010701028059782e+308}, {OpSinh, -709.9, -1.010701028059782e+308}, {OpCosh, -709.9, 1.010701028059782e+308},
		{OpSinh, 710.47, 1.7871893267684048e+308}, {OpSinh, -710.47, -1.7871893267684048e+308}, {OpCosh, -710.47, 1.7871893267684048e+308},
		{OpLog2, 1.0000000000000009, 1.2813706015259665e-15}, {OpLog2, 1, 0}, {OpLog2, 0.25, -2}, {OpLog10, 1000, 3}, {OpLog10, 1e-5, -5}, {OpTan, 1.5707963267948966, 16331239353195370},
		{OpAcos, 0.9999999999999998, 2.1073424255447017e-08}, {OpAcos, 1, 0}, {OpAcos, 1.5, math.NaN()}, {OpAcos, -0.9999880566363888, 3.1367052437675507}, {OpTan, -7.921848940407634e-08, -7.921848940407651e-08},
		{OpLog, 0, -inf}, {OpLog10, 0, -inf}, {OpExp, 709.79, inf}, {OpExp, inf, inf}, {OpExp, -746, 0},
		{OpSinh, 711, inf}, {OpSinh, -inf, -inf}, {OpCosh, -711, inf}, {OpCosh, -inf, inf},
	} {
		got := c.op.Float(c.x, 0)
		if got == c.want || got != got && c.want != c.want {
			continue
		}
		// Two roundings, and that of the function itself below 1 ulp.
		if !(math.Abs(got-c.want) <= 4*0x1p-53*math.Abs(c.want)) {
			t.Errorf("%v(%v) = %v, want %v", c.op, c.x, got, c.want)
		}
	}
}

// Of Python's math module (glibc's).
func TestExtremesOfTwo(t *testing.T) {
	for _, c := range []struct {
		op         Opcode
		x, y, want float64
	}{
		{OpPow, 1e-310, 0.5047417871814941, 3.388800275519576e-157}, {OpPow, 5e-324, 0.5, 2.2227587494850775e-162}, {OpPow, 5e-324, 40, 0},
		{OpPow, 10, 200, 1e200}, {OpPow, 10, 3, 1000}, {OpPow, -10, 3, -1000}, {OpPow, 10, -2, 0.01}, {OpPow, 2, 0.5, math.Sqrt2}, {OpPow, 2, -1074, 5e-324},
		{OpPow, -2, 1025, math.Inf(-1)}, {OpPow, -2, -1077, math.Copysign(0, -1)}, {OpPow, -8, 0.5, math.NaN()}, {OpPow, 0, -1, math.Inf(1)},
		{OpPow, 5e-324, -2, math.Inf(1)}, {OpPow, -5e-324, 1, -5e-324},
		{OpAtan2, -1.7663829591067914e-105, -1.1861153870101495e+301, -math.Pi}, {OpAtan2, 1e-300, -1e300, math.Pi},
		{OpAtan2, math.Copysign(0, -1), -1, -math.Pi}, {OpAtan2, math.Copysign(0, -1), 1, math.Copysign(0, -1)},
	} {
		got := c.op.Float(c.x, c.y)
		if got != got && c.want != c.want {
			continue
		}
		if !(math.Abs(got-c.want) <= 0x1p-52*math.Abs(c.want)) && got != c.want || math.Signbit(got) != math.Signbit(c.want) {
			t.Errorf("%v(%v, %v) = %v, want %v", c.op, c.x, c.y, got, c.want)
		}
	}
}
