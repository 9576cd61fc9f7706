package ptxsim

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/internal/ptxas"
)

// text returns PTX with an instruction.
func text(version, sm int, code string) string {
	return fmt.Sprintf(".version %d.%d\n.target sm_%d\n.address_size 64\n.visible .entry k(.param .align 8 .b8 a[64])\n{\n"+
		".reg .pred %%p<4>; .reg .b16 %%h<4>; .reg .b32 %%r<16>; .reg .b64 %%q<8>; .reg .f32 %%f<8>; .reg .f64 %%d<8>;\n"+
		".shared .align 16 .b8 m[1024];\n%s\nret;\n}\n", version/10, version%10, sm, code)
}

// TestNeeds: an instruction is refused below the version and the GPU that it came with, and
// taken there. NVIDIA's assembler says the same, where there is one.
func TestNeeds(t *testing.T) {
	assemblers := ptxas.Find()
	for _, c := range []struct {
		code        string
		version, sm int
	}{
		{"cp.async.cg.shared.global [m], [%q1], 16;", 70, 80},
		{"cp.async.ca.shared.global [m], [%q1], 4;", 70, 80},
		{"cp.async.commit_group;", 70, 80},
		{"cp.async.wait_group 0;", 70, 80},
		{"ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r0, %r1}, [m];", 65, 75},
		{"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f0, %f1, %f2, %f3}, {%r0, %r1, %r2, %r3}, {%r4, %r5}, {%f0, %f1, %f2, %f3};", 70, 80},
		{"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f0, %f1, %f2, %f3}, {%r0, %r1, %r2, %r3}, {%r4, %r5}, {%f0, %f1, %f2, %f3};", 70, 80},
		{"mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f0, %f1, %f2, %f3}, {%r0, %r1, %r2, %r3}, {%r4, %r5}, {%f0, %f1, %f2, %f3};", 70, 80},
		{"cvt.rn.f16x2.f32 %r0, %f1, %f2;", 70, 80},
		{"cvt.rn.bf16x2.f32 %r0, %f1, %f2;", 70, 80},
		{"cvt.rna.tf32.f32 %r0, %f1;", 70, 80},
		{"min.NaN.f32 %f0, %f1, %f2;", 70, 80},
		{"max.NaN.f32 %f0, %f1, %f2;", 70, 80},
		{"shfl.sync.bfly.b32 %r0, %r1, 1, 31, -1;", 60, 50},
		{"vote.sync.ballot.b32 %r0, %p0, -1;", 60, 50},
		{"cvt.f32.f16 %f0, %h0; cvt.rn.f16.f32 %h0, %f0;", 40, 50},
		{"red.shared.add.f32 [m], %f0; atom.global.add.f32 %f1, [%q1], %f0; atom.global.max.s64 %q0, [%q1], %q2;", 40, 50},
		{"shf.l.wrap.b32 %r0, %r1, %r2, 3; ex2.approx.ftz.f32 %f0, %f1; ld.global.nc.f32 %f1, [%q1];", 40, 50},
	} {
		for _, h := range []struct {
			version, sm int
			ok          bool
		}{{c.version, c.sm, true}, {84, 90, true}, {c.version - 1, c.sm, false}, {max(c.version, 63), c.sm - 5, false}} {
			if since := targets[h.sm]; since == 0 || h.version < since {
				h.sm = 50 // the version is what is asked about
			}
			if !h.ok && (h.version < targets[50] || h.version >= c.version && h.sm >= c.sm) {
				continue // nothing is below
			}
			s := text(h.version, h.sm, c.code)
			if _, err := Load(s); (err == nil) != h.ok {
				t.Errorf("version %d, sm_%d: %s: %v", h.version, h.sm, c.code, err)
			}
			for _, assembler := range assemblers[max(0, len(assemblers)-1):] {
				said, err := ptxas.Job{Assembler: assembler, Arch: "sm_90", Flags: []string{"-O0"}}.Check([]string{s})
				if err != nil {
					t.Fatal(err)
				}
				if refused := strings.Contains(said[s], "error") || strings.Contains(said[s], "fatal"); refused == h.ok {
					t.Errorf("%s of %s: version %d, sm_%d: %s: %q", filepath.Base(assembler), filepath.Dir(assembler), h.version, h.sm, c.code, said[s])
				}
			}
		}
	}
}

// TestHead refuses what is wrong before the first instruction.
func TestHead(t *testing.T) {
	good := text(70, 80, "")
	if m, err := Load(good); err != nil || m.Version != 70 || m.SM != 80 {
		t.Errorf("%+v, %v", m, err)
	}
	for _, c := range []struct{ from, to, says string }{
		{".version 7.0", ".version 6.9", ".target sm_80 requires .version 7.0"},
		{".version 7.0", ".version 7", "malformed"},
		{".version 7.0", "", "without .version"},
		{".target sm_80", "", "before .version and .target"},
		{"sm_80", "sm_84", "unknown target"},
		{"a[64]", "a[4096]", ""},
		{"a[64]", "a[4097]", "parameter space overflowed: 4097 bytes"},
		{".param .align 8 .b8 a[64]", ".param .align 8 .b8 a[4092], .param .u64 b", "parameter space overflowed: 4104 bytes"},
		{"m[1024]", "m[49152]", ""},
		{"m[1024]", "m[49153]", "too much shared data"},
	} {
		_, err := Load(strings.Replace(good, c.from, c.to, 1))
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q for %q: %v, want %q", c.to, c.from, err, c.says)
		}
	}
}

// TestGrammar is part of TestTaken, for where there is no assembler.
func TestGrammar(t *testing.T) {
	for good, bad := range map[string]string{
		"add.rn.f32 %f0, %f1, %f2;":                     "add.rn.u32 %r0, %r1, %r2;",
		"mul.lo.s32 %r0, %r1, %r2;":                     "mul.lo.f32 %f0, %f1, %f2;",
		"and.b32 %r0, %r1, %r2;":                        "and.u32 %r0, %r1, %r2;",
		"shl.b32 %r0, %r1, 2;":                          "shl.s32 %r0, %r1, 2;",
		"cvta.to.global.u64 %q0, %q1;":                  "cvta.to.global.b64 %q0, %q1;",
		"atom.global.cas.b32 %r0, [%q1], %r1, 1;":       "atom.global.cas.u32 %r0, [%q1], %r1, 1;",
		"atom.global.add.u64 %q0, [%q1], %q2;":          "atom.global.add.s64 %q0, [%q1], %q2;",
		"ld.global.v4.f32 {%f0, %f1, %f2, %f3}, [%q1];": "ld.global.v4.f32 {%f0, %f1, %f2, %r3}, [%q1];",
		"st.global.v2.f64 [%q1], {%d0, %d1};":           "st.global.v4.f64 [%q1], {%d0, %d1, %d2, %d3};",
		"cvt.sat.u8.s32 %r0, %r1;":                      "cvt.sat.s32.u8 %r0, %r1;",
		"cvt.rn.ftz.f16.f32 %h0, %f1;":                  "cvt.rn.ftz.f16.f64 %h0, %d1;",
		"setp.lo.u32 %p0, %r0, %r1;":                    "setp.lo.ftz.f32 %p0, %f0, %f1;",
		"selp.b16 %h0, %h1, %h2, %p0;":                  "selp.f16 %h0, %h1, %h2, %p0;",
		"cp.async.wait_group 1;":                        "cp.async.wait_group %r1;",
		"membar.gl;":                                    "membar;",
		"neg.ftz.f32 %f0, %f1;":                         "neg.rn.f32 %f0, %f1;",
		"cvt.u32.u64 %r0, %q1;":                         "cvt.u32 %r0, %q1;",
	} {
		if _, err := Load(text(70, 80, good)); err != nil {
			t.Error(err)
		}
		if _, err := Load(text(70, 80, bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
