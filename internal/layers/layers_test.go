package layers

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/hekla-ml/hekla"

func TestLayers(t *testing.T) {
	root := filepath.Join("..", "..")
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil || !strings.HasPrefix(string(mod), "module "+module+"\n") {
		t.Fatalf("%s is not the root of %s: %v", root, module, err)
	}
	found, err := Check(root, module, Table)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

// The planted tree breaks each rule once and does all that is allowed.
func TestCheckFindsPlanted(t *testing.T) {
	found, err := Check(filepath.Join("testdata", "planted"), module, Table)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range found {
		got = append(got, v.String())
	}
	want := []string{
		"backend/cuda/ptx/ptx.go:5: backend/cuda/... may not import backend/cpu: it may import only dtype, shape, pointwise, op, backend",
		"checkpoint/cgo.go:3: checkpoint may not import C: from elsewhere it may import nothing",
		"data/vision.go:3: data may not import vision, which stands below it in internal/layers/table.go",
		"dtype/up.go:3: dtype may not import shape: it may import nothing",
		"mystery/mystery.go:1: package mystery is in no room: add it to the table in internal/layers/table.go, above what shall import it",
		"nn/deep/deep.go:1: package nn/deep is in no room: add it to the table in internal/layers/table.go, above what shall import it",
		"nn/driver.go:6: nn may not import backend/cpu: drivers are for programs and tests; take a backend.Device",
		"nn/driver.go:5: nn may not import backend/all: drivers are for programs and tests; take a backend.Device",
		"nn/foreign.go:4: nn may not import golang.org/x/image/font: from elsewhere it may import nothing",
		"nn/foreign_test.go:3: nn may not import golang.org/x/imagery: from elsewhere it may import nothing",
		"nn/unknown.go:5: nn imports mystery, which is in no room of internal/layers/table.go",
		"nn/unknown.go:4: nn imports ., which is in no room of internal/layers/table.go",
		"op/windows.go:5: op may not import tensor: it may import only dtype, shape, pointwise",
		"vision/internal/fonts/fonts.go:4: vision may not import github.com/google/shlex: from elsewhere it may import only golang.org/x/image",
	}
	slices.Sort(got)
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("not found: %s", w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("wrongly found: %s", g)
		}
	}
}

// What May lists must stand above: else the table allows a cycle.
func TestTableStands(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Table {
		for _, m := range r.May {
			if !seen[m] {
				t.Errorf("%s may import %s, which does not stand above it", r.Path, m)
			}
		}
		base := strings.TrimSuffix(r.Path, "/...")
		if seen[base] {
			t.Errorf("%s is there twice", r.Path)
		}
		seen[base] = true
	}
}

func TestBrokenSource(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "op"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "op", "a.go"), []byte("import"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(dir, module, Table); err == nil {
		t.Error("a file that cannot be parsed is passed over")
	}
}
