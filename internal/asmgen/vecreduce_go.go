package main

import (
	"fmt"
	"strings"
)

// writeReduction writes the portable loop of a reduction and, for each kind of machine, the exported function.
func writeReduction(portable, amd64, arm64, generic *strings.Builder, r reduction) {
	t, name, n := r.e.goType, r.fullName(), r.lanes()
	names := r.names()
	params := strings.Join(names, ", ") + " []" + t
	args := strings.Join(names, ", ")
	term := func(at string) string { return names[0] + at } // of elements in Go, in place of x and y
	if r.term != nil {
		params, args = params+", m "+t, args+", m"
		term = func(at string) string {
			s := r.goTerm
			for i, x := range []string{"x", "y"}[:len(names)] {
				s = strings.ReplaceAll(s, x, "\x00"+fmt.Sprint(i))
			}
			for i, a := range names {
				s = strings.ReplaceAll(s, "\x00"+fmt.Sprint(i), a+at)
			}
			return s
		}
	}
	fmt.Fprintf(portable, "func %s(%s) %s {\nvar sums [%d]%s\nwhole := len(a) &^ %d\n", lower(name), params, t, n, t, n-1)
	fmt.Fprintf(portable, "for i := range sums {\nsums[i] = %s\n}\n", r.identity)
	fmt.Fprintf(portable, "for i := range a[whole:] {\nsums[i] = %s\n}\n", term("[whole+i]"))
	fmt.Fprintf(portable, "for at := 0; at < whole; at += %d {\nfor i := range sums {\ns, x := sums[i], %s\nsums[i] = %s\n}\n}\n", n, term("[at+i]"), r.combine)
	fmt.Fprintf(portable, "for half := %d; half > 0; half /= 2 {\nfor i, x := range sums[half : 2*half] {\ns := sums[i]\nsums[i] = %s\n}\n}\nreturn sums[0]\n}\n\n", n/2, r.combine)

	doc := fmt.Sprintf("// %s %s\nfunc %s(%s) %s {\n", name, r.doc, name, params, t)
	if len(names) > 1 {
		doc += "b = b[:len(a)]\n"
	}
	fmt.Fprintf(generic, "%sreturn %s(%s)\n}\n\n", doc, lower(name), args)
	var head strings.Builder
	fmt.Fprintf(&head, "%stier := isa.Active()\nif tier == isa.Portable {\nreturn %s(%s)\n}\n", doc, lower(name), args)
	fmt.Fprintf(&head, "whole := len(a) &^ %d\nvar lasts [%d][%d]%s\n", n-1, len(names), n, t)
	pointers, lasts := "", ""
	for i, a := range names {
		fill := r.identity
		if r.term != nil && i == len(names)-1 {
			fill = "m"
		}
		if fill != "0" {
			fmt.Fprintf(&head, "for i := len(a) - whole; i < %d; i++ {\nlasts[%d][i] = %s\n}\n", n, i, fill)
		}
		fmt.Fprintf(&head, "copy(lasts[%d][:], %s[whole:])\n", i, a)
		fmt.Fprintf(&head, "p%s := &lasts[%d][0] // not read if whole is 0\nif whole > 0 {\np%[1]s = &%[1]s[0]\n}\n", a, i)
		pointers += "p" + a + ", "
		lasts += fmt.Sprintf(", &lasts[%d][0]", i)
	}
	if r.term != nil {
		pointers += "m, "
	}
	call := func(tier string) string {
		return fmt.Sprintf("return %s%s(%swhole/%d%s)\n", lower(name), tier, pointers, n, lasts)
	}
	fmt.Fprintf(amd64, "%sif tier == isa.AVX512 {\n%s}\n%s}\n\n", head.String(), call("AVX512"), call("AVX2"))
	fmt.Fprintf(arm64, "%s%s}\n\n", head.String(), call("NEON"))
}
