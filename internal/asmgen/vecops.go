package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vecOp is one primitive of package vec that works element by element: its meaning in Go, and in instructions.
type vecOp struct {
	name   string
	doc    string // after the name
	dst    elem
	in     []elem   // slices; elements are x, y, z in expr
	params []string // scalars of dst's type, before the slices if scalarsFirst
	expr   string

	// emit emits what is done once, and returns what is done per vector. The scalars come before the vectors.
	emit func(v *vecgen) body
	// skipAVX2 leaves AVX2 to the portable loop, where no good instructions exist.
	skipAVX2     bool
	scalarsFirst bool
}

type body func(in []reg.VecVirtual) reg.VecVirtual

// elem is an element type of a slice.
type elem struct {
	goType string
	size   int
}

var (
	eF32 = elem{"float32", 4}
	eF64 = elem{"float64", 8}
	eU16 = elem{"uint16", 2}
	eU32 = elem{"uint32", 4}
	eU64 = elem{"uint64", 8}
)

// bin is an instruction d = x op y.
func bin(name string) func(v *vecgen) body {
	return func(v *vecgen) body {
		return func(in []reg.VecVirtual) reg.VecVirtual { return v.do(name, in[0], in[1]) }
	}
}

// un is an instruction d = op x.
func un(name string) func(v *vecgen) body {
	return func(v *vecgen) body {
		return func(in []reg.VecVirtual) reg.VecVirtual { return v.do(name, in[0]) }
	}
}

// extreme is VMIN or VMAX with NaN of either operand passed on: the instruction itself returns y if either is NaN.
func (v *vecgen) extreme(instr, suffix string, x, y reg.VecVirtual) reg.VecVirtual {
	m := v.do(instr+suffix, x, y)
	if v.simd.masks && x.Size() == 64 {
		k, d := v.K(), v.like(x)
		v.op("VCMP"+suffix, operand.Imm(3), x, x, k)
		v.op("VBLENDM"+suffix, x, m, k, d)
		return d
	}
	u, d := v.like(x), v.like(x)
	v.op("VCMP"+suffix, operand.Imm(3), x, x, u)
	v.op("VBLENDV"+suffix, u, x, m, d)
	return d
}

// mask turns the comparison's result into all ones or zero. Instructions that compare write a mask register in AVX-512.
func (v *vecgen) mask(size int, compare func(d operand.Op)) reg.VecVirtual {
	d := v.wide(size)
	if !v.simd.masks {
		compare(d)
		return d
	}
	k := v.K()
	compare(k)
	if size == 8 {
		v.VPMOVM2Q(k, d)
	} else {
		v.VPMOVM2D(k, d)
	}
	return d
}

func selectBits(v *vecgen) body {
	return func(in []reg.VecVirtual) reg.VecVirtual {
		m, x, y := in[0], in[1], in[2]
		if v.simd.masks {
			v.VPTERNLOGD(operand.Imm(0xca), y, x, m) // m ? x : y, bit by bit
			return m
		}
		return v.do("VPOR", v.do("VPAND", m, x), v.do("VPANDN", m, y))
	}
}

// floatOps are the primitives of one float type; masks are integers of its size.
func floatOps(e element) []vecOp {
	t, m := elem{e.goType, e.size}, eU32
	if e.size == 8 {
		m = eU64
	}
	p := e.packed
	bits := func(name string, v *vecgen) string { // and, xor: of D or Q elements, or of none
		if v.simd.masks {
			return name + map[int]string{4: "D", 8: "Q"}[e.size]
		}
		return name
	}
	sign := func(v *vecgen) reg.VecVirtual {
		if e.size == 8 {
			return v.constant("sign64", operand.U64(1<<63), 8)
		}
		return v.constant("sign32", operand.U32(1<<31), 4)
	}
	round := func(mode uint64) func(v *vecgen) body {
		return func(v *vecgen) body {
			return func(in []reg.VecVirtual) reg.VecVirtual {
				d := v.like(in[0])
				if v.simd.masks {
					v.op("VRNDSCALE"+p, operand.Imm(mode), in[0], d)
				} else {
					v.op("VROUND"+p, operand.Imm(mode), in[0], d)
				}
				return d
			}
		}
	}
	compare := func(predicate uint64) func(v *vecgen) body {
		return func(v *vecgen) body {
			return func(in []reg.VecVirtual) reg.VecVirtual {
				return v.mask(e.size, func(d operand.Op) { v.op("VCMP"+p, operand.Imm(predicate), in[1], in[0], d) })
			}
		}
	}
	one, two := []elem{t}, []elem{t, t}
	n := func(name string) string { return name + e.name }
	const dir = " of every element."
	return []vecOp{
		{name: n("Add"), doc: "sets dst to a + b.", dst: t, in: two, expr: "x + y", emit: bin("VADD" + p)},
		{name: n("Sub"), doc: "sets dst to a - b.", dst: t, in: two, expr: "x - y", emit: bin("VSUB" + p)},
		{name: n("Mul"), doc: "sets dst to a * b.", dst: t, in: two, expr: "x * y", emit: bin("VMUL" + p)},
		{name: n("Div"), doc: "sets dst to a / b.", dst: t, in: two, expr: "x / y", emit: bin("VDIV" + p)},
		{name: n("Min"), doc: "sets dst to the smaller of a and b, and to NaN where either is. Of -0 and +0 it takes that of b.",
			dst: t, in: two, expr: "smaller(x, y)", emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual { return v.extreme("VMIN", p, in[0], in[1]) }
			}},
		{name: n("Max"), doc: "sets dst to the larger of a and b, and to NaN where either is. Of -0 and +0 it takes that of b.",
			dst: t, in: two, expr: "larger(x, y)", emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual { return v.extreme("VMAX", p, in[0], in[1]) }
			}},
		{name: n("Sqrt"), doc: "sets dst to the square root" + dir, dst: t, in: one, expr: t.goType + "(math.Sqrt(float64(x)))", emit: un("VSQRT" + p)},
		{name: n("Neg"), doc: "sets dst to -a.", dst: t, in: one, expr: "-x", emit: func(v *vecgen) body {
			s := sign(v)
			return func(in []reg.VecVirtual) reg.VecVirtual { return v.do(bits("VPXOR", v), in[0], s) }
		}},
		{name: n("Abs"), doc: "sets dst to the absolute value" + dir, dst: t, in: one, expr: t.goType + "(math.Abs(float64(x)))", emit: func(v *vecgen) body {
			s := sign(v)
			return func(in []reg.VecVirtual) reg.VecVirtual { return v.do(bits("VPANDN", v), s, in[0]) }
		}},
		{name: n("Floor"), doc: "rounds every element down to an integer.", dst: t, in: one, expr: t.goType + "(math.Floor(float64(x)))", emit: round(9)},
		{name: n("Ceil"), doc: "rounds every element up to an integer.", dst: t, in: one, expr: t.goType + "(math.Ceil(float64(x)))", emit: round(10)},
		{name: n("Trunc"), doc: "rounds every element towards zero to an integer.", dst: t, in: one, expr: t.goType + "(math.Trunc(float64(x)))", emit: round(11)},
		{name: n("RoundEven"), doc: "rounds every element to the nearest integer, halves to the even one.", dst: t, in: one,
			expr: t.goType + "(math.RoundToEven(float64(x)))", emit: round(8)},
		{name: n("Lt"), doc: "sets dst to the mask of a < b.", dst: m, in: two, expr: maskExpr(m, "x < y"), emit: compare(0x11)},
		{name: n("Le"), doc: "sets dst to the mask of a <= b.", dst: m, in: two, expr: maskExpr(m, "x <= y"), emit: compare(0x12)},
		{name: n("Eq"), doc: "sets dst to the mask of a == b.", dst: m, in: two, expr: maskExpr(m, "x == y"), emit: compare(0x00)},
		{name: n("Ne"), doc: "sets dst to the mask of a != b.", dst: m, in: two, expr: maskExpr(m, "x != y"), emit: compare(0x04)},
		{name: n("Select"), doc: "sets dst to a where the mask is set and to b elsewhere.", dst: t, in: []elem{m, t, t},
			expr: selectExpr(e), emit: selectBits},
		{name: n("Splat"), doc: "sets every element to v.", dst: t, params: []string{"v"}, scalarsFirst: true, expr: "v",
			emit: func(*vecgen) body { return func(in []reg.VecVirtual) reg.VecVirtual { return in[0] } }},
		{name: n("AddScalar"), doc: "sets dst to a + s.", dst: t, in: one, params: []string{"s"}, expr: "x + s",
			emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual { return v.do("VADD"+p, in[1], in[0]) }
			}},
		{name: n("MulScalar"), doc: "sets dst to a * s.", dst: t, in: one, params: []string{"s"}, expr: "x * s",
			emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual { return v.do("VMUL"+p, in[1], in[0]) }
			}},
		{name: n("MulAdd"), doc: "sets dst to a*b + c, rounding the product too.", dst: t, in: []elem{t, t, t},
			expr: t.goType + "(x*y) + z", emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual {
					return v.do("VADD"+p, v.do("VMUL"+p, in[0], in[1]), in[2])
				}
			}},
		{name: n("FMA"), doc: "sets dst to a*b + c, rounded once.", dst: t, in: []elem{t, t, t},
			expr: map[int]string{4: "dtype.FMA32(x, y, z)", 8: "math.FMA(x, y, z)"}[t.size], emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual {
					v.op("VFMADD231"+p, in[1], in[0], in[2])
					return in[2]
				}
			}},
		{name: n("Axpy"), doc: "sets dst to alpha*a + b, rounding the product too.", dst: t, in: two, params: []string{"alpha"}, scalarsFirst: true,
			expr: t.goType + "(alpha*x) + y", emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual {
					return v.do("VADD"+p, v.do("VMUL"+p, in[0], in[1]), in[2])
				}
			}},
		{name: n("Centre"), doc: "sets dst to (a - m) * r.", dst: t, in: one, params: []string{"m", "r"},
			expr: "(x - m) * r", emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual {
					return v.do("VMUL"+p, v.do("VSUB"+p, in[2], in[0]), in[1])
				}
			}},
		{name: n("Normalise"), doc: "sets dst to (a - m) * r * b + c, rounding each.", dst: t, in: []elem{t, t, t}, params: []string{"m", "r"},
			expr: t.goType + "((x - m) * r * y) + z", emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual {
					d := v.do("VMUL"+p, v.do("VSUB"+p, in[2], in[0]), in[1])
					return v.do("VADD"+p, v.do("VMUL"+p, d, in[3]), in[4])
				}
			}},
		{name: n("CentreScale"), doc: "sets dst to (a - m) * r + s, rounding each.", dst: t, in: one, params: []string{"m", "r", "s"},
			expr: t.goType + "((x - m) * r) + s", emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual {
					return v.do("VADD"+p, v.do("VMUL"+p, v.do("VSUB"+p, in[3], in[0]), in[1]), in[2])
				}
			}},
		{name: n("NormGrad"), doc: "sets dst to (a - s - (b - m) * d) * r, rounding each: how normalising b passes back a.", dst: t, in: two, params: []string{"s", "m", "d", "r"},
			expr: "(x - s - " + t.goType + "((y - m) * d)) * r", emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual {
					far := v.do("VMUL"+p, v.do("VSUB"+p, in[5], in[1]), in[2])
					return v.do("VMUL"+p, v.do("VSUB"+p, v.do("VSUB"+p, in[4], in[0]), far), in[3])
				}
			}},
		{name: n("ScaleAdd"), doc: "sets dst to a*alpha + beta, rounding the product too.", dst: t, in: one, params: []string{"alpha", "beta"},
			expr: t.goType + "(x*alpha) + beta", emit: func(v *vecgen) body {
				return func(in []reg.VecVirtual) reg.VecVirtual {
					return v.do("VADD"+p, v.do("VMUL"+p, in[2], in[0]), in[1])
				}
			}},
	}
}

func maskExpr(m elem, condition string) string {
	if m.size == 8 {
		return "mask64(" + condition + ")"
	}
	return "mask32(" + condition + ")"
}

func selectExpr(e element) string {
	if e.size == 8 {
		return "math.Float64frombits(x&math.Float64bits(y) | ^x&math.Float64bits(z))"
	}
	return "math.Float32frombits(x&math.Float32bits(y) | ^x&math.Float32bits(z))"
}

// maskOps are bit operations on integers of one size.
func maskOps(t elem, name string) []vecOp {
	bits := func(instr string) func(v *vecgen) body {
		return func(v *vecgen) body {
			return func(in []reg.VecVirtual) reg.VecVirtual {
				if v.simd.masks {
					return v.do(instr+"D", in[0], in[1])
				}
				return v.do(instr, in[0], in[1])
			}
		}
	}
	two := []elem{t, t}
	return []vecOp{
		{name: "And" + name, doc: "sets dst to a & b.", dst: t, in: two, expr: "x & y", emit: bits("VPAND")},
		{name: "Or" + name, doc: "sets dst to a | b.", dst: t, in: two, expr: "x | y", emit: bits("VPOR")},
		{name: "Xor" + name, doc: "sets dst to a ^ b.", dst: t, in: two, expr: "x ^ y", emit: bits("VPXOR")},
		{name: "Not" + name, doc: "sets dst to ^a.", dst: t, in: []elem{t}, expr: "^x", emit: func(v *vecgen) body {
			ones := v.constant("ones", operand.U32(1<<32-1), 4)
			return func(in []reg.VecVirtual) reg.VecVirtual { return bits("VPXOR")(v)([]reg.VecVirtual{in[0], ones}) }
		}},
		{name: "Select" + name, doc: "sets dst to a where the mask is set and to b elsewhere.", dst: t, in: []elem{t, t, t},
			expr: "x&y | ^x&z", emit: selectBits},
		{name: "Copy" + name, doc: "sets dst to a: for a few hundred elements faster than Go's copy, which moves 16 bytes at a time then.",
			dst: t, in: []elem{t}, expr: "x", emit: func(*vecgen) body { return func(in []reg.VecVirtual) reg.VecVirtual { return in[0] } }},
		{name: "Splat" + name, doc: "sets every element to v.", dst: t, params: []string{"v"}, scalarsFirst: true, expr: "v",
			emit: func(*vecgen) body { return func(in []reg.VecVirtual) reg.VecVirtual { return in[0] } }},
	}
}

// intOps are the primitives of 32-bit integers. What is signed says so in its name.
func intOps() []vecOp {
	t, two := eU32, []elem{eU32, eU32}
	compare := func(instr string, flip, swap bool) func(v *vecgen) body {
		return func(v *vecgen) body {
			var sign reg.VecVirtual
			if flip && !v.simd.masks {
				sign = v.constant("sign32", operand.U32(1<<31), 4)
			}
			return func(in []reg.VecVirtual) reg.VecVirtual {
				x, y := in[0], in[1]
				return v.mask(4, func(d operand.Op) {
					switch {
					case v.simd.masks && instr == "VPCMPEQD":
						v.VPCMPEQD(y, x, d)
					case v.simd.masks && flip:
						v.VPCMPUD(operand.Imm(1), y, x, d)
					case v.simd.masks:
						v.VPCMPD(operand.Imm(1), y, x, d)
					default: // AVX2 knows only signed x > y
						if flip {
							x, y = v.do("VPXOR", x, sign), v.do("VPXOR", y, sign)
						}
						if swap {
							x, y = y, x
						}
						v.op(instr, y, x, d)
					}
				})
			}
		}
	}
	return []vecOp{
		{name: "AddU32", doc: "sets dst to a + b.", dst: t, in: two, expr: "x + y", emit: bin("VPADDD")},
		{name: "SubU32", doc: "sets dst to a - b.", dst: t, in: two, expr: "x - y", emit: bin("VPSUBD")},
		{name: "MulU32", doc: "sets dst to the low half of a * b.", dst: t, in: two, expr: "x * y", emit: bin("VPMULLD")},
		{name: "MulHiU32", doc: "sets dst to the high half of the unsigned product a * b.", dst: t, in: two,
			expr: "uint32(uint64(x) * uint64(y) >> 32)", emit: mulHigh},
		{name: "ShlU32", doc: "sets dst to a << b, to 0 where b >= 32.", dst: t, in: two, expr: "x << y", emit: bin("VPSLLVD")},
		{name: "ShrU32", doc: "sets dst to the unsigned a >> b, to 0 where b >= 32.", dst: t, in: two, expr: "x >> y", emit: bin("VPSRLVD")},
		{name: "ShrI32", doc: "sets dst to the signed a >> b, to the sign where b >= 32.", dst: t, in: two,
			expr: "uint32(int32(x) >> y)", emit: bin("VPSRAVD")},
		{name: "LtU32", doc: "sets dst to the mask of the unsigned a < b.", dst: t, in: two, expr: "mask32(x < y)", emit: compare("VPCMPGTD", true, true)},
		{name: "LtI32", doc: "sets dst to the mask of the signed a < b.", dst: t, in: two, expr: "mask32(int32(x) < int32(y))", emit: compare("VPCMPGTD", false, true)},
		{name: "EqU32", doc: "sets dst to the mask of a == b.", dst: t, in: two, expr: "mask32(x == y)", emit: compare("VPCMPEQD", false, false)},
	}
}

// mulHigh multiplies even and odd elements apart, as there is no instruction that keeps all high halves.
func mulHigh(v *vecgen) body {
	var k reg.OpmaskVirtual
	if v.simd.masks {
		r := v.GP32()
		v.MOVL(operand.U32(0xaaaa), r)
		k = v.K()
		v.KMOVW(r, k)
	}
	shift := func(x reg.VecVirtual) reg.VecVirtual {
		d := v.like(x)
		v.VPSRLQ(operand.Imm(32), x, d)
		return d
	}
	return func(in []reg.VecVirtual) reg.VecVirtual {
		even := shift(v.do("VPMULUDQ", in[0], in[1]))
		odd := v.do("VPMULUDQ", shift(in[0]), shift(in[1]))
		d := v.like(even)
		if v.simd.masks {
			v.VMOVDQA32(even, d) // not VPBLENDMD, which avo takes to read d
			v.VMOVDQA32(odd, k, d)
		} else {
			v.VPBLENDD(operand.Imm(0xaa), odd, even, d)
		}
		return d
	}
}
