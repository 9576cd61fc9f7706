package ptxsim

import "slices"

// pure are the opcodes that may run when no thread asked: they have no effect but
// their result, and no fault.
var pure = []string{
	"mov", "cvt", "cvta", "selp", "setp", "add", "sub", "mul", "mad", "fma", "min", "max", "and", "or", "xor", "not", "shl", "shr",
	"neg", "abs", "clz", "popc", "bfe", "prmt", "shf",
}

// hoist takes out of the code what gives the same in every block: conversions and
// sums of parameters and of the numbers of threads in their block. It runs once for a
// launch, in all threads. Registers with one definition are enough: compilers write
// PTX in that form.
func (k *Kernel) hoist() {
	same := make([]bool, k.regs)
	for _, c := range k.fixed {
		same[c.column] = true
	}
	for i, name := range specials {
		same[i] = !oneOf(name, "%ctaid.x", "%ctaid.y", "%ctaid.z")
	}
	definitions := make([]int, k.regs)
	for i := range k.code {
		for _, column := range k.code[i].writes {
			definitions[column]++
		}
	}
	early := make([]bool, len(k.code))
	for found := true; found; {
		found = false
		for i := range k.code {
			s := &k.code[i]
			if early[i] || !s.movable() || definitions[s.writes[0]] != 1 || !s.readsOnly(same) {
				continue
			}
			early[i], same[s.writes[0]], found = true, true, true
			k.early = append(k.early, *s)
		}
	}
	at := make([]int, len(k.code)+1) // where each instruction, or what follows it, comes to be
	var late []step
	for i, s := range k.code {
		at[i] = len(late)
		if !early[i] {
			late = append(late, s)
		}
	}
	at[len(k.code)] = len(late)
	for i := range late {
		if late[i].control == branch {
			late[i].target = at[late[i].target]
		}
	}
	k.code = late
}

// movable reports whether a step may run before all others.
func (s *step) movable() bool {
	if s.control != straight || s.in.guard >= 0 || len(s.writes) != 1 {
		return false
	}
	if s.in.op == "ld" {
		a := s.in.args[1]
		return a.param && a.column < 0
	}
	return slices.Contains(pure, s.in.op)
}

// readsOnly reports whether all operands are in the given columns.
func (s *step) readsOnly(columns []bool) bool {
	if s.in.op == "ld" {
		return true // of a parameter
	}
	for _, a := range s.in.args[1:] {
		if a.kind != argColumn || !columns[a.column] {
			return false
		}
	}
	return true
}
