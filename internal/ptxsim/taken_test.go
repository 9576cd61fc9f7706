package ptxsim

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/internal/ptxas"
)

// forms writes every combination of opcodes, modifiers and types that there may be.
func forms() (list []string) {
	registers := map[string]string{"pred": "%p", "16": "%h", "32": "%r", "64": "%q", "f32": "%f", "f64": "%d", "f16": "%h", "8": "%h"}
	of := func(t string, i int) string {
		r, ok := registers[t]
		if !ok {
			r = registers[strings.TrimLeft(t, "bus")]
		}
		return r + strconv.Itoa(i)
	}
	all := []string{"b8", "b16", "b32", "b64", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "f16", "f32", "f64", "pred"}
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	double := func(t string) string {
		return map[string]string{"u16": "u32", "s16": "s32", "u32": "u64", "s32": "s64"}[t]
	}
	for _, t := range all {
		a, b, c, d := of(t, 0), of(t, 1), of(t, 2), of(t, 3)
		for _, op := range []string{"add", "sub", "mul", "div", "min", "max", "rem", "and", "or", "xor"} {
			for _, m := range []string{"", ".rn", ".ftz", ".rn.ftz", ".lo", ".hi", ".NaN", ".NaN.ftz", ".ftz.NaN"} {
				add("%s%s.%s %s, %s, %s;", op, m, t, a, b, c)
			}
		}
		for _, op := range []string{"shl", "shr"} {
			add("%s.%s %s, %s, %%r1;", op, t, a, b)
		}
		for _, op := range []string{"neg", "abs", "not", "sqrt", "rcp", "mov", "ex2"} {
			for _, m := range []string{"", ".rn", ".ftz", ".rn.ftz", ".approx", ".approx.ftz"} {
				add("%s%s.%s %s, %s;", op, m, t, a, b)
			}
		}
		add("clz.%s %%r0, %s;", t, a)
		add("popc.%s %%r0, %s;", t, a)
		for _, op := range []string{"mad", "fma"} {
			for _, m := range []string{"", ".rn", ".lo", ".hi", ".rn.ftz", ".ftz"} {
				add("%s%s.%s %s, %s, %s, %s;", op, m, t, a, b, c, d)
			}
		}
		if w := double(t); w != "" {
			add("mul.wide.%s %s, %s, %s;", t, of(w, 0), a, b)
			add("mad.wide.%s %s, %s, %s, %s;", t, of(w, 0), a, b, of(w, 1))
		}
		add("selp.%s %s, %s, %s, %%p0;", t, a, b, c)
		for _, cmp := range strings.Fields("eq ne lt le gt ge equ neu ltu leu gtu geu num nan lo ls hi hs") {
			add("setp.%s.%s %%p0, %s, %s;", cmp, t, a, b)
			add("setp.%s.ftz.%s %%p0, %s, %s;", cmp, t, a, b)
		}
		for _, space := range []string{"global", "shared"} {
			for _, op := range strings.Fields("add min max and or xor exch") {
				add("atom.%s.%s.%s %s, [%%q1], %s;", space, op, t, a, b)
				add("red.%s.%s.%s [%%q1], %s;", space, op, t, b)
			}
			add("atom.%s.cas.%s %s, [%%q1], %s, %s;", space, t, a, b, c)
			for _, m := range []string{"", ".nc"} {
				add("ld.%s%s.%s %s, [%%q1];", space, m, t, a)
				add("ld.%s%s.v2.%s {%s, %s}, [%%q1];", space, m, t, a, b)
				add("ld.%s%s.v4.%s {%s, %s, %s, %s}, [%%q1];", space, m, t, a, b, c, d)
			}
			add("ld.volatile.%s.%s %s, [%%q1];", space, t, a)
			add("st.volatile.%s.%s [%%q1], %s;", space, t, a)
			add("st.%s.%s [%%q1], %s;", space, t, a)
			add("st.%s.v2.%s [%%q1], {%s, %s};", space, t, a, b)
			add("st.%s.v4.%s [%%q1], {%s, %s, %s, %s};", space, t, a, b, c, d)
			add("cvta.%s.%s %s, %s;", space, t, a, b)
			add("cvta.to.%s.%s %s, %s;", space, t, a, b)
		}
		for _, m := range strings.Fields("up down bfly idx") {
			add("shfl.sync.%s.%s %s, %s, 1, 31, -1;", m, t, a, b)
		}
		add("bfe.%s %s, %s, 3, 4;", t, a, b)
		add("prmt.%s %s, %s, %s, 3;", t, a, b, c)
		add("shf.l.wrap.%s %s, %s, %s, 3;", t, a, b, c)
		add("shf.r.clamp.%s %s, %s, %s, 3;", t, a, b, c)
		for _, from := range all {
			for _, m := range []string{"", ".rn", ".rz", ".rni", ".rzi", ".rmi", ".rpi", ".sat", ".rni.sat", ".rn.sat", ".ftz", ".rn.ftz", ".rzi.ftz", ".rzi.ftz.sat"} {
				add("cvt%s.%s.%s %s, %s;", m, t, from, a, of(from, 1))
			}
		}
	}
	for _, s := range []string{"bra.uni L; L:", "bar.sync 0;", "membar.gl;", "membar.cta;", "membar.sys;", "membar;", "cp.async.wait_all;", "cp.async.wait_group %r0;"} {
		add("%s", s)
	}
	for _, s := range slices.Clone(list) { // with a register of another type each, but for addresses
		for i, at := range register.FindAllStringIndex(s, -1) {
			for _, other := range []string{"%h3", "%r3", "%q3", "%f3", "%d3", "%p3"} {
				if i < 3 && s[at[0]-1] != '[' && s[at[0]:at[1]-1] != other[:2] {
					list = append(list, s[:at[0]]+other+s[at[1]:])
				}
			}
		}
	}
	return list
}

var register = regexp.MustCompile(`%[hrqfdp]\d`)

var complaint = regexp.MustCompile(`line (\d+); error\s*: (.*)`)

// TestTaken: of all forms of instructions, what the interpreter takes NVIDIA's assembler takes,
// too. It need not be the other way round.
func TestTaken(t *testing.T) {
	assemblers := ptxas.Find()
	if len(assemblers) == 0 {
		t.Skip("no ptxas here: scripts/ptxas.sh fetches it")
	}
	head, tail, _ := strings.Cut(text(70, 80, "HERE"), "HERE")
	var taken []string
	for _, s := range forms() {
		if _, err := Load(head + s + tail); err == nil {
			taken = append(taken, s)
		}
	}
	t.Logf("%d forms are taken", len(taken))
	if len(taken) < 500 {
		t.Fatalf("only %d forms are taken", len(taken))
	}
	file := filepath.Join(t.TempDir(), "forms.ptx")
	if err := os.WriteFile(file, []byte(head+strings.Join(taken, "\n")+tail), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(assemblers[len(assemblers)-1], "-arch=sm_90", "-O0", "-o", os.DevNull, file).CombinedOutput()
	first := strings.Count(head, "\n") + 1
	for _, c := range complaint.FindAllStringSubmatch(string(out), -1) {
		n, _ := strconv.Atoi(c[1])
		if n -= first; n >= 0 && n < len(taken) {
			t.Errorf("%s: %s", taken[n], c[2])
		} else {
			t.Error(c[0])
		}
	}
	if err != nil && !t.Failed() {
		t.Errorf("%v: %s", err, out)
	}
}
