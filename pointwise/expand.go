package pointwise

import (
	"math"
	"slices"
)

//go:generate sh -c "go run ./internal/fit > zz_coefficients.go"

// Expand rewrites the transcendental instructions of a program that runs in
// float32 into arithmetic, comparisons, selects and operations on bits, so that
// every backend computes the same polynomials, to the accuracy of Budget. A
// backend must not fuse a Mul with an Add, nor reassociate: then results are
// the same bits everywhere, but where a device divides, takes roots or treats
// denormals otherwise than IEEE 754 says, or rounds a MulAdd twice. The budget
// holds there too: a Mul stands where only exactness helps, and products whose
// rounding would matter are exact.
//
// Rare cases that cost much, such as the sine of a large number, are behind a
// Select, and a backend may branch there. Instructions listed in kept stay, for
// a backend that has them as a whole.
func Expand(p *Program, kept ...Opcode) *Program {
	return expand(p, expansion, single.pow, single.atan2, kept)
}

// expand rewrites with the functions of one operand that there are, and two of two.
func expand(p *Program, functions map[Opcode]func(Value) Value, pow, atan2 func(x, y Value) Value, kept []Opcode) *Program {
	rewrite := func(o Opcode) bool {
		return (functions[o] != nil || o == OpPow || o == OpAtan2) && !slices.Contains(kept, o)
	}
	any := false
	for _, in := range p.Code {
		any = any || rewrite(in.Op)
	}
	if !any {
		return p
	}
	return New(p.Inputs, p.Uniforms, func(in, un []Value) []Value {
		val := make([]Value, len(p.Code))
		for r, c := range p.Code {
			var arg [3]Value
			for k, a := range c.Args() {
				arg[k] = val[a]
			}
			switch {
			case c.Op == OpInput:
				val[r] = in[c.Arg[0]]
			case c.Op == OpUniform:
				val[r] = un[c.Arg[0]]
			case !rewrite(c.Op):
				val[r] = Value{&node{op: c.Op, kind: c.Kind, num: c.Const, arg: [3]*node{arg[0].n, arg[1].n, arg[2].n}}}
			case c.Op == OpPow:
				val[r] = pow(arg[0], arg[1])
			case c.Op == OpAtan2:
				val[r] = atan2(arg[0], arg[1])
			default:
				val[r] = functions[c.Op](arg[0])
			}
		}
		out := make([]Value, len(p.Outputs))
		for i, r := range p.Outputs {
			out[i] = val[r]
		}
		return out
	})
}

var expansion = map[Opcode]func(Value) Value{
	OpExp: expandExp, OpExp2: expandExp2, OpExpm1: expandExpm1,
	OpLog: single.log, OpLog2: single.log2, OpLog10: single.log10, OpLog1p: single.log1p,
	OpSin: expandSin, OpCos: expandCos, OpTan: expandTan,
	OpAsin: expandAsin, OpAcos: expandAcos, OpAtan: single.atan,
	OpSinh: single.sinh, OpCosh: single.cosh, OpTanh: expandTanh,
	OpAsinh: single.asinh, OpAcosh: single.acosh, OpAtanh: single.atanh,
	OpErf: expandErf, OpErfc: expandErfc, OpErfinv: expandErfinv,
	OpLgamma: expandLgamma, OpDigamma: single.digamma, OpTrigamma: single.trigamma,
}

// num is a Float constant, rounded to float32, so that folding does not carry
// digits the device has not.
func num(x float64) Value { return Const(float64(float32(x))).as(Float) }

func word32(x uint32) Value { return Const(float64(x)).as(Bits) }

var (
	infinity = Const(math.Inf(1)).as(Float)
	nan      = Const(math.NaN()).as(Float)
)

// poly and odd are those of float32.
func poly(x Value, c []float64) Value { return single.poly(x, c) }
func odd(x Value, c []float64) Value  { return single.odd(x, c) }

// withSign returns |y| with the sign bit of x.
func withSign(y, x Value) Value {
	return y.Bitcast(Bits).And(word32(0x7fffffff)).Or(signBit(x)).Bitcast(Float)
}

func signBit(x Value) Value { return x.Bitcast(Bits).And(word32(0x80000000)) }

// upper returns x with the low 12 bits of its significand cleared: products of
// two such numbers, or of an upper and what is left of x, are exact.
func upper(x Value) Value { return x.Bitcast(Bits).And(word32(0xfffff000)).Bitcast(Float) }

// split writes a constant as the sum of one with at most bits significant bits
// and the rest.
func split(x float64, bits int) (hi, lo float64) {
	f, e := math.Frexp(x)
	hi = math.Ldexp(math.Trunc(math.Ldexp(f, bits)), e-bits)
	return hi, x - hi
}
