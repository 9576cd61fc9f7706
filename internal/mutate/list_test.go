package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A mutation whose text is gone tests nothing: adapt it to the new text.
func TestMutationsApply(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range mutations {
		text, err := os.ReadFile(filepath.Join("..", "..", m.file))
		if err != nil {
			t.Error(err)
			continue
		}
		broken, err := m.apply(string(text))
		if err != nil {
			t.Error(err)
		} else if broken == string(text) {
			t.Errorf("%s: %s: changes nothing", m.file, m.what)
		}
		if key := m.file + m.what; seen[key] {
			t.Errorf("%s: %s: listed twice", m.file, m.what)
		} else {
			seen[key] = true
		}
		if len(m.tests) == 0 {
			t.Errorf("%s: %s: no test should notice it", m.file, m.what)
		}
	}
	if len(mutations) < 50 {
		t.Errorf("%d mutations, want at least 50", len(mutations))
	}
}

// docs/conformance.md tells of every mutation.
func TestMutationsArePublished(t *testing.T) {
	doc, err := os.ReadFile("../../docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutations {
		if !strings.Contains(string(doc), "| "+m.file+" | "+m.what+" |") {
			t.Errorf("docs/conformance.md lacks %s: %s; run go run ./internal/mutate -table", m.file, m.what)
		}
	}
}
