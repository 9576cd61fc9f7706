package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// to is an instruction that converts x to elements of another size.
func to(size int, name string) func(v *vecgen) body {
	return func(v *vecgen) body {
		return func(in []reg.VecVirtual) reg.VecVirtual {
			d := v.wide(size)
			v.op(name, in[0], d)
			return d
		}
	}
}

func conversions() []vecOp {
	return []vecOp{
		{name: "F32ToI32", doc: "truncates to int32, as bits: out of range to the nearest int32, NaN to 0.", dst: eU32, in: []elem{eF32},
			expr: "uint32(truncate(x))", emit: truncate},
		{name: "I32ToF32", doc: "converts int32 bits, rounding to nearest even.", dst: eF32, in: []elem{eU32}, expr: "float32(int32(x))",
			emit: to(4, "VCVTDQ2PS")},
		{name: "U32ToF32", doc: "converts uint32, rounding to nearest even.", dst: eF32, in: []elem{eU32}, expr: "float32(x)", emit: fromUnsigned},
		{name: "I32ToF64", doc: "converts int32 bits.", dst: eF64, in: []elem{eU32}, expr: "float64(int32(x))", emit: to(8, "VCVTDQ2PD")},
		{name: "F32ToF64", doc: "converts to float64.", dst: eF64, in: []elem{eF32}, expr: "float64(x)", emit: to(8, "VCVTPS2PD")},
		{name: "F64ToF32", doc: "converts to float32, rounding to nearest even.", dst: eF32, in: []elem{eF64}, expr: "float32(x)",
			emit: func(v *vecgen) body {
				if v.simd.masks {
					return to(4, "VCVTPD2PS")(v)
				}
				return to(4, "VCVTPD2PSY")(v)
			}},
		{name: "WidenMask", doc: "converts masks of 32 bits to masks of 64 bits.", dst: eU64, in: []elem{eU32}, expr: "uint64(int64(int32(x)))",
			emit: to(8, "VPMOVSXDQ")},
		{name: "NarrowMask", doc: "converts masks of 64 bits to masks of 32 bits.", dst: eU32, in: []elem{eU64}, expr: "uint32(x)",
			emit: to(4, "VPMOVQD"), skipAVX2: true},
		{name: "F16ToF32", doc: "converts from IEEE half precision.", dst: eF32, in: []elem{eU16}, expr: "fromHalf(x)", emit: to(4, "VCVTPH2PS")},
		{name: "F32ToF16", doc: "converts to IEEE half precision, rounding to nearest even; from 65520 up to infinity.", dst: eU16, in: []elem{eF32},
			expr: "toHalf(x)", emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual {
					d := v.wide(2)
					v.VCVTPS2PH(operand.Imm(0), in[0], d)
					return d
				}
			}},
		{name: "BF16ToF32", doc: "converts from bfloat16.", dst: eF32, in: []elem{eU16}, expr: "math.Float32frombits(uint32(x) << 16)",
			emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual {
					d, s := v.wide(4), v.wide(4)
					v.VPMOVZXWD(in[0], d)
					v.VPSLLD(operand.Imm(16), d, s)
					return s
				}
			}},
		{name: "F32ToBF16", doc: "converts to bfloat16, rounding to nearest even.", dst: eU16, in: []elem{eF32}, expr: "toBrain(x)", emit: toBrain},
	}
}

// truncate mends what VCVTTPS2DQ does not give: it makes everything out of range, and NaN, the least int32.
func truncate(v *vecgen) body {
	limit := v.constant("two31", operand.U32(math.Float32bits(1<<31)), 4)
	return func(in []reg.VecVirtual) reg.VecVirtual {
		x, r := in[0], v.like(in[0])
		v.VCVTTPS2DQ(x, r)
		big := v.mask(4, func(d operand.Op) { v.VCMPPS(operand.Imm(0x1d), limit, x, d) }) // x >= 2^31
		ordered := v.mask(4, func(d operand.Op) { v.VCMPPS(operand.Imm(7), x, x, d) })
		if v.simd.masks {
			return v.do("VPANDD", v.do("VPXORD", r, big), ordered)
		}
		return v.do("VPAND", v.do("VPXOR", r, big), ordered)
	}
}

// fromUnsigned without AVX-512: both halves are exact as float32, and so is the high one times 65536, so the sum rounds once.
func fromUnsigned(v *vecgen) body {
	if v.simd.masks {
		return to(4, "VCVTUDQ2PS")(v)
	}
	low := v.constant("low16", operand.U32(0xffff), 4)
	scale := v.constant("two16", operand.U32(math.Float32bits(1<<16)), 4)
	return func(in []reg.VecVirtual) reg.VecVirtual {
		h := v.like(in[0])
		v.VPSRLD(operand.Imm(16), in[0], h)
		high := v.do("VMULPS", v.do("VCVTDQ2PS", h), scale)
		return v.do("VADDPS", high, v.do("VCVTDQ2PS", v.do("VPAND", in[0], low)))
	}
}

// toBrain adds half a unit of the last place kept, less one if that place is even. NaN is truncated and made quiet.
func toBrain(v *vecgen) body {
	half := v.constant("bfhalf", operand.U32(0x7fff), 4)
	one := v.constant("one", operand.U32(1), 4)
	quiet := v.constant("bfquiet", operand.U32(0x400000), 4)
	and, or := "VPAND", "VPOR"
	if v.simd.masks {
		and, or = "VPANDD", "VPORD"
	}
	return func(in []reg.VecVirtual) reg.VecVirtual {
		x, s := in[0], v.like(in[0])
		v.VPSRLD(operand.Imm(16), x, s)
		rounded := v.do("VPADDD", v.do("VPADDD", x, half), v.do(and, s, one))
		nan := v.do(or, x, quiet)
		chosen := v.like(x)
		if v.simd.masks {
			k, d := v.K(), v.wide(2)
			v.VCMPPS(operand.Imm(3), x, x, k)
			v.VPBLENDMD(nan, rounded, k, chosen)
			v.VPSRLD(operand.Imm(16), chosen, chosen)
			v.VPMOVDW(chosen, d)
			return d
		}
		u, packed, d := v.like(x), v.like(x), v.like(x)
		v.VCMPPS(operand.Imm(3), x, x, u)
		v.VBLENDVPS(u, nan, rounded, chosen)
		v.VPSRLD(operand.Imm(16), chosen, chosen)
		v.VPACKUSDW(chosen, chosen, packed) // per half of 128 bits
		v.VPERMQ(operand.Imm(0x08), packed, d)
		return d.AsX().(reg.VecVirtual)
	}
}
