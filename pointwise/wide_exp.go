package pointwise

import "math"

// ln 2 in parts: n*wideLn2Hi is exact for |n| < 2^20.
var wideLn2Hi, wideLn2Lo = 0x1.62e42feep-1, 0x1.a39ef35793c76p-33

// (exp(r) - 1 - r) / r² for |r| <= ln2/2, to 2^-60.
var wideExpP = inverseFactorials(2, 1, 13, false)

// wideLess returns x - n ln2.
func wideLess(x, n Value) Value {
	return n.MulAdd(w64(-wideLn2Lo), n.MulAdd(w64(-wideLn2Hi), x))
}

func wideExpReduce(x Value) (r, n Value) {
	n = x.Mul(w64(math.Log2E)).Round()
	return wideLess(x, n), n
}

func wideExpKernel(r Value) Value {
	return widePoly(r, wideExpP).MulAdd(r.Mul(r), r).Add(w64(1))
}

// between limits x; NaN stays.
func between(x Value, lo, hi float64) Value {
	return x.Lt(w64(lo)).Select(w64(lo), x.Gt(w64(hi)).Select(w64(hi), x))
}

func wideExp(x Value) Value {
	r, n := wideExpReduce(between(x, -800, 800))
	return wideScale(wideExpKernel(r), n)
}

func wideExp2(x Value) Value {
	y := between(x, -1200, 1200)
	n := y.Round()
	return wideScale(wideExpKernel(y.Sub(n).Mul(w64(math.Ln2))), n)
}

// wideExp2Pair: see format.
func wideExp2Pair(hi, lo Value) Value {
	n := between(hi, -1200, 1200).Round()
	p := wideScale(wideExpKernel(hi.Sub(n).Add(lo).Mul(w64(math.Ln2))), n)
	return hi.Gt(w64(1100)).Select(infinity, hi.Lt(w64(-1150)).Select(w64(0), p))
}

// wideExpm1: see expandExpm1.
func wideExpm1(x Value) Value {
	r, n := wideExpReduce(between(x, -40, 710))
	t := widePow2(n.Sub(w64(1)))
	q := widePoly(r, wideExpP).MulAdd(r.Mul(r), r)
	e := t.MulAdd(q, t.Sub(w64(0.5)))
	y := x.Gt(w64(709.79)).Select(infinity, e.Add(e))
	return x.Abs().Lt(w64(0x1p-54)).Select(x, y)
}

// wideHalfExp returns exp(x)/2 for x >= 0.
func wideHalfExp(x Value) Value {
	r, n := wideExpReduce(between(x, 0, 800))
	return wideScale(wideExpKernel(r), n.Sub(w64(1)))
}

// sinh(x) = x + x³P(x²), |x| <= 1, to 2^-60.
var wideSinhP = inverseFactorials(3, 2, 9, false)

func wideTanh(x Value) Value {
	a := between(x.Abs(), 0, 22) // 1-2/(e^44+1) is 1
	t := wideExpm1(a.Add(a))
	near := t.Div(t.Add(w64(2)))
	far := w64(1).Sub(w64(2).Div(t.Add(w64(2))))
	return wideOddOf(a.Lt(w64(0.55)).Select(near, far), x)
}
