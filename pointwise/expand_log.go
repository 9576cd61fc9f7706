package pointwise

// rootHalf is the bits of √½ as float32.
const rootHalf = 0x3f3504f3

// logReduce writes positive x, normal or not, as 2^e (1+f), √½ <= 1+f < √2.
func logReduce(x Value) (f, e Value) {
	tiny := x.Lt(num(0x1p-126))
	b := tiny.Select(x.Mul(num(0x1p23)), x).Bitcast(Bits).Add(word32(0x3f800000 - rootHalf))
	// An integer below 2^23 over the bits of 2^23 is 2^23 more than itself.
	biased := b.Shr(word32(23)).Or(word32(0x4b000000)).Bitcast(Float)
	e = biased.Sub(tiny.Select(num(0x1p23+127+23), num(0x1p23+127)))
	f = b.And(word32(0x7fffff)).Add(word32(rootHalf)).Bitcast(Float).Sub(num(1))
	return f, e
}

// logSum returns log(1+f) + e ln2 + c, c small.
func logSum(f, e, c Value) Value {
	z := f.Mul(f)
	rest := e.Mul(num(ln2Lo))
	if c != none {
		rest = e.MulAdd(num(ln2Lo), c)
	}
	y := poly(f, logP).MulAdd(f.Mul(z), rest)
	y = z.MulAdd(num(-0.5), y)
	return e.MulAdd(num(ln2Hi), f.Add(y))
}

// logRest: see format.
func logRest(f, half, c Value) Value {
	return poly(f, logP).MulAdd(f.Mul(f.Mul(f)), c)
}
