package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/hekla-ml/hekla/pointwise"
)

// A language is how the instructions of a program are written. The %s of a format
// are the operands.
type language struct {
	head      string // of the file
	signature string // of a function, with its name
	types     map[pointwise.Kind]string
	forms     map[pointwise.Opcode]string
	toFloat   string // from bits
	toBits    string // from a float
	suffix    string // of float constants
}

// forms are what both languages write alike.
func forms(more map[pointwise.Opcode]string) map[pointwise.Opcode]string {
	m := map[pointwise.Opcode]string{
		pointwise.OpAdd: "%s + %s", pointwise.OpSub: "%s - %s", pointwise.OpMul: "%s * %s", pointwise.OpDiv: "%s / %s",
		pointwise.OpLt: "%s < %s", pointwise.OpLe: "%s <= %s", pointwise.OpAnd: "%s & %s", pointwise.OpOr: "%s | %s", pointwise.OpShl: "%s << %s",
		pointwise.OpMulAdd: "fma(%s, %s, %s)", pointwise.OpSelect: "%s ? %s : %s",
	}
	for o, form := range more {
		m[o] = form
	}
	return m
}

// Of Min the programs make no more use than that NaN goes on: the second operand is
// a constant.
var languages = map[string]*language{
	"cuda": {
		head: "#pragma once\n#include \"hekla.cuh\"\n", signature: "INLINE float %s(float x)",
		types:   map[pointwise.Kind]string{pointwise.Float: "float", pointwise.Bool: "bool", pointwise.Bits: "u32"},
		forms:   forms(map[pointwise.Opcode]string{pointwise.OpAbs: "__builtin_fabsf(%s)", pointwise.OpMin: "%[1]s > %[2]s ? %[2]s : %[1]s"}),
		toFloat: "__builtin_bit_cast(float, %s)", toBits: "__builtin_bit_cast(u32, %s)", suffix: "f",
	},
	"glsl": {
		signature: "float %s(float x)",
		types:     map[pointwise.Kind]string{pointwise.Float: "precise float", pointwise.Bool: "bool", pointwise.Bits: "uint"},
		forms:     forms(map[pointwise.Opcode]string{pointwise.OpAbs: "abs(%s)", pointwise.OpMin: "%[1]s > %[2]s ? %[2]s : %[1]s"}),
		toFloat:   "uintBitsToFloat(%s)", toBits: "floatBitsToUint(%s)",
	},
}

// function prints a program of one input and one output.
func (l *language) function(w io.Writer, name string, p *pointwise.Program) error {
	fmt.Fprintf(w, l.signature+" {\n", name)
	refs := make([]string, len(p.Code)) // what stands for each register
	for r, in := range p.Code {
		args := make([]any, 0, 3)
		for _, a := range in.Args() {
			args = append(args, refs[a])
		}
		form := l.forms[in.Op]
		switch {
		case in.Op == pointwise.OpInput:
			refs[r] = "x"
			continue
		case in.Op == pointwise.OpConst:
			refs[r] = l.constant(in)
			continue
		case in.Op == pointwise.OpBitcast && in.Kind == pointwise.Float:
			form = l.toFloat
		case in.Op == pointwise.OpBitcast:
			form = l.toBits
		}
		if form == "" || l.types[in.Kind] == "" {
			return fmt.Errorf("no way to write %v.%v", in.Op, in.Kind)
		}
		refs[r] = fmt.Sprintf("v%d", r)
		fmt.Fprintf(w, "\t%s %s = %s;\n", l.types[in.Kind], refs[r], fmt.Sprintf(form, args...))
	}
	_, err := fmt.Fprintf(w, "\treturn %s;\n}\n", refs[p.Outputs[0]])
	return err
}

// constant writes a number with the digits that a float32 needs.
func (l *language) constant(in pointwise.Instr) string {
	if in.Kind == pointwise.Bits {
		return fmt.Sprintf("0x%xu", uint32(in.Const))
	}
	s := strconv.FormatFloat(float64(float32(in.Const)), 'g', -1, 32)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	if math.Signbit(in.Const) {
		s = "(" + s + l.suffix + ")"
	} else {
		s += l.suffix
	}
	return s
}
