package conformance_test

import (
	"os"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// docs/support.md has a row for every op and no other, and no failure.
func TestSupportMatrixIsFresh(t *testing.T) {
	const regenerate = "regenerate docs/support.md: go run ./cmd/bench conform -matrix docs/support.md"
	data, err := os.ReadFile("../docs/support.md")
	if err != nil {
		t.Fatalf("%v; %s", err, regenerate)
	}
	for _, section := range strings.Split(string(data), "\n## ")[1:] {
		device, rest, _ := strings.Cut(section, "\n")
		rows := map[string]bool{}
		for _, line := range strings.Split(rest, "\n") {
			if name, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " |"); ok && strings.HasPrefix(line, "| ") && name != "op" {
				rows[name] = true
				if op.Lookup(name) == nil {
					t.Errorf("%s: there is no op %q; %s", device, name, regenerate)
				}
				if strings.Contains(line, "FAIL") {
					t.Errorf("%s: %s", device, line)
				}
			}
		}
		for _, o := range op.All() {
			if !rows[o.Name] {
				t.Errorf("%s: no row for %s; %s", device, o.Name, regenerate)
			}
		}
	}
	if !strings.Contains(string(data), "\n## cpu:0\n") {
		t.Errorf("no matrix of the CPU; %s", regenerate)
	}
}

func TestMatrixCells(t *testing.T) {
	r := &conformance.Report{Device: "x", Results: map[conformance.Key]*conformance.Result{
		{Op: "add", DType: dtype.Float32}:  {Passed: 2, Worst: 0.5},
		{Op: "add", DType: dtype.Float64}:  {Passed: 2},
		{Op: "add", DType: dtype.Float16}:  {Passed: 2, Failed: 1},
		{Op: "add", DType: dtype.BFloat16}: {Unsupported: 1},
		{Op: "add", DType: dtype.Int64}:    {Passed: 1, Unsupported: 1},
	}}
	if want := "| add | 0.50 | exact | FAIL | unsupported | in part |  |"; !strings.Contains(r.Markdown(), want) {
		t.Errorf("want a row %q", want)
	}
}
