package isa

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGeneratedIsFresh runs the generator of the assembly and compares what it writes with what is committed. The
// generator is a module of its own: where its dependencies cannot be had the test is skipped, but not in CI.
func TestGeneratedIsFresh(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	dir := filepath.Join("..", "..", "..", "..", "internal", "asmgen")
	run := func(name string, args ...string) error {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		// The generator runs on this machine, whatever is tested.
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOOS=", "GOARCH=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Logf("%s %v: %v\n%s", name, args, err, out)
		}
		return err
	}
	if err := run("go", "list", "-deps", "."); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the generator's dependencies are not available")
		}
		t.Skip("the generator's dependencies are not available")
	}
	program := filepath.Join(t.TempDir(), "asmgen.exe") // a suffix for Windows
	if err := run("go", "build", "-o", program, "."); err != nil {
		t.Fatal("the generator does not build")
	}
	for _, pkg := range []string{"gemm", "conv", "vec", "strided"} {
		tmp := t.TempDir()
		if err := run(program, pkg, tmp); err != nil {
			t.Fatalf("the generator of %s fails", pkg)
		}
		fresh, _ := filepath.Glob(filepath.Join(tmp, "*"))
		committed, _ := filepath.Glob(filepath.Join("..", pkg, "zz_*"))
		if len(fresh) != len(committed) {
			t.Errorf("%s: the generator writes %d files, %d are committed", pkg, len(fresh), len(committed))
		}
		for _, f := range fresh {
			name := filepath.Base(f)
			want, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join("..", pkg, name))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s/%s is stale (go generate ./backend/cpu/internal/%s): %v", pkg, name, pkg, err)
			}
		}
	}
}
