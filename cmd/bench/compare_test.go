package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// program is this test as bench, with more flags for bench op.
func program(t *testing.T, name, flags string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, name, fmt.Sprintf("#!/bin/sh\nexec '%s' \"$@\" %s\n", self, flags), 0o755)
}

// Twenty repetitions in alternation: a slowdown of 10 % is flagged, and the same
// program beside itself is not. On a machine that runs other tests meanwhile a
// verdict may be wrong, so each may be right at the second or third time.
func TestCompareNoticesTenPerCent(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a program 80 times")
	}
	t.Setenv("HEKLA_TEST_AS_BENCH", "1")
	t.Setenv("GOMAXPROCS", "1") // other tests may have the second core
	same, slow := program(t, "same", ""), program(t, "slow", "-slow 1.1")
	verdict := func(new, want string) (err error) {
		var r []map[string]any
		for range 3 {
			var out string
			out, _, err = bench(t, "compare", "-fail", "-format", "json", "-count", "20", "-time", "40ms", "-run", "^tiny-add/f32/10$", same, new)
			if r = lines(t, out); len(r) == 1 && r[0]["verdict"] == want {
				return err
			}
			t.Logf("want %q: %v, error %v", want, r, err)
		}
		t.Errorf("three times another verdict than %q", want)
		return err
	}
	if err := verdict(same, "same"); err != nil {
		t.Errorf("the program beside itself: %v", err)
	}
	if err := verdict(slow, "slower"); err == nil || !strings.Contains(err.Error(), "1 of 1 cases became slower") {
		t.Errorf("10 %% slower: error %v", err)
	}
}

func TestCompareFiles(t *testing.T) {
	records := func(ms float64) string {
		var b strings.Builder
		for i := range 20 {
			x := ms * (1 + 0.001*float64(i%7))
			fmt.Fprintf(&b, `{"case":"matmul/f32/256","device":"cpu:0","threads":2,"median_ms":%g,"min_ms":%g}`+"\n", x, 0.98*x)
		}
		return b.String()
	}
	old := writeFile(t, "old.jsonl", records(10)+`{"case":"gone","device":"cpu:0","median_ms":1}`+"\n", 0o644)
	for _, c := range []struct {
		ms   float64
		want string
	}{{10.01, "same"}, {11, "slower"}, {9, "faster"}} {
		out, _, err := bench(t, "compare", old, writeFile(t, "new.jsonl", records(c.ms), 0o644))
		if err != nil || !strings.Contains(out, c.want) || !strings.Contains(out, "only in OLD") {
			t.Errorf("%g ms instead of 10: error %v\n%s", c.ms, err, out)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"{\"case\":\"a\"}\nnot json\n", "bad.jsonl:2: not a record"},
		{"{\"device\":\"cpu:0\"}\n", "has no times in it"},
	} {
		if _, _, err := bench(t, "compare", old, writeFile(t, "bad.jsonl", c.text, 0o644)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
	}
	if _, _, err := bench(t, "compare", old, t.TempDir()); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, _, err := bench(t, "compare", old); !errors.Is(err, errUsage) {
		t.Errorf("one file: %v", err)
	}
}

// The PyTorch side is a program that prints lines; here one that prints the same
// every time.
func TestCompareTorch(t *testing.T) {
	t.Setenv("HEKLA_TEST_AS_BENCH", "1")
	fake := func(blas string) string {
		return writeFile(t, "python", `#!/bin/sh
case "$1" in
-c) echo Core: Prescott >&2
   echo '{"torch": "9.9", "blas": "`+blas+`"}' ;;
*) [ "$OPENBLAS_CORETYPE" != Prescott ] || exit 3
   echo '{"torch": "9.9", "warning": ""}'
   echo '{"case": "matmul/f32/256", "device": "cpu", "threads": 1, "median_ms": 1e6, "min_ms": 1, "runs": 5}'
   echo '{"case": "theirs", "device": "cpu", "threads": 1, "median_ms": 1, "min_ms": 1, "runs": 5}' ;;
esac
`, 0o755)
	}
	t.Setenv("OPENBLAS_CORETYPE", "Prescott")
	script := writeFile(t, "torch_bench.py", "", 0o644)
	args := []string{"compare-torch", "-script", script, "-threads", "1", "-rounds", "2", "-time", "1ms", "-run", "^(matmul/f32/256|theirs)$"}
	out, _, err := bench(t, append(args, "-python", fake("/usr/lib/openblas-openmp/libopenblas.so.0"), "-format", "json")...)
	if err != nil {
		t.Fatal(err)
	}
	all := lines(t, out)
	if len(all) != 3 || all[0]["case"] != "matmul/f32/256" || all[0]["ratio"].(float64) <= 0 || all[0]["ratio"].(float64) > 0.01 || len(all[0]["ratios"].([]any)) != 2 ||
		all[1]["ratio"] != nil || all[2]["faster"] != 1.0 || all[2]["cases"] != 1.0 {
		t.Errorf("records %v", all)
	}
	for _, blas := range []string{"/usr/lib/openblas-pthread/libopenblas.so.0", "/usr/lib/libblas.so.3"} {
		if _, _, err := bench(t, append(args, "-python", fake(blas))...); err == nil || !strings.Contains(err.Error(), "several times slower") {
			t.Errorf("with %s: error %v", blas, err)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-script", "/nowhere/torch_bench.py"}, "no torch_bench.py at /nowhere/torch_bench.py"},
		{[]string{"-python", "/nowhere/python3"}, "no Python"},
		{[]string{"-threads", "1,x"}, `"x" is not a number of threads`},
	} {
		if _, _, err := bench(t, append(args, c.args...)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.args, err, c.want)
		}
	}
}
