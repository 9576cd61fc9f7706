package pointwise

import "math"

// pio2 is π/2 in parts of 13 bits (the last is a full float32): the product of
// each with an n < 2^11 is exact, and so are the first two differences.
var pio2 = func() (c [4]float64) {
	// π/2 to 80 bits, as the sum of two float64.
	hi, lo := math.Pi/2, 6.123233995736766e-17 // fdlibm e_rem_pio2.c: pio2_1t and so on
	for i := range 3 {
		c[i], hi = split(hi, 13)
	}
	c[3] = hi + lo
	return c
}()

// moderate bounds the |x| that Cody and Waite's reduction serves.
const moderate = 3000

// reduce returns a = |x| as q π/2 + r, |r| <= π/4; of q only the low two bits
// count.
func reduce(a Value) (r, q Value) {
	n, q := exponentOf(a, 2/math.Pi)
	t := n.MulAdd(num(-pio2[1]), n.MulAdd(num(-pio2[0]), a)) // exact
	w := n.Mul(num(pio2[2]))
	r = t.Sub(w)
	lost := t.Sub(r).Sub(w) // by that subtraction
	r = n.MulAdd(num(-pio2[3]), lost).Add(r)
	large := a.Gt(num(moderate))
	rl, ql := payneHanek(a)
	return large.Select(rl, r), large.Select(ql, q)
}

// payneHanek reduces any finite a >= 2^11: the significand, an integer of 24
// bits, is multiplied by those 96 bits of 2/π that matter at its exponent, and
// of the product 2 bits of integer and 62 of fraction are kept.
func payneHanek(a Value) (r, q Value) {
	ix := a.Bitcast(Bits)
	m := ix.And(word32(0x7fffff)).Or(word32(0x800000))
	at := ix.Shr(word32(23)).Sub(word32(138)) // bits to skip; 0 for 2^11
	skip1 := at.And(word32(32)).Ne(word32(0))
	skip2 := at.And(word32(64)).Ne(word32(0))
	var t [5]Value
	for i := range t {
		t[i] = skip2.Select(word32(twoOverPi[i+2]), word32(twoOverPi[i]))
	}
	var w [4]Value
	for i := range w {
		w[i] = skip1.Select(t[i+1], t[i])
	}
	sh := at.And(word32(31))
	back := word32(32).Sub(sh)
	for i := range 3 { // a shift by 32 gives 0
		w[i] = w[i].Shl(sh).Or(w[i+1].Shr(back))
	}
	low := m.Mul(w[1])
	mid := low.Add(m.MulHi(w[2]))
	top := m.Mul(w[0]).Add(m.MulHi(w[1])).Add(mid.Lt(low).Convert(Bits))

	q = top.Add(word32(1 << 29)).Shr(word32(30))
	f := top.Sub(q.Shl(word32(30))) // in units of 2^-30, two's complement
	neg := f.Ge(word32(1 << 31))
	f, mid = neg.Select(f.Not(), f), neg.Select(mid.Not(), mid)

	// The fraction as a pair of floats, times π/2.
	hi := f.And(word32(0xffffffe0)).Convert(Float).Mul(num(0x1p-30))
	lo := f.Shl(word32(27)).Or(mid.Shr(word32(5))).Shr(word32(1)).Convert(Float).Mul(num(0x1p-56))
	h := upper(hi)
	p, pl := split(math.Pi/2, 12)
	r = h.MulAdd(num(p), hi.Sub(h).Add(lo).MulAdd(num(math.Pi/2), h.Mul(num(pl))))
	return neg.Select(r.Neg(), r), q
}

func sinKernel(r Value) Value { return odd(r, sinP) }

func tanKernel(r Value) Value { return odd(r, tanP) }

func cosKernel(r Value) Value {
	z := r.Mul(r)
	return poly(z, cosP).MulAdd(z, num(-0.5)).MulAdd(z, num(1))
}

// rotate returns the sine of r + q π/2.
func rotate(r, q Value) Value {
	y := q.And(word32(1)).Ne(word32(0)).Select(cosKernel(r), sinKernel(r))
	return y.Bitcast(Bits).Xor(q.And(word32(2)).Shl(word32(30))).Bitcast(Float)
}

func expandSin(x Value) Value {
	a := x.Abs()
	r, q := reduce(a)
	y := rotate(r, q).Bitcast(Bits).Xor(signBit(x)).Bitcast(Float)
	return a.Lt(infinity).Select(y, nan)
}

func expandCos(x Value) Value {
	a := x.Abs()
	r, q := reduce(a)
	return a.Lt(infinity).Select(rotate(r, q.Add(word32(1))), nan)
}

func expandTan(x Value) Value {
	a := x.Abs()
	r, q := reduce(a)
	t := tanKernel(r)
	y := q.And(word32(1)).Ne(word32(0)).Select(num(-1).Div(t), t)
	return a.Lt(infinity).Select(y.Bitcast(Bits).Xor(signBit(x)).Bitcast(Float), nan)
}

// asinRoot returns √((1-a)/2), whose asin is half of acos(a).
func asinRoot(a Value) Value { return num(1).Sub(a).Mul(num(0.5)).Sqrt() }

func expandAsin(x Value) Value {
	a := x.Abs()
	small := a.Lt(num(0.5))
	t := odd(small.Select(a, asinRoot(a)), asinP)
	y := small.Select(t, num(math.Pi/2).Sub(t.Add(t)))
	return withSign(y, x)
}

func expandAcos(x Value) Value {
	a := x.Abs()
	small := a.Lt(num(0.5))
	t := odd(small.Select(x, asinRoot(a)), asinP)
	d := t.Add(t)
	hi, lo := num(math.Pi/2), num(math.Pi/2-float64(float32(math.Pi/2)))
	mid := hi.Sub(t.Sub(lo))
	return small.Select(mid, x.Lt(num(0)).Select(num(math.Pi).Sub(d), d))
}
