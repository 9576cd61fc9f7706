package pointwise

import (
	"fmt"
	"strconv"
	"strings"
)

// String returns p in readable form, one instruction a line:
//
//	func(x0 float; u0 float) (%2)
//	%0 = x0
//	%1 = u0
//	%2 = mul.float %0, %1
func (p *Program) String() string {
	var b strings.Builder
	b.WriteString("func(")
	params(&b, "x", p.Inputs)
	if len(p.Uniforms) > 0 {
		b.WriteString("; ")
		params(&b, "u", p.Uniforms)
	}
	b.WriteString(") (")
	for i, r := range p.Outputs {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%%%d", r)
	}
	b.WriteString(")\n")
	for r, in := range p.Code {
		fmt.Fprintf(&b, "%%%d = ", r)
		switch in.Op {
		case OpInput:
			fmt.Fprintf(&b, "x%d", in.Arg[0])
		case OpUniform:
			fmt.Fprintf(&b, "u%d", in.Arg[0])
		case OpConst:
			fmt.Fprintf(&b, "const.%v %s", in.Kind, strconv.FormatFloat(in.Const, 'g', -1, 64))
		default:
			fmt.Fprintf(&b, "%v.%v", in.Op, in.Kind)
			for i, a := range in.Args() {
				if i > 0 {
					b.WriteByte(',')
				}
				fmt.Fprintf(&b, " %%%d", a)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func params(b *strings.Builder, prefix string, kinds []Kind) {
	for i, k := range kinds {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "%s%d %v", prefix, i, k)
	}
}
