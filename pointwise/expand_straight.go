package pointwise

import (
	"maps"
	"math"
)

// ExpandStraight is Expand for devices that compute both sides of a Select:
// rare operands have no formula of their own there, where one that is a little
// longer serves all. Results are the same bits.
func ExpandStraight(p *Program) *Program {
	return expand(p, straight, single.pow, single.atan2, nil)
}

var straight = func() map[Opcode]func(Value) Value {
	m := maps.Clone(expansion)
	m[OpExp], m[OpTanh] = straightExp, straightTanh
	return m
}()

// straightExp: sums with magic + 254 hold n + 254 in their low bits, which are
// the exponents, plus 127 each, of two powers whose product is 2^n. So the
// result is rounded once, also where it is denormal.
func straightExp(x Value) Value {
	c := num(magic + 254)
	t := x.MulAdd(num(math.Log2E), c)
	k := expKernel(lessLn2(x, t.Sub(c)))
	bits := t.Bitcast(Bits)
	half := bits.Shr(word32(1)).Shl(word32(23))
	rest := bits.Shl(word32(23)).Sub(half)
	y := k.Mul(half.Bitcast(Float)).Mul(rest.Bitcast(Float))
	return x.Gt(num(88.72284)).Select(infinity, x.Lt(num(-104.5)).Select(num(0), y))
}

// straightTanh: e is exp(2|x|)/2, so that the exponent needs no sum: half of one
// is even, and n is rounded as without it.
func straightTanh(x Value) Value {
	a := x.Abs()
	y := a.Add(a).Min(num(20))
	c := num(magic + 126)
	t := y.MulAdd(num(math.Log2E), c)
	e := expKernel(lessLn2(y, t.Sub(c))).Mul(t.Bitcast(Bits).Shl(word32(23)).Bitcast(Float))
	big := num(1).Sub(num(1).Div(e.Add(num(0.5))))
	r := a.Lt(num(0.625)).Select(odd(a, tanhP), big)
	return r.Bitcast(Bits).Or(signBit(x)).Bitcast(Float) // r has no sign, but a NaN may
}
