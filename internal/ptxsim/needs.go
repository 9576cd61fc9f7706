package ptxsim

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A need says what an instruction with these modifiers asks of .version and .target:
// the PTX manual's "PTX ISA Notes" and "Target ISA Notes". Versions are 10 times major,
// plus minor.
type need struct {
	mods            []string // all of them
	version, target int
}

var (
	ampere = need{nil, 70, 80}
	half   = need{[]string{"f16"}, 42, 53}
	synced = need{[]string{"sync"}, 60, 30}
)

func with(n need, mods ...string) need { return need{mods, n.version, n.target} }

// needs are those of what this package knows, by opcode.
var needs = map[string][]need{
	"cp": {ampere}, "mma": {ampere}, "ldmatrix": {{nil, 65, 75}},
	"cvt":  {with(ampere, "f16x2"), with(ampere, "bf16x2"), with(ampere, "tf32")},
	"min":  {with(ampere, "NaN"), with(ampere, "f16")},
	"max":  {with(ampere, "NaN"), with(ampere, "f16")},
	"shfl": {synced}, "vote": {synced},
	"add": {half}, "sub": {half}, "mul": {half}, "fma": {half}, "setp": {half}, "ex2": {with(need{nil, 70, 75}, "f16")},
	"neg": {{half.mods, 60, 53}}, "abs": {{half.mods, 65, 53}},
}

// targets are the GPUs that PTX is written for, by the version that they came with.
var targets = map[int]int{
	50: 40, 52: 41, 53: 42, 60: 50, 61: 50, 62: 50, 70: 60, 72: 61, 75: 63, 80: 70, 86: 71, 87: 74, 89: 78, 90: 78,
	100: 86, 101: 86, 103: 88, 120: 87, 121: 88,
}

// has fails if an instruction asks for more than the head of the text says.
func (p *parser) has(in *instr) {
	for _, n := range needs[in.op] {
		for _, m := range n.mods {
			if !slices.Contains(in.mods, m) {
				n.version = 0
			}
		}
		switch {
		case n.version == 0:
		case p.m.Version < n.version:
			p.fail("%s requires .version %d.%d or later, have %d.%d", in.text, n.version/10, n.version%10, p.m.Version/10, p.m.Version%10)
		case p.m.SM < n.target:
			p.fail("%s requires .target sm_%d or higher, have %s", in.text, n.target, p.m.Target)
		}
	}
}

var versionForm = regexp.MustCompile(`^(\d)\.(\d)$`)

// version reads the number behind .version.
func (p *parser) version(s string) {
	f := versionForm.FindStringSubmatch(s)
	if f == nil || p.m.Version != 0 {
		p.fail("malformed or second .version %s", s)
	}
	p.m.Version, _ = strconv.Atoi(f[1] + f[2])
}

// target reads the GPU behind .target.
func (p *parser) target(s string) {
	sm, _ := strconv.Atoi(strings.TrimPrefix(s, "sm_"))
	since := targets[sm]
	switch {
	case since == 0 || s != "sm_"+strconv.Itoa(sm):
		p.fail("unknown target %q", s)
	case p.m.Version == 0:
		p.fail(".target without .version before it")
	case p.m.Version < since:
		p.fail(".target %s requires .version %d.%d or later", s, since/10, since%10)
	}
	p.m.Target, p.m.SM = s, sm
}
