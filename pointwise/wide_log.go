package pointwise

import "math"

// log(1+f) = f - f²/2 + s(f²/2 + R), R = zP(z), z = s², s = f/(2+f): e_log.c.
var wideLogP = []float64{6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
	1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01}

// wideLogReduce writes positive x as 2^e (1+f), √½ <= 1+f < √2.
func wideLogReduce(x Value) (f, e Value) {
	m, e := wideFraction(x)
	over := m.Gt(w64(math.Sqrt2))
	return over.Select(m.Mul(w64(0.5)), m).Sub(w64(1)), over.Select(e.Add(w64(1)), e)
}

// wideLogParts returns f²/2 and s(f²/2 + R).
func wideLogParts(f Value) (half, rest Value) {
	s := f.Div(f.Add(w64(2)))
	z := s.Mul(s)
	half = f.Mul(f).Mul(w64(0.5))
	return half, s.Mul(widePoly(z, wideLogP).MulAdd(z, half))
}

// wideLogSum: see format.
func wideLogSum(f, e, c Value) Value {
	half, rest := wideLogParts(f)
	if c != none {
		rest = rest.Add(c)
	}
	low := e.MulAdd(w64(wideLn2Lo), rest)
	return e.MulAdd(w64(wideLn2Hi), f.Sub(half.Sub(low)))
}

// wideLogRest: see format.
func wideLogRest(f, half, c Value) Value {
	_, rest := wideLogParts(f)
	return c.Add(rest)
}

// log2(m) = s(C0 + C1 z + z²P(z)), z = s², s = (m-1)/(m+1): the series, to 2^-60 on z <= 0.0295.
var widePowP = func() []float64 {
	c := make([]float64, 10)
	for k := range c {
		c[k] = 2 / math.Ln2 / float64(2*k+5)
	}
	return c
}()
