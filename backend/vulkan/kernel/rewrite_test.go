package kernel

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
)

// TestCooperativeModules looks at the rewritten modules of cooperative matrices, and
// validates them where spirv-val is new enough to know bfloat16.
func TestCooperativeModules(t *testing.T) {
	count := func(words []uint32, same func(in []uint32) bool) (n int) {
		rewrite(words, func(in []uint32) []uint32 {
			if same(in) {
				n++
			}
			return in
		})
		return n
	}
	capability := func(c uint32) func([]uint32) bool {
		return func(in []uint32) bool { return in[0]&0xffff == opCapability && in[1] == c }
	}
	loops := func(control uint32) func([]uint32) bool {
		return func(in []uint32) bool { return in[0]&0xffff == opLoopMerge && in[3] == control }
	}
	encoded := func(in []uint32) bool { return in[0] == 4<<16|opTypeFloat && in[2] == 16 && in[3] == 0 }
	asks := func(in []uint32) bool { return slices.Equal(in, extension("SPV_KHR_bfloat16")) }
	for _, s := range []CooperativeSpec{{Type: dtype.Float16}, {Type: dtype.BFloat16}, {Type: dtype.BFloat16, Rolled: true}} {
		k := Cooperative(s)
		wide, rolls := 0, 0
		if s.Type == dtype.BFloat16 {
			wide = 1
		}
		if s.Rolled {
			rolls = count(module("cooperative"), loops(unroll))
			if rolls == 0 {
				t.Error("no loop of cooperative.coop is unrolled")
			}
		}
		for _, c := range []struct {
			what      string
			got, want int
		}{
			{"asks for float16", count(k.Words, capability(capabilityFloat16)), 1 - wide},
			{"asks for bfloat16", count(k.Words, capability(capabilityBFloat16)), wide},
			{"asks for matrices of bfloat16", count(k.Words, capability(capabilityBFloat16InFragment)), wide},
			{"asks for the extension", count(k.Words, asks), wide},
			{"has a type of bfloat16", count(k.Words, encoded), wide},
			{"leaves loops as they are", count(k.Words, loops(dontUnroll)), rolls},
		} {
			if c.got != c.want {
				t.Errorf("%+v: %s %d times, want %d", s, c.what, c.got, c.want)
			}
		}
		if out, _ := exec.Command("spirv-val", "--version").Output(); strings.Contains(string(out), " v2025") || strings.Contains(string(out), " v2026") {
			validateWords(t, k)
		}
	}
}
