package kernels

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/internal/ptxas"
	"github.com/hekla-ml/hekla/internal/ptxsim"
)

// modules returns the names of all modules.
func modules(t *testing.T) []string {
	t.Helper()
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(e.Name(), "zz_"), ".ptx.gz"))
	}
	return names
}

// TestFresh compiles the sources again, where the compiler is: the committed PTX
// must be what comes out, to the byte.
func TestFresh(t *testing.T) {
	if _, err := exec.LookPath("clang-14"); err != nil {
		t.Skip("no clang-14 here")
	}
	dir := t.TempDir()
	if b, err := exec.Command("./generate.sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	made, err := filepath.Glob(filepath.Join(dir, "zz_*.ptx.gz"))
	if err != nil || len(made) != len(modules(t)) {
		t.Errorf("%d modules are made, %d are committed (%v)", len(made), len(modules(t)), err)
	}
	for _, path := range made {
		want, err := text(os.DirFS(dir), filepath.Base(path))
		if err != nil {
			t.Fatal(err)
		}
		have, _ := text(files, filepath.Base(path))
		if have != want {
			t.Errorf("%s is not what its source gives: run go generate ./backend/cuda/kernels", filepath.Base(path))
		}
	}
}

// TestLoads lets the interpreter read every kernel: it refuses what it does not
// know, so what conformance runs is all there is.
func TestLoads(t *testing.T) {
	for _, name := range modules(t) {
		text, err := Module(name).Text()
		if err != nil {
			t.Fatal(err)
		}
		m, err := ptxsim.Load(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(m.Kernels) == 0 {
			t.Errorf("%s has no kernel", name)
		}
		for k := range m.Kernels {
			text, err := Module(name).Kernel(k)
			if err != nil {
				t.Fatal(err)
			}
			if own, err := ptxsim.Load(text); err != nil || len(own.Kernels) != 1 || own.Kernels[k] == nil || own.Target != m.Target {
				t.Errorf("%s alone of %s: %v", k, name, err)
			}
		}
	}
}

// TestAssembles gives kernels to NVIDIA's assembler, each module's first or, with HEKLA_ASSEMBLE=all, all of them and for
// each generation of GPUs that it knows: minutes.
func TestAssembles(t *testing.T) {
	assemblers, all := ptxas.Find(), os.Getenv("HEKLA_ASSEMBLE") == "all"
	if len(assemblers) == 0 {
		t.Skip("no ptxas here: scripts/ptxas.sh fetches it")
	}
	old, tensor := []string{"sm_50"}, []string{"sm_90"}
	var flags []string
	if all {
		old, tensor = []string{"sm_50", "sm_70", "sm_80", "sm_90"}, []string{"sm_80", "sm_90"}
	} else {
		assemblers, flags = assemblers[len(assemblers)-1:], []string{"-O0"}
	}
	texts := map[string][]string{}
	for _, name := range modules(t) {
		m, err := Module(name).Text()
		if err != nil {
			t.Fatal(err)
		}
		archs := old
		if strings.Contains(m, ".target sm_80") {
			archs = tensor
		}
		for i, found := range regexp.MustCompile(`\.entry (\w+)`).FindAllStringSubmatch(m, -1) {
			if i > 0 && !all {
				break
			}
			text, err := Module(name).Kernel(found[1])
			if err != nil {
				t.Fatal(err)
			}
			for _, arch := range archs {
				texts[arch] = append(texts[arch], text)
			}
		}
	}
	for _, assembler := range assemblers {
		for arch, texts := range texts {
			said, err := ptxas.Job{Assembler: assembler, Arch: arch, Flags: flags}.Check(texts)
			if err != nil {
				t.Fatal(err)
			}
			for text, s := range said {
				t.Errorf("%s for %s: %s\n%.1000s", assembler, arch, s, text)
			}
		}
	}
}
