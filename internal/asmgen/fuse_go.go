package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/hekla-ml/hekla/pointwise"
)

// scalarGo writes a program as a Go function of one element: the portable tier.
func scalarGo(name string, p *pointwise.Program) string {
	g := &scalarWriter{p: p}
	var params []string
	for i := range p.Inputs {
		params = append(params, inNames[i])
	}
	fmt.Fprintf(&g.b, "func %s(%s float32) float32 {\n", name, strings.Join(params, ", "))
	g.write(schedule(p))
	fmt.Fprintf(&g.b, "return %s\n}\n\n", g.name(p.Outputs[0]))
	return g.b.String()
}

type scalarWriter struct {
	b strings.Builder
	p *pointwise.Program
}

func (g *scalarWriter) name(r int) string {
	switch in := g.p.Code[r]; in.Op {
	case pointwise.OpInput:
		return inNames[in.Arg[0]]
	case pointwise.OpConst:
		return constGo(in)
	}
	return fmt.Sprintf("v%d", r)
}

func constGo(in pointwise.Instr) string {
	if in.Kind != pointwise.Float {
		return fmt.Sprintf("uint32(%#x)", word(in))
	}
	switch x := float32(in.Const); {
	case x != x || math.IsInf(float64(x), 0) || x == 0:
		return fmt.Sprintf("math.Float32frombits(%#x)", word(in))
	default:
		return fmt.Sprintf("float32(%v)", x)
	}
}

var goTypes = map[pointwise.Kind]string{pointwise.Float: "float32", pointwise.Bits: "uint32", pointwise.Bool: "bool"}

func (g *scalarWriter) write(items []item) {
	for _, it := range items {
		if b := it.block; b != nil {
			for _, r := range b.results {
				fmt.Fprintf(&g.b, "var v%d %s\n", r, goTypes[g.p.Code[r].Kind])
			}
			not := "!"
			if b.taken {
				not = ""
			}
			fmt.Fprintf(&g.b, "if %s%s {\n", not, g.name(b.mask))
			inner := &scalarWriter{p: g.p}
			inner.write(b.items)
			text := inner.b.String()
			for _, r := range b.results { // declared outside
				text = strings.Replace(text, fmt.Sprintf("v%d := ", r), fmt.Sprintf("v%d = ", r), 1)
				text = strings.Replace(text, fmt.Sprintf("var v%d ", r), "// ", 1)
			}
			g.b.WriteString(text)
			g.b.WriteString("}\n")
			continue
		}
		in := g.p.Code[it.reg]
		if in.Op == pointwise.OpSelect {
			fmt.Fprintf(&g.b, "v%d := %s\nif %s {\nv%[1]d = %[4]s\n}\n", it.reg, g.name(in.Arg[2]), g.name(in.Arg[0]), g.name(in.Arg[1]))
			continue
		}
		fmt.Fprintf(&g.b, "v%d := %s\n", it.reg, g.expr(in))
	}
}

func (g *scalarWriter) expr(in pointwise.Instr) string {
	var x, y string
	var from pointwise.Kind
	if n := in.Op.Arity(); n > 0 {
		x, from = g.name(in.Arg[0]), g.p.Code[in.Arg[0]].Kind
		if n > 1 {
			y = g.name(in.Arg[1])
		}
	}
	if in.Kind == pointwise.Bool && from == pointwise.Bool {
		switch in.Op {
		case pointwise.OpNot:
			return "!" + x
		case pointwise.OpXor:
			return x + " != " + y
		}
		return x + map[pointwise.Opcode]string{pointwise.OpAnd: " && ", pointwise.OpOr: " || "}[in.Op] + y
	}
	if sign := map[pointwise.Opcode]string{pointwise.OpAdd: "+", pointwise.OpSub: "-", pointwise.OpDiv: "/", pointwise.OpAnd: "&", pointwise.OpOr: "|",
		pointwise.OpXor: "^", pointwise.OpShl: "<<", pointwise.OpShr: ">>", pointwise.OpLt: "<", pointwise.OpLe: "<=", pointwise.OpEq: "==", pointwise.OpNe: "!="}[in.Op]; sign != "" {
		return x + " " + sign + " " + y
	}
	switch in.Op {
	case pointwise.OpMul:
		return fmt.Sprintf("%s(%s * %s)", goTypes[in.Kind], x, y) // rounded, not fused
	case pointwise.OpMulAdd:
		return fmt.Sprintf("dtype.FMA32(%s, %s, %s)", x, y, g.name(in.Arg[2]))
	case pointwise.OpMulHi:
		return fmt.Sprintf("uint32(uint64(%s) * uint64(%s) >> 32)", x, y)
	case pointwise.OpMin:
		return fmt.Sprintf("smaller(%s, %s)", x, y)
	case pointwise.OpMax:
		return fmt.Sprintf("larger(%s, %s)", x, y)
	case pointwise.OpNeg:
		return "-" + x
	case pointwise.OpNot:
		return "^" + x
	case pointwise.OpAbs:
		return fmt.Sprintf("float32(math.Abs(float64(%s)))", x)
	case pointwise.OpSqrt:
		return fmt.Sprintf("float32(math.Sqrt(float64(%s)))", x)
	case pointwise.OpFloor, pointwise.OpCeil, pointwise.OpTrunc:
		n := in.Op.String()
		return fmt.Sprintf("float32(math.%s(float64(%s)))", strings.ToUpper(n[:1])+n[1:], x)
	case pointwise.OpRound:
		return fmt.Sprintf("float32(math.RoundToEven(float64(%s)))", x)
	case pointwise.OpBitcast:
		if in.Kind == pointwise.Float {
			return fmt.Sprintf("math.Float32frombits(%s)", x)
		}
		return fmt.Sprintf("math.Float32bits(%s)", x)
	case pointwise.OpConvert:
		if from == pointwise.Bits && in.Kind == pointwise.Float {
			return fmt.Sprintf("float32(%s)", x)
		}
		if from == pointwise.Bool && in.Kind == pointwise.Bits {
			return fmt.Sprintf("mask32(%s) & 1", x)
		}
	}
	panic(fmt.Sprintf("fuse: no Go for %v of %v", in.Op, in.Kind))
}
