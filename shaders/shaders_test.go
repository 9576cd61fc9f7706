package shaders

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// compiler is the version whose output is committed, Debian 12's: others emit
// other words for the same source.
const compiler = "shaderc 2023.2-1"

// TestGenerated compiles all sources anew and compares.
func TestGenerated(t *testing.T) {
	version, err := exec.Command("glslc", "--version").Output()
	if first, _, _ := strings.Cut(string(version), "\n"); err != nil || first != compiler {
		t.Skipf("glslc is %q, want %q", first, compiler)
	}
	sources, err := filepath.Glob("*.comp")
	if err != nil || len(sources) == 0 {
		t.Fatal("no sources: ", err)
	}
	for _, s := range sources {
		base := strings.TrimSuffix(s, ".comp")
		compare(t, base+".spv", s)
		if text, err := os.ReadFile(s); err != nil || bytes.Contains(text, []byte("HALVES")) {
			compare(t, base+"16.spv", s, "-DHALVES")
		}
		if text, err := os.ReadFile(s); err != nil || bytes.Contains(text, []byte("LINEAR")) {
			compare(t, base+"linear.spv", s, "-DLINEAR")
		}
	}
}

// TestNewer compares the sources of modules that Debian 12's compiler does not
// know with those which they were compiled of.
func TestNewer(t *testing.T) {
	sources, err := filepath.Glob("*.coop")
	if err != nil || len(sources) == 0 {
		t.Fatal("no sources: ", err)
	}
	sum := sha256.New()
	for _, name := range append(sources, "launch.glsl", "operand.glsl") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(b)
	}
	want, err := os.ReadFile("newer.sum")
	if got := fmt.Sprintf("%x\n", sum.Sum(nil)); err != nil || got != string(want) {
		t.Errorf("sources are %s, modules of %s: run generate-newer.sh (%v)", got, want, err)
	}
}

// compare compiles a source and compares with the module of a name.
func compare(t *testing.T, name, source string, options ...string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	args := append([]string{"-O", "--target-env=vulkan1.1", "-o", file, source}, options...)
	if out, err := exec.Command("glslc", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := FS.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what %s gives: run go generate ./shaders (%v)", name, source, err)
	}
}

// TestModules validates each module. Larger ones hang SwiftShader's compiler.
func TestModules(t *testing.T) {
	names, err := fs.Glob(FS, "*.spv")
	if err != nil || len(names) == 0 || len(names) >= 200 {
		t.Fatalf("%d modules, %v", len(names), err)
	}
	for _, name := range names {
		base, env := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, ".spv"), "16"), "linear"), "vulkan1.1"
		if _, err := os.Stat(base + ".coop"); err == nil {
			env = ""
		} else if _, err := os.Stat(base + ".comp"); err != nil {
			t.Errorf("%s has no source", name)
		}
		b, err := FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		limit := 25 << 10
		if base == "reach" { // for Mesa's driver alone
			limit = 32 << 10
		}
		if len(b) > limit {
			t.Errorf("%s has %d bytes, want at most %d", name, len(b), limit)
		}
		if env == "" {
			continue // what spirv-val of Debian 12 does not know
		}
		val, err := exec.LookPath("spirv-val")
		if err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip("spirv-val is not installed")
		}
		if out, err := exec.Command(val, "--target-env", env, name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
