package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain is bench itself where a test runs this program as one: for suites,
// comparisons of programs and PyTorch's side.
func TestMain(m *testing.M) {
	if os.Getenv("HEKLA_TEST_AS_BENCH") != "" {
		main()
	}
	os.Exit(m.Run())
}

func writeFile(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSuiteErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"devices\nop -run 'matmul\n", ":2: EOF found when expecting closing quote in"},
		{"\n# only\nopp -run x\n", `:3: usage error: unknown subcommand "opp"`},
		{"op -speed 9\n", ":1: usage error: flag provided but not defined: -speed"},
		{"train -epochs many\n", `:1: usage error: invalid value "many" for flag -epochs`},
		{"HEKLA_CPU=avx2\n", ":1: no command after HEKLA_CPU=avx2"},
		{"compare a.json\n", ":1: usage error: bench compare: want OLD NEW"},
		{"-suite again.suite\n", ":1: a suite cannot run a suite"},
		{"# nothing\n\n", "no command in it"},
	} {
		file := writeFile(t, "a.suite", c.text, 0o644)
		out, _, err := bench(t, "-suite", file)
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file) {
			t.Errorf("%q: error %v, want a usage error with %q and the file's name", c.text, err, c.want)
		}
		if out != "" {
			t.Errorf("%q: something ran: %s", c.text, out)
		}
	}
	both := writeFile(t, "b.suite", "opp\ntrian\n", 0o644)
	if _, _, err := bench(t, "-suite", both); err == nil || !strings.Contains(err.Error(), both+":1:") || !strings.Contains(err.Error(), both+":2:") {
		t.Errorf("error %v, want both lines", err)
	}
	if _, _, err := bench(t, "-suite", filepath.Join(t.TempDir(), "none.suite")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want %v", err, os.ErrNotExist)
	}
}

// A line that fails does not keep the others from running, and its place is
// said. A line with variables is a process of its own.
func TestSuiteRuns(t *testing.T) {
	t.Setenv("HEKLA_TEST_AS_BENCH", "1")
	file := writeFile(t, "c.suite", `# quoted as in a shell
op -device cpu -time 1ms -run '^matmul/f32/256$'
train -device tpu # there is none
bench op -device cpu -time 1ms -run "^add/f32/1M$"
HEKLA_CPU=portable GOMAXPROCS=1 op -device cpu -time 1ms -run ^sum/f32/1M$
`, 0o644)
	out, _, err := bench(t, "-suite", file, "-format", "json")
	if err == nil || !strings.Contains(err.Error(), file+":3:") || !strings.Contains(err.Error(), `unknown driver "tpu"`) {
		t.Errorf("error %v, want one of line 3", err)
	}
	all := lines(t, out)
	if len(all) != 3 || all[0]["case"] != "matmul/f32/256" || all[1]["case"] != "add/f32/1M" || all[2]["case"] != "sum/f32/1M" {
		t.Fatalf("records %v, want those of the other lines", all)
	}
	if m := all[2]["machine"].(map[string]any); m["cpu_tier"] != "portable" || all[2]["threads"] != 1.0 {
		t.Errorf("record %v, want one of the portable tier on one thread", all[2])
	}
}

// What is shipped can be read.
func TestShippedSuites(t *testing.T) {
	files, _ := filepath.Glob("../../suites/*.suite")
	if len(files) < 3 {
		t.Errorf("suites %v, want quick, full and torch", files)
	}
	for _, f := range files {
		if _, err := readSuite(f, &output{}); err != nil {
			t.Error(err)
		}
	}
}

func FuzzSuiteLine(f *testing.F) {
	for _, s := range []string{"op -run '^a b$'", "A=1 B='x y' train # c", `"`, "bench", "-suite x", `op -run "\"`, "A=", "conform\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(s, "\n\r") {
			t.Skip("a line")
		}
		l := suiteLine{file: "f", line: 7, text: s}
		out := &output{Stderr: &strings.Builder{}}
		if err := l.parse(out); err != nil && !strings.HasPrefix(err.Error(), "f:7: ") {
			t.Errorf("%q: error %q does not say where", s, err)
		}
		if out.Format != "" {
			t.Errorf("%q changed the format of other lines", s)
		}
	})
}
