package main

import "math"

// neonBodies are the primitives of package vec that have a NEON kernel, by name.
func neonBodies() map[string]neonBody {
	all := map[string]neonBody{}
	for _, e := range []element{f32, f64} {
		neonFloats(all, e.name)
	}
	neonIntegers(all)
	for _, f := range functions() {
		if f.name != "PowF32" { // has more alive at once than there are registers
			all[f.name] = neonFuse(f.program)
		}
	}
	return all
}

// of is a body of one float instruction, operands in the order of the mathematics.
func neonOf(name string, order ...int) neonBody {
	return func(g *neonGen, in []int) int {
		nm := make([]int, len(order))
		for i, o := range order {
			nm[i] = in[o]
		}
		return g.float(name, nm...)
	}
}

// word is a body of one instruction that does not depend on the float type.
func neonWord(name string, order ...int) neonBody {
	return func(g *neonGen, in []int) int {
		nm := make([]int, len(order))
		for i, o := range order {
			nm[i] = in[o]
		}
		return g.do(name, nm...)
	}
}

// neonNot inverts the result of another.
func neonNot(of neonBody) neonBody {
	return func(g *neonGen, in []int) int {
		d := of(g, in)
		g.word("NOT", neonWords["NOT"], d, d)
		return d
	}
}

// neonSelect takes bits of in[1] where the mask in[0] has them set, else of in[2].
func neonSelect(g *neonGen, in []int) int {
	g.word("BSL", neonWords["BSL"], in[0], in[1], in[2])
	return in[0]
}

func neonFloats(all map[string]neonBody, suffix string) {
	for name, b := range map[string]neonBody{
		"Add": neonOf("FADD", 0, 1), "Sub": neonOf("FSUB", 0, 1), "Mul": neonOf("FMUL", 0, 1), "Div": neonOf("FDIV", 0, 1),
		"Min":  func(g *neonGen, in []int) int { return g.extreme(false, in[0], in[1]) },
		"Max":  func(g *neonGen, in []int) int { return g.extreme(true, in[0], in[1]) },
		"Sqrt": neonOf("FSQRT", 0), "Neg": neonOf("FNEG", 0), "Abs": neonOf("FABS", 0),
		"Floor": neonOf("FRINTM", 0), "Ceil": neonOf("FRINTP", 0), "Trunc": neonOf("FRINTZ", 0), "RoundEven": neonOf("FRINTN", 0),
		"Lt": neonOf("FCMGT", 1, 0), "Le": neonOf("FCMGE", 1, 0), "Eq": neonOf("FCMEQ", 0, 1), "Ne": neonNot(neonOf("FCMEQ", 0, 1)),
		"Select": neonSelect, "Splat": func(_ *neonGen, in []int) int { return in[0] },
		"AddScalar": neonOf("FADD", 1, 0), "MulScalar": neonOf("FMUL", 1, 0),
		"MulAdd": func(g *neonGen, in []int) int { return g.float("FADD", g.float("FMUL", in[0], in[1]), in[2]) },
		"FMA": func(g *neonGen, in []int) int {
			g.floatTo("FMLA", in[2], in[0], in[1])
			return in[2]
		},
		"Axpy": func(g *neonGen, in []int) int { return g.float("FADD", g.float("FMUL", in[0], in[1]), in[2]) },
		"Centre": func(g *neonGen, in []int) int {
			return g.float("FMUL", g.float("FSUB", in[2], in[0]), in[1])
		},
		"Normalise": func(g *neonGen, in []int) int {
			d := g.float("FMUL", g.float("FSUB", in[2], in[0]), in[1])
			return g.float("FADD", g.float("FMUL", d, in[3]), in[4])
		},
		"CentreScale": func(g *neonGen, in []int) int {
			return g.float("FADD", g.float("FMUL", g.float("FSUB", in[3], in[0]), in[1]), in[2])
		},
		"NormGrad": func(g *neonGen, in []int) int {
			far := g.float("FMUL", g.float("FSUB", in[5], in[1]), in[2])
			return g.float("FMUL", g.float("FSUB", g.float("FSUB", in[4], in[0]), far), in[3])
		},
		"ScaleAdd": func(g *neonGen, in []int) int { return g.float("FADD", g.float("FMUL", in[2], in[0]), in[1]) },
	} {
		all[name+suffix] = b
	}
}

func neonIntegers(all map[string]neonBody) {
	for _, size := range []string{"U32", "U64"} {
		for name, b := range map[string]neonBody{"And": neonWord("AND", 0, 1), "Or": neonWord("ORR", 0, 1), "Xor": neonWord("EOR", 0, 1),
			"Not": neonWord("NOT", 0), "Select": neonSelect, "Splat": func(_ *neonGen, in []int) int { return in[0] }} {
			all[name+size] = b
		}
	}
	for name, b := range map[string]neonBody{
		"AddU32": neonWord("ADD", 0, 1), "SubU32": neonWord("SUB", 0, 1), "MulU32": neonWord("MUL", 0, 1),
		"MulHiU32": func(g *neonGen, in []int) int { return g.mulHigh(in[0], in[1]) },
		"ShlU32":   func(g *neonGen, in []int) int { return g.shiftBy("USHL", in[0], in[1], false) },
		"ShrU32":   func(g *neonGen, in []int) int { return g.shiftBy("USHL", in[0], in[1], true) },
		"ShrI32":   func(g *neonGen, in []int) int { return g.shiftBy("SSHL", in[0], in[1], true) },
		"LtU32":    neonWord("CMHI", 1, 0), "LtI32": neonWord("CMGT", 1, 0), "EqU32": neonWord("CMEQ", 0, 1),
		"MaxI64": func(g *neonGen, in []int) int {
			return neonSelect(g, []int{g.do("CMGT64", in[0], in[1]), in[0], in[1]})
		},
		"PlaceKey": neonPlaceKey,

		"F32ToI32": neonWord("FCVTZS", 0), "I32ToF32": neonWord("SCVTF", 0), "U32ToF32": neonWord("UCVTF", 0),
		"I32ToF64": func(g *neonGen, in []int) int { return g.do("SCVTF64", g.do("SSHLL", in[0])) },
		"F32ToF64": neonWord("FCVTL64", 0), "F64ToF32": neonWord("FCVTN64", 0),
		"WidenMask": neonWord("SSHLL", 0), "NarrowMask": neonWord("XTN32", 0),
		"F16ToF32": neonWord("FCVTL", 0), "F32ToF16": neonWord("FCVTN", 0), "BF16ToF32": neonWord("SHLL16", 0), "F32ToBF16": neonToBrain,
	} {
		all[name] = b
	}
}

// mulHigh multiplies the lower and upper halves apart and picks the high words of both.
func (g *neonGen) mulHigh(x, y int) int {
	low, high := g.do("UMULL", x, y), g.do("UMULL2", x, y)
	g.word("UZP2", neonWords["UZP2"], low, low, high)
	g.drop(high)
	return low
}

// shiftBy shifts by registers. The instruction reads a signed byte of each element, and shifts right if that is negative.
func (g *neonGen) shiftBy(name string, x, y int, right bool) int {
	by := g.constant(32)
	g.word("UMIN", neonWords["UMIN"], by, by, y)
	if right {
		g.word("NEG", neonWords["NEG"], by, by)
	}
	g.word(name, neonWords[name], by, x, by)
	return by
}

// neonPlaceKey is placeKey: the magnitude bits of negative floats flipped, -0 and 0 made 0, NaN the largest integer.
func neonPlaceKey(g *neonGen, in []int) int {
	x := in[0]
	flip := g.shift("USHR", g.shift("SSHR", x, 31), 1)
	ordered := g.do("EOR", x, flip)
	zero := g.do("EOR", x, x)
	g.word("FCMEQ", neonWords["FCMEQ"], zero, x, zero)
	g.word("BIC", neonWords["BIC"], ordered, ordered, zero)
	number := g.do("FCMEQ", x, x)
	high := g.do("SHLL32", neonSelect(g, []int{number, ordered, g.constant(math.MaxInt32)}))
	return g.do("ORR", high, g.do("USHLL", in[1]))
}

// neonToBrain is toBrain.
func neonToBrain(g *neonGen, in []int) int {
	x := in[0]
	odd := g.do("AND", g.shift("USHR", x, 16), g.constant(1))
	rounded := g.do("ADD", g.do("ADD", x, g.constant(0x7fff)), odd)
	number := g.do("FCMEQ", x, x)
	kept := neonSelect(g, []int{number, rounded, g.do("ORR", x, g.constant(0x400000))})
	return g.do("XTN16", g.shift("USHR", kept, 16))
}
