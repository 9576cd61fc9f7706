package pointwise

// The rational functions of s_erf.c.
var (
	wideErfP, wideErfQ = []float64{1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02, -5.77027029648944159157e-03, -2.37630166566501626084e-05},
		[]float64{1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03, 1.32494738004321644526e-04, -3.96022827877536812320e-06}
	wideErfNearP, wideErfNearQ = []float64{-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01, 3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03},
		[]float64{1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02, 1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02}
	wideErfMidP, wideErfMidQ = []float64{-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01, -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02, -8.12874355063065934246e+01, -9.81432934416914548592e+00},
		[]float64{1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02, 6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00, -6.04244152148580987438e-02}
	wideErfFarP, wideErfFarQ = []float64{-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01, -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03, -4.83519191608651397019e+02},
		[]float64{1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03, 3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01}
)

const wideErx = 8.45062911510467529297e-01 // erf(1) to 24 bits

// wideErfKernel returns (erf(x)-x)/x, |x| < 0.84375.
func wideErfKernel(x Value) Value {
	z := x.Mul(x)
	return widePoly(z, wideErfP).Div(widePoly(z, wideErfQ))
}

// wideErfNear returns erf(a) - wideErx, 0.84375 <= a < 1.25.
func wideErfNear(a Value) Value {
	s := a.Sub(w64(1))
	return widePoly(s, wideErfNearP).Div(widePoly(s, wideErfNearQ))
}

// wideErfcFar returns erfc(a), a >= 1.25, as exp(-a² - 9/16 + R(1/a²)) / a, where a² is the square of a number of few
// bits, which is exact, and a rest.
func wideErfcFar(a Value) Value {
	t := between(a, 1.25, 28) // erfc is 0 from 27.3 on
	s := w64(1).Div(t.Mul(t))
	mid := t.Lt(w64(1 / 0.35))
	r := mid.Select(widePoly(s, wideErfMidP), widePoly(s, wideErfFarP))
	q := mid.Select(widePoly(s, wideErfMidQ), widePoly(s, wideErfFarQ))
	z := t.Mul(w64(1 << 16)).Trunc().Mul(w64(0x1p-16))
	square := wideExp(z.Mul(z).Neg().Sub(w64(0.5625)))
	rest := wideExp(z.Sub(t).Mul(z.Add(t)).Add(r.Div(q)))
	return square.Mul(rest).Div(t)
}

func wideErf(x Value) Value {
	a := x.Abs()
	small := wideErfKernel(x).MulAdd(x, x)
	far := a.Lt(w64(1.25)).Select(w64(wideErx).Add(wideErfNear(a)), w64(1).Sub(wideErfcFar(a)))
	return a.Lt(w64(0.84375)).Select(small, wideOddOf(far, x))
}

func wideErfc(x Value) Value {
	a, neg := x.Abs(), x.Lt(w64(0))
	y := wideErfKernel(x)
	small := x.Lt(w64(0.25)).Select(w64(1).Sub(y.MulAdd(x, x)), w64(0.5).Sub(y.MulAdd(x, x.Sub(w64(0.5)))))
	near := wideErfNear(a)
	middle := neg.Select(w64(1+wideErx).Add(near), w64(1-wideErx).Sub(near))
	tail := wideErfcFar(a)
	far := neg.Select(w64(2).Sub(tail), tail)
	return a.Lt(w64(0.84375)).Select(small, a.Lt(w64(1.25)).Select(middle, far))
}
