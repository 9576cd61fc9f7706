package ptxsim

import "slices"

// grammar fails where an instruction has modifiers and types that this package could make
// sense of and NVIDIA's assembler refuses. TestTaken compares the two.
func (p *parser) grammar(in *instr) {
	if len(in.mods) == 0 {
		if in.op == "membar" {
			p.fail("membar without a level")
		}
		return
	}
	has := func(mod string) bool { return slices.Contains(in.mods, mod) }
	t, typed := types[in.mods[len(in.mods)-1]]
	if !typed {
		if has("wait_group") && len(in.args) > 0 && p.types[in.args[0].column] != (typ{}) {
			p.fail("%s: want a number", in.text)
		}
		return
	}
	ok := true
	switch in.op {
	case "add", "sub", "div", "sqrt", "rcp", "mad", "fma":
		ok = !has("rn") || t.class == 'f'
	case "mul":
		ok = !has("rn") && !has("lo") && !has("hi") || has("rn") == (t.class == 'f')
	case "min", "max", "neg", "abs":
		ok = !has("rn")
	case "and", "or", "xor", "not":
		ok = !has("rn") && (t.class == 'b' || t.class == 'p')
	case "shl":
		ok = t.class == 'b'
	case "mov":
		ok = t != typ{'f', 2}
	case "selp":
		ok = t != typ{'f', 2} && t.class != 'p'
	case "setp":
		ok = t.class != 'f' || !has("lo") && !has("ls") && !has("hi") && !has("hs")
	case "cvta":
		ok = t == typ{'u', 8}
	case "atom", "red":
		ok = (t.class == 'b' || !has("cas") && !has("exch")) && !(has("add") && t == typ{'s', 8})
	case "ld", "st":
		ok = (!has("v4") || t.size <= 4) && t.class != 'p' && p.uniform(in)
	case "cvt":
		ok = len(in.mods) > 1 && converts(has, types[in.mods[len(in.mods)-2]], t)
	}
	if !ok {
		p.fail("%s: illegal modifier or type for %s", in.text, in.op)
	}
}

// uniform reports whether the registers of each vector are of one type.
func (p *parser) uniform(in *instr) bool {
	for _, a := range in.args {
		for _, e := range a.list {
			if p.types[e.column] != p.types[a.list[0].column] {
				return false
			}
		}
	}
	return true
}

// converts reports whether a conversion, of the last type to the one before it, may have
// its modifiers.
func converts(has func(string) bool, to, from typ) bool {
	single := typ{'f', 4}
	switch {
	case has("ftz") && from != single && to != single:
		return false
	case has("sat") && from.class != 'f' && to.class != 'f': // where nothing is out of range
		return from.size > to.size || from.class != to.class && (from.class == 's' || from.size == to.size)
	}
	return true
}
