package ptxsim

import "slices"

// A typ is a type of PTX: its class (b, u, s, f or p for predicates) and size
// in bytes.
type typ struct {
	class byte
	size  int
}

var types = map[string]typ{
	"b8": {'b', 1}, "b16": {'b', 2}, "b32": {'b', 4}, "b64": {'b', 8},
	"u8": {'u', 1}, "u16": {'u', 2}, "u32": {'u', 4}, "u64": {'u', 8},
	"s8": {'s', 1}, "s16": {'s', 2}, "s32": {'s', 4}, "s64": {'s', 8},
	"f16": {'f', 2}, "f32": {'f', 4}, "f64": {'f', 8}, "pred": {'p', 1},
}

func (p *parser) typ(name string) typ {
	t, ok := types[name]
	if !ok {
		p.fail("unknown type %q", name)
	}
	return t
}

// holds reports whether a register of type r may be an operand of an
// instruction of type t, by the rules of the assembler.
func (t typ) holds(r typ) bool {
	if t.size != r.size || (t.class == 'p') != (r.class == 'p') {
		return false
	}
	return t.class == 'b' || r.class == 'b' || (t.class == 'f') == (r.class == 'f')
}

// extends reports whether a register of type r may be loaded, stored or
// converted as t: integers may be narrower than their register.
func (t typ) extends(r typ) bool {
	if t.holds(r) {
		return true
	}
	if t.class == 'f' && t.size == 2 {
		return r.class == 'b' && r.size == 2
	}
	return t.class != 'f' && t.class != 'p' && r.class != 'f' && r.class != 'p' && t.size < r.size
}

// specials are the special registers.
var specials = []string{
	"%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z",
	"%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z", "%laneid",
}

func oneOf(s string, list ...string) bool { return slices.Contains(list, s) }
