package main

import (
	"strings"
	"testing"
)

func TestSummarise(t *testing.T) {
	in := `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:7: golden: section=x passed=3 failed=0\n"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:9: no GPU\n"}
{"Action":"output","Package":"p","Test":"TestC","Output":"--- SKIP: TestC (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestC"}
`
	var out strings.Builder
	ok, err := summarise(strings.NewReader(in), &out)
	if ok || err != nil {
		t.Errorf("summarise = %v, %v, want a failure", ok, err)
	}
	for _, want := range []string{"a_test.go:3: wrong\n", "\ngolden: section=x passed=3 failed=0\n", "skip  p TestC: c_test.go:9: no GPU\n", "1 passed, 1 failed, 1 skipped\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
}

func TestSummariseNothing(t *testing.T) {
	if ok, _ := summarise(strings.NewReader(""), &strings.Builder{}); ok {
		t.Error("a run of no tests counts as passed")
	}
}
