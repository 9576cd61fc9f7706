package conformance_test

import (
	"os"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/op"
)

// docs/support.md has a row for every op and no other, and no failure. Ops that
// were added since are a failure with CI=true only, so that adding one is not a
// run of the whole suite.
func TestSupportMatrixIsFresh(t *testing.T) {
	const regenerate = "run make support"
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
		var missing []string
		for _, o := range op.All() {
			if !rows[o.Name] {
				missing = append(missing, o.Name)
			}
		}
		switch {
		case missing == nil:
		case os.Getenv("CI") == "true":
			t.Errorf("%s: no row for %v; %s", device, missing, regenerate)
		default:
			t.Skipf("%s: no row for %v; %s", device, missing, regenerate)
		}
	}
	if !strings.Contains(string(data), "\n## cpu:0\n") {
		t.Errorf("no matrix of the CPU; %s", regenerate)
	}
}

func TestMatrixCells(t *testing.T) {
	r := &conformance.Report{Device: "x", Results: []*conformance.Result{
		{Op: "add", DType: "float32", Passed: 2, Worst: 0.5, ULP: 1.25},
		{Op: "add", DType: "float64", Passed: 2},
		{Op: "add", DType: "float16", Passed: 2, Failed: 1},
		{Op: "add", DType: "bfloat16", Unsupported: 1},
		{Op: "add", DType: "int64", Passed: 1, Unsupported: 1},
	}}
	if want := "| add | 0.50 1.2 ulp | exact | FAIL | unsupported | in part |  |"; !strings.Contains(r.Markdown(), want) {
		t.Errorf("want a row %q", want)
	}
}
