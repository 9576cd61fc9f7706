package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/conformance"
)

func TestDocument(t *testing.T) {
	dir := t.TempDir()
	r := &conformance.Report{Device: "moon:0", Ops: 1, Cases: 3, Passed: 2, Unsupported: 1,
		Skips:   []conformance.Skip{{Op: "add", Why: "unsupported: operands of int8", Cases: 1}},
		Results: []*conformance.Result{{Op: "add", DType: "float32", Passed: 2, Worst: 0.25, ULP: 3, ULPCase: "add/0", ULPAt: "element 1 is 2, want 3, of 1, 2"}}}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	in, out := filepath.Join(dir, "in.json"), filepath.Join(dir, "out.md")
	if err := os.WriteFile(in, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(out, []string{in}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| moon:0 | 1 | 3 | 2 | 0 | 1 | 0 | 0 |\n", "\n## moon:0\n", "| add | 0.25 3 ulp |",
		"- add: 3 ulp at add/0: element 1 is 2, want 3, of 1, 2\n", "- add: 1 cases, unsupported: operands of int8\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the document lacks %q", want)
		}
	}
	if err := run(out, nil); err == nil {
		t.Error("no reports: want an error")
	}
	if err := os.WriteFile(in, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(out, []string{in}); err == nil {
		t.Error("half a report: want an error")
	}
}
