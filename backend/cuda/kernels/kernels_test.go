package kernels

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
	}
}

// TestAssembles gives every module to NVIDIA's assembler, for each generation of
// GPUs that it knows.
func TestAssembles(t *testing.T) {
	ptxas, err := exec.LookPath("ptxas")
	if err != nil {
		t.Skip("no ptxas here")
	}
	for _, name := range modules(t) {
		text, _ := Module(name).Text()
		file := filepath.Join(t.TempDir(), name+".ptx")
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		targets := []string{"sm_50", "sm_70", "sm_80", "sm_90"}
		if strings.Contains(text, ".target sm_80") {
			targets = targets[2:]
		}
		for _, arch := range targets {
			b, err := exec.Command(ptxas, "-v", "-arch="+arch, "-o", os.DevNull, file).CombinedOutput()
			if err != nil {
				t.Errorf("%s for %s: %v\n%s", name, arch, err, b)
			}
		}
	}
}
