package pointwise

import "math"

// π/2 in parts of 33 bits, and the rest: n times a part is exact for n < 2^20.
var widePio2 = [4]float64{0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69, 0x1.b839a252049c1p-104}

// What π/2 has beyond a float64; of π it is twice as much, of π/4 half.
const pio2Low = 0x1.1a62633145c07p-54

// wideReduce: see reduce. q is 0 to 3.
func wideReduce(a Value) (r, q Value) {
	n := a.Mul(w64(2 / math.Pi)).Round()
	t := n.MulAdd(w64(-widePio2[1]), n.MulAdd(w64(-widePio2[0]), a)) // exact
	w := n.Mul(w64(widePio2[2]))
	r = t.Sub(w)
	lost := t.Sub(r).Sub(w)
	r = n.MulAdd(w64(-widePio2[3]), lost).Add(r)
	large := a.Gt(w64(1 << 19))
	rl, ql := widePayneHanek(a)
	q = n.Sub(n.Mul(w64(0.25)).Floor().Mul(w64(4)))
	return large.Select(rl, r), large.Select(ql, q)
}

// widePayneHanek reduces any finite a >= 1: the significand, in pieces of 24
// bits, is multiplied by those 240 bits of 2/π that matter at its exponent.
// Sums of such products are exact in float64.
func widePayneHanek(a Value) (r, q Value) {
	m, e := wideFraction(a)
	j := e.Mul(w64(1. / 24)).Add(w64(1. / 64)).Floor()
	m = m.Mul(widePow2(j.MulAdd(w64(-24), e))) // a = m 2^24j, m < 2^24
	var piece [4]Value
	for i := range piece {
		piece[i] = m.Floor()
		m = m.Sub(piece[i]).Mul(w64(1 << 24))
	}
	// The pieces of 2/π from j on; before the first there are four zeros.
	window := make([]Value, 64+10)
	for i := range window {
		window[i] = w64(0)
		if i >= 4 && i-4 < len(wideTwoOverPi) {
			window[i] = w64(wideTwoOverPi[i-4])
		}
	}
	skip := j.Convert(Bits)
	for k := 32; k > 0; k /= 2 {
		over := skip.And(word32(uint32(k))).Ne(word32(0))
		next := make([]Value, k-1+10)
		for i := range next {
			next[i] = over.Select(window[i+k], window[i])
		}
		window = next
	}
	// sum[n] counts in units of 2^-24n; multiples of 4 are left out.
	var sum [7]Value
	for n := range sum {
		sum[n] = w64(0)
		for i := range piece {
			sum[n] = piece[i].MulAdd(window[3-i+n], sum[n])
		}
	}
	for n := 6; n > 0; n-- {
		carry := sum[n].Mul(w64(0x1p-24)).Floor()
		sum[n] = carry.MulAdd(w64(-1<<24), sum[n])
		sum[n-1] = sum[n-1].Add(carry)
	}
	q = sum[0].Sub(sum[0].Mul(w64(0.25)).Floor().Mul(w64(4)))
	up := sum[1].Ge(w64(1 << 23))
	q = up.Select(q.Eq(w64(3)).Select(w64(0), q.Add(w64(1))), q)
	first := up.Select(sum[1].Sub(w64(1<<24)), sum[1])

	// The fraction as a pair, times π/2.
	hi := first.MulAdd(w64(1<<24), sum[2]).Mul(w64(0x1p-48))
	lo := sum[3].MulAdd(w64(1<<24), sum[4]).Mul(w64(0x1p-96))
	s := hi.Add(lo)
	rest := lo.Sub(s.Sub(hi)).Add(sum[5].MulAdd(w64(1<<24), sum[6]).Mul(w64(0x1p-144)))
	h := wideUpper(s)
	p, pl := split(math.Pi/2, 26)
	return h.MulAdd(w64(p), s.Sub(h).Add(rest).MulAdd(w64(math.Pi/2), h.Mul(w64(pl+pio2Low)))), q
}

// Taylor's series on |r| <= π/4, to 2^-60.
var (
	wideSinP = inverseFactorials(3, 2, 9, true)
	wideCosP = inverseFactorials(4, 2, 8, false)
)

func init() {
	for i := 1; i < len(wideCosP); i += 2 {
		wideCosP[i] = -wideCosP[i]
	}
}

func wideSinKernel(r Value) Value { return wideOdd(r, wideSinP) }

func wideCosKernel(r Value) Value {
	z := r.Mul(r)
	return widePoly(z, wideCosP).MulAdd(z.Mul(z), z.Mul(w64(-0.5))).Add(w64(1))
}

func wideTanKernel(r Value) Value { return wideSinKernel(r).Div(wideCosKernel(r)) }

// wideRotate returns the sine of r + q π/2, q from 0 to 4.
func wideRotate(r, q Value) Value {
	odd := q.Eq(w64(1)).Or(q.Eq(w64(3)))
	y := odd.Select(wideCosKernel(r), wideSinKernel(r))
	return q.Eq(w64(2)).Or(q.Eq(w64(3))).Select(y.Neg(), y)
}

func wideSin(x Value) Value {
	a := x.Abs()
	r, q := wideReduce(a)
	return a.Lt(infinity).Select(wideOddOf(wideRotate(r, q), x), nan)
}

func wideCos(x Value) Value {
	a := x.Abs()
	r, q := wideReduce(a)
	return a.Lt(infinity).Select(wideRotate(r, q.Add(w64(1))), nan)
}

func wideTan(x Value) Value {
	a := x.Abs()
	r, q := wideReduce(a)
	s, c := wideSinKernel(r), wideCosKernel(r)
	odd := q.Eq(w64(1)).Or(q.Eq(w64(3)))
	y := odd.Select(c.Neg(), s).Div(odd.Select(s, c))
	return a.Lt(infinity).Select(wideOddOf(y, x), nan)
}
