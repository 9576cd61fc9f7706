package pointwise

import "math"

// asin(x) = x + xzP(z)/Q(z), z = x², |x| <= 1/2: e_asin.c. atan(t) = t + tzP(z), |t| <= 7/16: s_atan.c.
var (
	wideAsinP = []float64{1.66666666666666657415e-01, -3.25565818622400915405e-01, 2.01212532134862925881e-01, -4.00555345006794114027e-02,
		7.91534994289814532176e-04, 3.47933107596021167570e-05}
	wideAsinQ = []float64{1, -2.40339491173441421878e+00, 2.02094576023350569471e+00, -6.88283971605453293030e-01, 7.70381505559019352791e-02}
	wideAtanP = []float64{-3.33333333333329318027e-01, 1.99999999998764832476e-01, -1.42857142725034663711e-01, 1.11111104054623557880e-01,
		-9.09088713343650656196e-02, 7.69187620504482999495e-02, -6.66107313738753120669e-02, 5.83357013379057348645e-02,
		-4.97687799461593236017e-02, 3.65315727442169155270e-02, -1.62858201153657823623e-02}
)

// wideAsinKernel returns asin(t) for |t| <= 1/2.
func wideAsinKernel(t Value) Value {
	z := t.Mul(t)
	return z.Mul(widePoly(z, wideAsinP).Div(widePoly(z, wideAsinQ))).MulAdd(t, t)
}

func wideAsin(x Value) Value {
	a := x.Abs()
	small := a.Lt(w64(0.5))
	t := wideAsinKernel(small.Select(a, wideAsinRoot(a)))
	y := small.Select(t, w64(math.Pi/2).Sub(t.Add(t).Sub(w64(pio2Low))))
	return wideOddOf(y, x)
}

// wideAsinRoot returns √((1-a)/2), whose asin is half of acos(a).
func wideAsinRoot(a Value) Value { return w64(1).Sub(a).Mul(w64(0.5)).Sqrt() }

func wideAcos(x Value) Value {
	a := x.Abs()
	small := a.Lt(w64(0.5))
	t := wideAsinKernel(small.Select(x, wideAsinRoot(a)))
	d := t.Add(t)
	mid := w64(math.Pi / 2).Sub(t.Sub(w64(pio2Low)))
	return small.Select(mid, x.Lt(w64(0)).Select(w64(math.Pi).Sub(d.Sub(w64(2*pio2Low))), d))
}
