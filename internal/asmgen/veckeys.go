package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// keyOps find the largest of floats and its place in one go: both make an integer, the float in its high half.
func keyOps() []vecOp {
	return []vecOp{
		{name: "PlaceKey", doc: "sets dst to int64s ordered by a, NaN above all and -0 equal to 0, and where equal by the unsigned b.",
			dst: eU64, in: []elem{eF32, eU32}, expr: "keyOf(x, y)", emit: placeKey},
		{name: "MaxI64", doc: "sets dst to the larger of the signed a and b.", dst: eU64, in: []elem{eU64, eU64},
			expr: "uint64(max(int64(x), int64(y)))", emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual {
					if v.simd.masks {
						return v.do("VPMAXSQ", in[0], in[1])
					}
					d := v.like(in[0])
					v.VBLENDVPD(v.do("VPCMPGTQ", in[0], in[1]), in[0], in[1], d)
					return d
				}
			}},
	}
}

// placeKey flips the magnitude bits of negative floats, which orders floats as signed integers.
func placeKey(v *vecgen) body {
	nan := v.constant("maxInt32", operand.U32(math.MaxInt32), 4)
	half := func(r reg.VecVirtual) reg.VecVirtual { // the part of a constant that float registers have
		if v.simd.bytes == 64 {
			return r.AsY().(reg.VecVirtual)
		}
		return r.AsX().(reg.VecVirtual)
	}(nan)
	return func(in []reg.VecVirtual) reg.VecVirtual {
		x, y := in[0], in[1]
		sign, flip, zero := v.like(x), v.like(x), v.like(x)
		v.VPSRAD(operand.Imm(31), x, sign)
		v.VPSRLD(operand.Imm(1), sign, flip)
		ordered := v.do("VPXOR", x, flip)
		v.VXORPS(zero, zero, zero)
		// -0 and 0 become 0, NaN the largest integer.
		isZero, isNaN, chosen := v.like(x), v.like(x), v.like(x)
		v.VCMPPS(operand.Imm(0), x, zero, isZero)
		v.VCMPPS(operand.Imm(3), x, x, isNaN)
		v.VBLENDVPS(isNaN, half, v.do("VPANDN", isZero, ordered), chosen)
		high, low, d := v.wide(8), v.wide(8), v.wide(8)
		v.VPMOVZXDQ(chosen, high)
		v.VPSLLQ(operand.Imm(32), high, d)
		v.VPMOVZXDQ(y, low)
		if v.simd.masks {
			return v.do("VPORQ", d, low)
		}
		return v.do("VPOR", d, low)
	}
}
