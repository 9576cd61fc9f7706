package pointwise

import (
	"math"
	"testing"
)

// Values are of Python's decimal module with 40 digits, such as
// Decimal(5e-324).ln() and Decimal(709.5).exp().
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
		{OpLog, 0, -inf}, {OpLog10, 0, -inf}, {OpExp, 709.79, inf}, {OpExp, inf, inf}, {OpExp, -746, 0},
		{OpSinh, 711, inf}, {OpSinh, -inf, -inf}, {OpCosh, -711, inf}, {OpCosh, -inf, inf},
	} {
		got := c.op.Float(c.x, 0)
		if got == c.want {
			continue
		}
		// Two roundings, and that of the function itself below 1 ulp.
		if !(math.Abs(got-c.want) <= 4*0x1p-53*math.Abs(c.want)) {
			t.Errorf("%v(%v) = %v, want %v", c.op, c.x, got, c.want)
		}
	}
}
