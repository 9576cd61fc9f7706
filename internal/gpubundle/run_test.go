package gpubundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// summary is what run.sh writes last.
type summary struct {
	Binary string
	Torch  string
	Ok     bool
	NotRun string `json:"not_run"`
	Steps  []struct {
		Step, Outcome, File string
		Status              int
	}
}

// bundle makes a folder with run.sh and the given contents of binaries.
func bundle(t *testing.T, binaries map[string]string) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("run.sh is for Linux")
	}
	dir := t.TempDir()
	for _, name := range []string{"run.sh", "vulkan.sh", "steps.sh", "summary.sh"} {
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(script))
	}
	for name, text := range binaries {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// run runs run.sh and returns its summary and exit status.
func run(t *testing.T, dir string, args ...string) (s summary, status int, said string) {
	t.Helper()
	out := filepath.Join(dir, "out put")
	cmd := exec.Command(filepath.Join(dir, "run.sh"), append(args, "--out", out)...)
	cmd.Env = append(os.Environ(), "TORCH_BENCH=", "LP_NUM_THREADS=0", "OUT=")
	b, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(out, "summary.json"))
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s, cmd.ProcessState.ExitCode(), string(b)
}

// stub is a bench that knows two GPUs and a software device, and does on each
// what its third argument asks for.
const stub = `#!/bin/sh
case "$1" in
-h) exit 0 ;;
devices)
	echo '{"device":"cpu:0","kind":"cpu"}'
	echo '{"device":"cuda:0","kind":"discrete GPU"}'
	echo '{"device":"vulkan:1","kind":"discrete GPU"}'
	echo '{"device":"vulkan:2","kind":"software"}'
	echo '{"device":"cuda:1","skipped":"compute capability 3.5"}'
	;;
doctor) [ "$3" != vulkan:1 ] || { echo '{"family":"sums","device":"vulkan:1","ok":false,"worst":0,"error":"3, the CPU has 2"}'; echo 'bench: "lost" \ device' >&2; exit 1; } ;;
conform) [ "$7" != "${HANG:-none}" ] || exec sleep 60
	echo "{\"device\":\"$3\",\"seed\":1,\"ops\":9,\"cases\":5,\"passed\":4,\"failed\":1,\"unsupported\":0,\"skipped\":0,\"left\":7}"
	echo "FAIL add/0 $7: wrong" >&2; echo "bench: 1 of 5 cases failed" >&2; exit 1 ;;
op) echo "{\"case\":\"add/f32/1M\",\"device\":\"$3\",\"threads\":2,\"median_ms\":0.5}" ;;
esac
`

// TestStepsFail lets steps fail: the others run, and the summaries say what happened.
func TestStepsFail(t *testing.T) {
	dir := bundle(t, map[string]string{"bench": stub})
	s, status, said := run(t, dir)
	if status != 1 || s.Ok || s.Torch != "none" || s.NotRun != "" {
		t.Errorf("status %d, %+v\n%s", status, s, said)
	}
	outcomes := map[string]string{}
	for _, st := range s.Steps {
		outcomes[st.Step] = st.Outcome
	}
	for step, want := range map[string]string{
		"doctor-cuda": "ok", "doctor-vulkan": `failed: bench: "lost" \ device`, "conformance-cuda": "failed: bench: 1 of 5 cases failed", "train-vulkan": "ok", "speed-own-cuda": "ok",
	} {
		if outcomes[step] != want {
			t.Errorf("%s: %q, want %q", step, outcomes[step], want)
		}
	}
	for _, want := range []string{"doctor-vulkan: sums: 3, the CPU has 2", "conformance-cuda: FAIL add/0 0/", " cases, ", "add/f32/1M"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if len(said) > 12000 {
		t.Errorf("%d characters", len(said))
	}
	// A second call has nothing to do; one that names a step runs it.
	if _, _, said := run(t, dir); strings.Contains(said, " ...\n") {
		t.Errorf("again: %s", said)
	}
	if _, _, said := run(t, dir, "training-*-cuda"); strings.Count(said, " ...\n") != 1 || !strings.Contains(said, "training-replay-cuda ...") {
		t.Errorf("one step: %s", said)
	}
}

// TestBudget lets a step hang: it is ended in time, what it had said by then is kept, and the next call goes on with it.
func TestBudget(t *testing.T) {
	dir := bundle(t, map[string]string{"bench": stub})
	t.Setenv("HANG", fmt.Sprintf("0/%d", min(runtime.NumCPU(), 16)))
	start := time.Now()
	s, status, said := run(t, dir, "--device", "cuda:0", "--budget", "20", "conformance-cuda", "speed-*")
	if took := time.Since(start); took > 25*time.Second || status != 3 || !strings.Contains(s.NotRun, "conformance-cuda") {
		t.Errorf("%v, status %d, %+v\n%s", took, status, s, said)
	}
	if _, err := os.Stat(filepath.Join(dir, "out put", "speed-cuda.done")); err != nil {
		t.Error(err)
	}
	t.Setenv("HANG", "")
	if _, _, said := run(t, dir, "--device", "cuda:0"); !strings.Contains(said, "conformance-cuda ...") || strings.Contains(said, "speed-cuda ...") {
		t.Error(said)
	}
}

// TestPacked has a folder that files are brought back from, and a bundle that cannot be written: a second machine goes on.
func TestPacked(t *testing.T) {
	dir, out := bundle(t, map[string]string{"bench": stub}), t.TempDir()
	for i, want := range []int{1, 0} {
		cmd := exec.Command(filepath.Join(dir, "run.sh"), "--device", "cuda:0")
		if i == 0 {
			cmd.Args = append(cmd.Args, "speed-cuda")
		} else {
			cmd.Args = append(cmd.Args, "--list")
			write(t, filepath.Join(dir, "results.tar.gz"), string(read(t, filepath.Join(out, "results.tar.gz"))))
		}
		tmp := t.TempDir()
		cmd.Dir, cmd.Env = "/", append(os.Environ(), "TORCH_BENCH=", "OUT="+out, "TMPDIR="+tmp)
		b, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		if n := strings.Count(string(b), "speed-cuda ..."); n != want {
			t.Errorf("call %d: %s", i, b)
		}
		if _, err := os.Stat(filepath.Join(tmp, "hekla-results", "speed-cuda.done")); err != nil {
			t.Error(err)
		}
	}
	if text := string(read(t, filepath.Join(out, "summary.txt"))); !strings.Contains(text, "speed-cuda: ok") {
		t.Error(text)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWithoutVulkan starts where the first binary does not, and where none does.
func TestWithoutVulkan(t *testing.T) {
	broken := "#!/bin/sh\necho 'version GLIBC_2.99 not found' >&2\nexit 127\n"
	s, status, _ := run(t, bundle(t, map[string]string{"bench": broken, "bench-novulkan": stub}), "--device", "cuda:5", "doctor-*")
	if status != 0 || s.Binary != "bench-novulkan" || !s.Ok || len(s.Steps) != 4 {
		t.Errorf("status %d, %+v", status, s)
	}
	cmd := exec.Command(filepath.Join(bundle(t, map[string]string{"bench": broken, "bench-novulkan": broken}), "run.sh"))
	if b, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(b), "neither binary starts: version GLIBC_2.99 not found") {
		t.Errorf("%v\n%s", err, b)
	}
}

// TestNoGPU says so, with the reasons.
func TestNoGPU(t *testing.T) {
	none := "#!/bin/sh\n[ \"$1\" != devices ] || echo '{\"device\":\"cuda\",\"skipped\":\"no driver\"}'\n"
	s, status, said := run(t, bundle(t, map[string]string{"bench": none}))
	if status != 1 || s.Ok || len(s.Steps) != 0 || !strings.Contains(said, "no GPU found") || !strings.Contains(said, "no driver") {
		t.Errorf("status %d, %+v\n%s", status, s, said)
	}
}

// TestTorch runs another side's script with the python that has torch.
func TestTorch(t *testing.T) {
	dir := bundle(t, map[string]string{
		"bench":          stub,
		"python":         "#!/bin/sh\n[ \"$1\" != -c ] || { echo 2.11.0 cuda; exit; }\necho \"{\\\"case\\\": \\\"add/f32/1M\\\", \\\"median_ms\\\": 0.25, \\\"args\\\":\\\"$*\\\"}\"\n",
		"torch_bench.py": "",
	})
	t.Setenv("PYTHON", filepath.Join(dir, "python"))
	s, status, said := run(t, dir, "--device", "cuda:0", "torch", "speed-cuda")
	if status != 0 || s.Torch != "2.11.0 cuda" || len(s.Steps) != 2 {
		t.Fatalf("status %d, %+v\n%s", status, s, said)
	}
	if b := read(t, filepath.Join(dir, "out put", "torch.jsonl")); !strings.Contains(string(b), "torch_bench.py --device cuda --threads ") {
		t.Errorf("called with %s", b)
	}
	if !strings.Contains(said, "  2.00\n") { // 0.5 ms over 0.25
		t.Error(said)
	}
}

// TestRealBinary looks at the CPU, checks and times it, in an environment without anything, and from another folder.
func TestRealBinary(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command")
	}
	dir := bundle(t, nil)
	if b, err := exec.Command("go", "build", "-o", filepath.Join(dir, "bench"), "../../cmd/bench").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, b)
	}
	cmd := exec.Command(filepath.Join(dir, "run.sh"), "--device", "cpu:0", "--out", "results", "doctor-cpu", "conformance-quick-cpu", "speed-cpu")
	cmd.Dir, cmd.Env = t.TempDir(), []string{"PATH=/usr/bin:/bin", "HOME=/nowhere", "CONFORM_RUN=^(tanh|dot)/", "OP_TIME=1ms", "GOMAXPROCS=2"}
	b, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	for _, name := range []string{"doctor", "conformance-quick", "speed"} {
		b := read(t, filepath.Join(cmd.Dir, "results", name+"-cpu.jsonl"))
		line, _, _ := strings.Cut(string(b), "\n")
		if !json.Valid([]byte(line)) || !strings.Contains(strings.ToLower(line), `"device":"cpu:0"`) {
			t.Errorf("%s: %.300s", name, b)
		}
	}
}
