//go:build linux && (amd64 || arm64)

package cuda

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/internal/ptxas"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/tensor"
)

// collected returns every PTX that the driver is given while a part of the suite runs: the whole suite,
// on GPUs of both generations that kernels are written for, if all is set.
func collected(t *testing.T, all bool) []string {
	t.Helper()
	texts := map[string]bool{}
	for _, major := range []int{5, 9} {
		t.Run(fmt.Sprintf("compute capability %d", major), func(t *testing.T) {
			if major == 9 {
				t.Setenv(TF32Variable, "1")
			}
			m := &fakecuda.Machine{Major: major, Idle: true, Memory: 64 << 30}
			m.Edit = func(text string) string { texts[text] = true; return text }
			o := conformance.Options{OneIn: 64, Draw: time.Now().YearDay()}
			if all {
				o.OneIn = 1
			}
			r := conformance.Check(t.Context(), twin{openFake(t, m), tensor.CPU()}, o)
			for _, f := range r.Failures {
				t.Error(f)
			}
			t.Logf("%d cases, %d launches, %d kernels so far", r.Cases, m.Launches, len(texts))
		})
	}
	return slices.Collect(maps.Keys(texts))
}

// TestAssemble gives what the suite, and the programs that left their kernels in the folder HEKLA_PTX, asked the driver
// to compile to NVIDIA's assembler, for the oldest and the newest GPU that it knows: a draw of both, unless
// HEKLA_ASSEMBLE=all.
func TestAssemble(t *testing.T) {
	assemblers, all := ptxas.Find(), os.Getenv("HEKLA_ASSEMBLE") == "all"
	if len(assemblers) == 0 {
		t.Skip("no ptxas here: scripts/ptxas.sh fetches it")
	}
	texts := collected(t, all)
	left, err := filepath.Glob(filepath.Join(cmp.Or(os.Getenv("HEKLA_PTX"), "none"), "*.ptx"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(texts, string(b)) {
			texts = append(texts, string(b))
		}
	}
	slices.Sort(texts)
	flags, archs := []string{"-O0"}, []string{"sm_50", "sm_90"}
	if all {
		flags, archs = nil, []string{"sm_50", "sm_70", "sm_80", "sm_90"}
	} else {
		assemblers = assemblers[len(assemblers)-1:]
	}
	for _, assembler := range assemblers {
		for _, arch := range archs {
			var some []string
			for _, text := range texts {
				if newest := strings.Contains(text, ".target sm_80"); newest && arch < "sm_80" || !all && !drawn(text) {
					continue
				}
				some = append(some, text)
			}
			said, err := ptxas.Job{Assembler: assembler, Arch: arch, Flags: flags}.Check(some)
			if err != nil {
				t.Fatal(err)
			}
			for text, s := range said {
				t.Errorf("%s for %s: %s\n%.2000s", assembler, arch, s, text)
			}
			t.Logf("%s for %s: %d kernels of %d", assembler, arch, len(some), len(texts))
		}
	}
}

// drawn draws a tenth of the kernels, another one every day.
func drawn(text string) bool {
	h := fnv.New32a()
	h.Write([]byte(text))
	return (int(h.Sum32()>>8)+time.Now().YearDay())%10 == 0
}
