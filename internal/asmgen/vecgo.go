package main

import (
	"fmt"
	"strings"
)

// writeVecGo writes the portable loops and, twice, the exported functions: those that choose, and those of builds
// that have no choice.
func writeVecGo(dir string, ops []vecOp) error {
	var portable, amd64, arm64, generic strings.Builder
	bodies := neonBodies()
	portable.WriteString("import (\n\"math\"\n\n\"github.com/hekla-ml/hekla/dtype\"\n)\n\n")
	amd64.WriteString("import (\n\"math\"\n\n\"github.com/hekla-ml/hekla/backend/cpu/internal/isa\"\n)\n\n")
	arm64.WriteString("import (\n\"math\"\n\n\"github.com/hekla-ml/hekla/backend/cpu/internal/isa\"\n)\n\n")
	for _, o := range ops {
		writePortable(&portable, o)
		writeExported(&amd64, o, amd64Choice(o))
		writeExported(&arm64, o, neonChoice(o, bodies[o.name] != nil))
		writeExported(&generic, o, "")
	}
	for _, r := range reductions() {
		writeReduction(&portable, &amd64, &arm64, &generic, r)
	}
	if err := writeGo(dir, "portable", "vec", "", portable.String()); err != nil {
		return err
	}
	if err := writeGo(dir, "api_amd64", "vec", "amd64 && !noasm", amd64.String()); err != nil {
		return err
	}
	if err := writeGo(dir, "api_arm64", "vec", neonTags, arm64.String()); err != nil {
		return err
	}
	if err := writeGo(dir, "api_generic", "vec", "!amd64 && !arm64 || noasm", generic.String()); err != nil {
		return err
	}
	scalars := "import (\n\"math\"\n\n\"github.com/hekla-ml/hekla/dtype\"\n)\n\n"
	for _, f := range functions() {
		scalars += scalarGo(strings.TrimSuffix(lower(f.name), "F32")+"Of", f.program)
	}
	scalars += "// Activations are ops of one operand that are one function, by the hash of their programs.\nvar Activations = map[string]func(dst, a []float32){\n"
	for _, f := range functions() {
		if f.hash != "" {
			scalars += fmt.Sprintf("%q: %s,\n", f.hash, f.name)
		}
	}
	scalars += "}\n"
	if err := writeGo(dir, "functions", "vec", "", scalars); err != nil {
		return err
	}
	return writeGo(dir, "ops_test", "vec", "", testTable(ops))
}

// testTable lists the primitives for the tests, which go through them by reflection.
func testTable(ops []vecOp) string {
	var b strings.Builder
	b.WriteString("var primitives = []struct {\nname string\nf, portable any\n}{\n")
	for _, o := range ops {
		fmt.Fprintf(&b, "{%q, %s, %s},\n", o.name, o.name, lower(o.name))
	}
	b.WriteString("}\n\nvar reductions = []struct {\nname string\nf, portable any\n}{\n")
	for _, r := range reductions() {
		fmt.Fprintf(&b, "{%q, %s, %s},\n", r.fullName(), r.fullName(), lower(r.fullName()))
	}
	b.WriteString("}\n")
	return b.String()
}

// signature returns the parameters of o as a user writes them, their names, and those of the slices.
func signature(o vecOp) (params, args string, slices []string) {
	var ps, as []string
	scalars := func() {
		for _, p := range o.params {
			ps, as = append(ps, p+" "+o.dst.goType), append(as, p)
		}
	}
	ps, as = append(ps, "dst []"+o.dst.goType), append(as, "dst")
	if o.scalarsFirst {
		scalars()
	}
	for i, e := range o.in {
		name := inNames[i]
		if strings.HasPrefix(o.name, "Select") { // a mask and two choices
			name = []string{"mask", "a", "b"}[i]
		}
		ps, as, slices = append(ps, name+" []"+e.goType), append(as, name), append(slices, name)
	}
	if !o.scalarsFirst {
		scalars()
	}
	return strings.Join(ps, ", "), strings.Join(as, ", "), slices
}

func writePortable(b *strings.Builder, o vecOp) {
	params, _, slices := signature(o)
	fmt.Fprintf(b, "func %s(%s) {\n", lower(o.name), params)
	for _, s := range slices {
		fmt.Fprintf(b, "%s = %s[:len(dst)]\n", s, s)
	}
	b.WriteString("for i := range dst {\n")
	var xs, vs []string
	for i, s := range slices {
		xs, vs = append(xs, string("xyz"[i])), append(vs, s+"[i]")
	}
	if len(xs) > 0 {
		fmt.Fprintf(b, "%s := %s\n", strings.Join(xs, ", "), strings.Join(vs, ", "))
	}
	fmt.Fprintf(b, "dst[i] = %s\n}\n}\n\n", o.expr)
}

// writeExported writes the function that users call: a choice of kernels, then the portable loop for the rest.
func writeExported(b *strings.Builder, o vecOp, choice string) {
	params, args, slices := signature(o)
	fmt.Fprintf(b, "// %s %s\nfunc %s(%s) {\n", o.name, o.doc, o.name, params)
	b.WriteString("n := len(dst)\nif n == 0 {\nreturn\n}\n")
	for _, s := range slices { // slicing would allow what lies between length and capacity
		fmt.Fprintf(b, "_ = %s[n-1]\n", s)
	}
	fmt.Fprintf(b, "%s%s(%s)\n}\n\n", choice, lower(o.name), args)
}

func amd64Choice(o vecOp) string {
	choice := fmt.Sprintf("switch isa.Active() {\ncase isa.AVX512:\n%s(%s, n)\nreturn\n", kernelName(o, avx512), pointers(o))
	if !o.skipAVX2 {
		choice += "case isa.AVX2:\n" + wholeVectors(o, kernelName(o, avx2), 32)
	}
	return choice + "}\n"
}

func neonChoice(o vecOp, exists bool) string {
	if !exists {
		return ""
	}
	return "if isa.Active() == isa.NEON {\n" + wholeVectors(o, lower(o.name)+"NEON", 16) + "}\n"
}

// wholeVectors calls a kernel that takes whole vectors alone, and leaves the rest of the slices.
func wholeVectors(o vecOp, kernel string, bytes int) string {
	largest := o.dst.size
	for _, e := range o.in {
		largest = max(largest, e.size)
	}
	_, _, slices := signature(o)
	code := fmt.Sprintf("if n &^= %d; n > 0 {\n%s(%s, n)\ndst = dst[n:]\n", bytes/largest-1, kernel, pointers(o))
	for _, s := range slices {
		code += fmt.Sprintf("%s = %s[n:]\n", s, s)
	}
	return code + "}\n"
}

// pointers are the arguments of a kernel, but for the length.
func pointers(o vecOp) string {
	_, _, slices := signature(o)
	p := "&dst[0]"
	for _, s := range slices {
		p += fmt.Sprintf(", &%s[0]", s)
	}
	for _, s := range o.params {
		p += ", " + s
	}
	return p
}
