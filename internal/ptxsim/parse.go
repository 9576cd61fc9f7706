package ptxsim

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Load parses PTX and compiles its kernels.
func Load(text string) (m *Module, err error) {
	p := &parser{m: &Module{Kernels: map[string]*Kernel{}}}
	defer func() {
		if e := recover(); e != nil {
			pe, ok := e.(*ParseError)
			if !ok {
				panic(e)
			}
			m, err = nil, pe
		}
	}()
	for i, line := range strings.Split(text, "\n") {
		p.line = i + 1
		if at := strings.Index(line, "//"); at >= 0 {
			line = line[:at]
		}
		p.text(strings.TrimSpace(line))
	}
	if p.k != nil || strings.TrimSpace(p.pending) != "" {
		p.fail("text ends within a statement or kernel")
	}
	if p.m.Target == "" {
		p.fail("no .version or no .target")
	}
	return p.m, nil
}

type parser struct {
	m       *Module
	line    int
	pending string // a statement that goes on in the next line

	k      *Kernel // being read
	body   bool
	regs   map[string]int
	types  map[int]typ // of registers, by column
	consts map[uint64]int
	shared map[string]int64
	params map[string]Param
	labels map[string]int
	jumps  []jump

	dynamic []string // names of dynamic shared memory
	atEnd   []int    // columns of constants that hold its address
}

// A jump is a branch whose label may be set further down.
type jump struct {
	instr, line int
	label       string
}

func (p *parser) fail(format string, args ...any) {
	panic(&ParseError{p.line, fmt.Sprintf(format, args...)})
}

// text takes a line without comment and cuts statements off: they end with a
// semicolon, a brace or, for labels, a colon.
func (p *parser) text(s string) {
	for s != "" || p.pending != "" && s != "" {
		if p.k == nil && (strings.HasPrefix(s, ".version") || strings.HasPrefix(s, ".target") || strings.HasPrefix(s, ".address_size")) {
			p.header(strings.Fields(s))
			return
		}
		if p.body && p.pending == "" {
			if label, rest, ok := strings.Cut(s, ":"); ok && isName(label) {
				p.label(label)
				s = strings.TrimSpace(rest)
				continue
			}
			if s[0] == '}' {
				p.end()
				s = strings.TrimSpace(s[1:])
				continue
			}
		}
		if !p.body && p.pending == "" && strings.HasPrefix(s, ".extern") {
			p.outer(strings.TrimPrefix(s, ".extern"))
			return
		}
		if !p.body {
			head, rest, ok := strings.Cut(s, "{")
			p.pending += " " + head
			if !ok {
				return
			}
			p.entry(strings.TrimSpace(p.pending))
			p.pending, s = "", strings.TrimSpace(rest)
			continue
		}
		stmt, rest, ok := strings.Cut(s, ";")
		p.pending += " " + stmt
		if !ok {
			return
		}
		p.statement(strings.TrimSpace(p.pending))
		p.pending, s = "", strings.TrimSpace(rest)
	}
}

func (p *parser) header(f []string) {
	if len(f) != 2 {
		p.fail("malformed %s", f[0])
	}
	switch f[0] {
	case ".version":
		p.version(f[1])
	case ".target":
		p.target(f[1])
	case ".address_size":
		if f[1] != "64" {
			p.fail("addresses of %s bits, want 64", f[1])
		}
	}
}

var dynamicForm = regexp.MustCompile(`^ \.shared \.align (\d+) \.b8 ([\w$]+)\[\];$`)

// outer reads a declaration of dynamic shared memory, which all kernels share.
func (p *parser) outer(s string) {
	f := dynamicForm.FindStringSubmatch(s)
	if f == nil {
		p.fail("want dynamic shared memory, have %q", s)
	}
	p.dynamic = append(p.dynamic, f[2])
}

var entryForm = regexp.MustCompile(`^(?:\.visible )?\.entry ([\w$]+) ?\(([^()]*)\)((?: \.(?:maxntid|reqntid|minnctapersm) \d+(?:, ?\d+){0,2})*)$`)

func (p *parser) entry(s string) {
	if p.m.Target == "" {
		p.fail("a kernel before .version and .target")
	}
	s = strings.Join(strings.Fields(s), " ")
	f := entryForm.FindStringSubmatch(s)
	if f == nil {
		p.fail("want a kernel, have %q", s)
	}
	p.k = &Kernel{Name: f[1], touch: 16}
	p.bounds(f[3])
	p.body = true
	p.regs, p.types, p.consts = map[string]int{}, map[int]typ{}, map[uint64]int{}
	p.shared, p.params, p.labels = map[string]int64{}, map[string]Param{}, map[string]int{}
	for _, name := range specials {
		p.regs[name] = p.k.regs
		p.types[p.k.regs] = typ{'u', 4}
		p.k.regs++
	}
	offset := 0
	for text := range strings.SplitSeq(f[2], ",") {
		if strings.TrimSpace(text) == "" {
			continue
		}
		d := p.declaration(strings.Fields(text), ".param")
		offset = (offset + d.align - 1) / d.align * d.align
		q := Param{d.name, offset, d.size}
		offset += d.size
		p.k.Params = append(p.k.Params, q)
		p.params[d.name] = q
	}
	if offset > maxParams {
		p.fail("formal parameter space overflowed: %d bytes, at most %d", offset, maxParams)
	}
	if p.m.Kernels[f[1]] != nil {
		p.fail("two kernels are named %s", f[1])
	}
}

type declared struct {
	name        string
	align, size int
}

var arrayForm = regexp.MustCompile(`^([%\w$]+)\[(\d+)\]$`)

// declaration reads ".space [.align n] .type name[count]".
func (p *parser) declaration(f []string, space string) declared {
	if len(f) < 3 || f[0] != space {
		p.fail("want a declaration in %s, have %q", space, strings.Join(f, " "))
	}
	d := declared{}
	f = f[1:]
	if f[0] == ".align" && len(f) == 4 {
		d.align, _ = strconv.Atoi(f[1])
		f = f[2:]
	}
	if len(f) != 2 {
		p.fail("malformed declaration in %s", space)
	}
	d.size = p.typ(strings.TrimPrefix(f[0], ".")).size
	d.align = max(d.align, d.size)
	d.name = f[1]
	if a := arrayForm.FindStringSubmatch(f[1]); a != nil {
		n, _ := strconv.Atoi(a[2])
		d.name, d.size = a[1], d.size*n
	}
	return d
}

func (p *parser) label(name string) {
	if _, ok := p.labels[name]; ok {
		p.fail("label %s is set twice", name)
	}
	p.labels[name] = len(p.k.instrs)
}

var rangeForm = regexp.MustCompile(`^(%\w+)<(\d+)>$`)

func (p *parser) statement(s string) {
	switch {
	case strings.HasPrefix(s, ".reg"):
		typ, names, _ := strings.Cut(strings.TrimSpace(s[4:]), " ")
		t := p.typ(strings.TrimPrefix(typ, "."))
		for name := range strings.SplitSeq(names, ",") {
			name = strings.TrimSpace(name)
			if f := rangeForm.FindStringSubmatch(name); f != nil {
				n, _ := strconv.Atoi(f[2])
				for i := range n {
					p.register(f[1]+strconv.Itoa(i), t)
				}
			} else {
				p.register(name, t)
			}
		}
	case strings.HasPrefix(s, ".shared"):
		d := p.declaration(strings.Fields(s), ".shared")
		at := (p.k.Shared + d.align - 1) / d.align * d.align
		p.shared[d.name] = int64(at)
		p.k.Shared = at + d.size
	case s == `.pragma "nounroll"`: // for the assembler's optimiser
	case strings.HasPrefix(s, "."):
		p.fail("unknown directive %q", s)
	default:
		p.instruction(s)
	}
}

func (p *parser) register(name string, t typ) {
	if _, ok := p.regs[name]; ok || !strings.HasPrefix(name, "%") {
		p.fail("register %q is declared twice or malformed", name)
	}
	p.regs[name] = p.k.regs
	p.types[p.k.regs] = t
	p.k.regs++
}

func (p *parser) instruction(s string) {
	in := instr{line: p.line, text: s, guard: -1}
	if s[0] == '@' {
		g, rest, _ := strings.Cut(s[1:], " ")
		in.negated = strings.HasPrefix(g, "!")
		in.guard = p.reg(strings.TrimPrefix(g, "!"))
		s = strings.TrimSpace(rest)
	}
	opcode, rest, _ := strings.Cut(s, " ")
	parts := strings.Split(opcode, ".")
	in.op, in.mods = parts[0], parts[1:]
	for _, a := range splitArgs(rest) {
		in.args = append(in.args, p.arg(a, in.op))
	}
	p.k.instrs = append(p.k.instrs, in)
}

// splitArgs cuts at commas outside of braces and brackets.
func splitArgs(s string) []string {
	var out []string
	depth, from := 0, 0
	for i, c := range s {
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(s[from:i]))
				from = i + 1
			}
		}
	}
	if last := strings.TrimSpace(s[from:]); last != "" {
		out = append(out, last)
	}
	return out
}

func (p *parser) reg(name string) int {
	c, ok := p.regs[name]
	if !ok {
		p.fail("unknown register %q", name)
	}
	return c
}

func (p *parser) arg(s, op string) arg {
	switch {
	case s == "":
		p.fail("empty operand")
	case s[0] == '{':
		a := arg{kind: argVector}
		for _, e := range splitArgs(strings.Trim(s, "{}")) {
			a.list = append(a.list, p.arg(e, op))
		}
		return a
	case s[0] == '[':
		return p.address(strings.TrimSpace(strings.Trim(s, "[]")))
	case s[0] == '%':
		return arg{column: p.reg(s)}
	case s[0] == '-' || s[0] >= '0' && s[0] <= '9':
		return arg{column: p.constant(p.number(s))}
	case op == "bra":
		p.jumps = append(p.jumps, jump{len(p.k.instrs), p.line, s})
		return arg{kind: argLabel}
	}
	if at, ok := p.shared[s]; ok {
		return arg{column: p.constant(uint64(at))}
	}
	if q, ok := p.params[s]; ok && op == "mov" {
		return arg{column: p.constant(uint64(q.Offset))}
	}
	if slices.Contains(p.dynamic, s) { // it follows the static memory, all of which is known at the end
		p.k.fixed = append(p.k.fixed, constant{p.k.regs, 0})
		p.atEnd = append(p.atEnd, len(p.k.fixed)-1)
		p.k.regs++
		return arg{column: p.k.regs - 1}
	}
	p.fail("unknown operand %q", s)
	return arg{}
}

func (p *parser) address(s string) arg {
	a := arg{kind: argAddress, column: -1}
	base, off, plus := strings.Cut(s, "+")
	if plus {
		n, err := strconv.ParseInt(strings.TrimSpace(off), 0, 64)
		if err != nil {
			p.fail("malformed address %q", s)
		}
		a.offset = n
	}
	base = strings.TrimSpace(base)
	if strings.HasPrefix(base, "%") {
		a.column = p.reg(base)
	} else if q, ok := p.params[base]; ok {
		a.param = true
		a.offset += int64(q.Offset)
	} else if at, ok := p.shared[base]; ok {
		a.offset += at
	} else {
		p.fail("unknown address %q", s)
	}
	return a
}

func (p *parser) number(s string) uint64 {
	var x uint64
	var err error
	switch {
	case len(s) == 10 && (strings.HasPrefix(s, "0f") || strings.HasPrefix(s, "0F")):
		x, err = strconv.ParseUint(s[2:], 16, 32)
	case len(s) == 18 && (strings.HasPrefix(s, "0d") || strings.HasPrefix(s, "0D")):
		x, err = strconv.ParseUint(s[2:], 16, 64)
	case s[0] == '-':
		var i int64
		i, err = strconv.ParseInt(s, 0, 64)
		x = uint64(i)
	default:
		x, err = strconv.ParseUint(s, 0, 64)
	}
	if err != nil {
		p.fail("malformed number %q", s)
	}
	return x
}

// constant returns the column of an immediate.
func (p *parser) constant(x uint64) int {
	c, ok := p.consts[x]
	if !ok {
		c = p.k.regs
		p.k.regs++
		p.consts[x] = c
		p.k.fixed = append(p.k.fixed, constant{c, x})
	}
	return c
}

// end resolves labels and compiles the kernel.
func (p *parser) end() {
	k := p.k
	for _, j := range p.jumps {
		at, ok := p.labels[j.label]
		if !ok {
			p.line = j.line
			p.fail("unknown label %s", j.label)
		}
		k.instrs[j.instr].args[0].target = at
	}
	if len(p.atEnd) > 0 {
		k.Shared = (k.Shared + 15) &^ 15
	}
	for _, i := range p.atEnd {
		k.fixed[i].value = uint64(k.Shared)
	}
	p.atEnd = nil
	if k.Shared > StaticShared {
		p.fail("kernel %s uses too much shared data: %d bytes, at most %d", k.Name, k.Shared, StaticShared)
	}
	for i := range k.instrs {
		p.line = k.instrs[i].line
		k.code = append(k.code, p.compile(&k.instrs[i]))
	}
	k.hoist()
	p.m.Kernels[k.Name] = k
	p.k, p.body, p.jumps = nil, false, nil
}

func isName(s string) bool {
	for i, c := range s {
		if !(c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9') {
			return false
		}
	}
	return s != ""
}
