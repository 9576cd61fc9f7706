package pointwise

import "math"

// log Γ(2+d) = dP(d), |d| <= 3/4: Abramowitz and Stegun 6.1.33, whose terms are
// 1-γ and ±(ζ(k)-1)/k.
var wideLgammaP = func() []float64 {
	c := []float64{1 - 0.57721566490153286060651209008240243}
	for k := 2.; k <= 40; k++ {
		c = append(c, zetaLess1(k)/k)
		if int(k)%2 != 0 {
			c[len(c)-1] *= -1
		}
	}
	return c
}()

// zetaLess1 returns ζ(k)-1, by Euler and Maclaurin's formula from 100 on.
func zetaLess1(k float64) float64 {
	const n = 100
	sum := math.Pow(n, -k) * (n/(k-1) + 0.5 + k/(12*n)*(1-(k+1)*(k+2)/(60*n*n)*(1-(k+3)*(k+4)/(42*n*n))))
	for i := n - 1; i >= 2; i-- {
		sum += math.Pow(float64(i), -k)
	}
	return sum
}

// wideLgamma: see expandLgamma; here the series about 2 serves all x below 8.
func wideLgamma(x Value) Value {
	a := x.Abs()
	// From [5/2, 8) down to [3/2, 5/2): prod of what is passed.
	t, prod := a, w64(1)
	for range 6 {
		step := t.Ge(w64(2.5))
		u := t.Sub(w64(1))
		prod = step.Select(prod.Mul(u), prod)
		t = step.Select(u, t)
	}
	// Γ(2+d) = (1+d)Γ(1+d) = (1+d)dΓ(d).
	tiny, small, large := a.Lt(w64(0.5)), a.Lt(w64(1.25)), a.Ge(w64(8))
	d := tiny.Select(a, small.Select(a.Sub(w64(1)), t.Sub(w64(2))))
	g := widePoly(d, wideLgammaP).Mul(d)
	of := tiny.Select(a.MulAdd(a, a), small.Or(large).Select(a, prod))
	l := double.log(of)
	return double.lgammaOf(x, a, small.Select(g.Sub(l), g.Add(l)), l, large)
}
