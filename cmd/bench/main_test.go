package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/workload"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// bench runs the command in-process and returns what it printed.
func bench(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs strings.Builder
	err = run(t.Context(), args, &out, &errs)
	return out.String(), errs.String(), err
}

// lines decodes JSON lines.
func lines(t *testing.T, s string) (all []map[string]any) {
	t.Helper()
	for l := range strings.Lines(s) {
		var m map[string]any
		if err := json.Unmarshal([]byte(l), &m); err != nil {
			t.Fatalf("not JSON: %q: %v", l, err)
		}
		all = append(all, m)
	}
	return all
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"tarin"}, `unknown subcommand "tarin", want one of: devices, op, train, conform, doctor, profile, roofline, report, compare, compare-torch`},
		{[]string{"train", "-model", "lennet"}, `unknown model "lennet", want one of: mlp, lenet, cnn, digits, lstm, gpt, resnet18`},
		{[]string{"train", "-epochs", "0"}, "want at least one epoch"},
		{[]string{"train", "-speed", "9"}, "flag provided but not defined: -speed"},
		{[]string{"train", "extra"}, `unexpected argument "extra"`},
		{[]string{"devices", "-format", "xml"}, `unknown format "xml", want one of: table, json, csv, markdown`},
		{[]string{"op", "-run", "("}, "-run: error parsing regexp"},
		{[]string{"op", "-run", "no such case"}, `no case matches "no such case"`},
		{[]string{"conform", "-run", "no such case"}, "no case was selected"},
	} {
		_, _, err := bench(t, c.args...)
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("bench %q: error %v, want a usage error with %q", c.args, err, c.want)
		}
	}
}

func TestBadInput(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"train", "-device", "tpu"}, `unknown driver "tpu"`},
		{[]string{"train", "-device", "cuda:7"}, `no such device: "cuda:7"`},
		{[]string{"conform", "-device", "cpu:9"}, `no such device: "cpu:9"; found: cpu:0`},
		{[]string{"train", "-data", t.TempDir()}, "train-images"},
	} {
		if _, _, err := bench(t, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("bench %q: error %v, want one with %q", c.args, err, c.want)
		}
	}
}

func TestDevices(t *testing.T) {
	out, _, err := bench(t, "devices", "-format", "json")
	if err != nil {
		t.Fatal(err)
	}
	if all := lines(t, out); all[0]["device"] == nil {
		t.Errorf("first record %v has no device", all[0])
	}
}

func TestFlagsFromEnvironment(t *testing.T) {
	t.Setenv("HEKLA_BENCH_FLAGS", `-format 'json' -run "^matmul/f32/256$" -time 1ms -device cpu`)
	out, _, err := bench(t, "op")
	if err != nil {
		t.Fatal(err)
	}
	all := lines(t, out)
	if len(all) != 1 || all[0]["case"] != "matmul/f32/256" || all[0]["median_ms"].(float64) <= 0 {
		t.Errorf("records %v, want one of matmul/f32/256 with a time", all)
	}
	t.Setenv("HEKLA_BENCH_FLAGS", `-format 'json`)
	if _, _, err := bench(t, "op"); !errors.Is(err, errUsage) {
		t.Errorf("unclosed quote: error %v, want a usage error", err)
	}
}

// A case that fails costs only itself: the others are timed, and the error
// names it.
func TestCaseFails(t *testing.T) {
	dev, err := open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	add := func(n int) func(r workload.Rig) func() {
		return func(workload.Rig) func() {
			x, y := tensor.Ones(dev, dtype.Float32, 2), tensor.Ones(dev, dtype.Float32, n)
			return func() { x.Add(y).Free() }
		}
	}
	c := opConfig{count: 1, limit: time.Millisecond}
	out := &output{Stdout: io.Discard, Stderr: io.Discard}
	records, err := c.timeAll(t.Context(), []backend.Device{dev}, []workload.Case{{Name: "a", Setup: add(3)}, {Name: "b", Setup: add(2)}},
		out, func(opRecord) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "a on cpu:0: tensor: add") {
		t.Errorf("error %v, want one of case a", err)
	}
	if len(records) != 2 || records[0].Error == "" || records[0].Timing != nil || records[1].Case != "b" || records[1].Median <= 0 {
		t.Errorf("records %+v, want a with an error and b with a time", records)
	}
}

// A run is a function of its seed, to the last bit of every loss.
func TestTrainRepeats(t *testing.T) {
	var digests []any
	for range 2 {
		out := &output{Stdout: &strings.Builder{}, Stderr: &strings.Builder{}, Format: "json"}
		c := trainConfig{model: "digits", device: "cpu", epochs: 1, batch: 64, rate: 2e-3, seed: 1, samples: 2000, tests: 500}
		r, err := c.run(t.Context(), out)
		if err != nil {
			t.Fatal(err)
		}
		if *r.TestAccuracy < 0.5 || r.Rate <= 0 || r.Seconds <= 0 {
			t.Errorf("after one short epoch: %+v", r)
		}
		digests = append(digests, r.LossDigest)
	}
	if digests[0] != digests[1] {
		t.Errorf("two runs with one seed: loss digests %v", digests)
	}
}

func TestConform(t *testing.T) {
	out, _, err := bench(t, "conform", "-device", "cpu", "-run", "^(tanh|matmul)/", "-format", "json")
	if err != nil {
		t.Fatal(err)
	}
	all := lines(t, out)
	last := all[len(all)-1]
	if last["device"] != "cpu:0" || last["ops"] != 2.0 || last["failed"] != 0.0 || last["cases"].(float64) < 20 {
		t.Errorf("record %v", last)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs strings.Builder
	err := run(ctx, []string{"op", "-device", "cpu", "-run", "add"}, &out, &errs)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// One static binary that starts in milliseconds: what the README promises.
func TestBinary(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command")
	}
	exe := filepath.Join(t.TempDir(), "bench.exe")
	cmd := exec.Command("go", "build", "-o", exe, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, b)
	}
	info, err := os.Stat(exe)
	if err != nil {
		t.Fatal(err)
	}
	if mb := float64(info.Size()) / 1e6; mb > 30 {
		t.Errorf("the binary has %.1f MB, want at most 30", mb)
	}
	best := time.Hour
	for range 10 {
		start := time.Now()
		if err := exec.Command(exe, "-h").Run(); err != nil {
			t.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	if best > 50*time.Millisecond {
		t.Errorf("the binary takes %v to start, want at most 50 ms", best)
	}
	t.Logf("%.1f MB, starts in %v", float64(info.Size())/1e6, best)
}
