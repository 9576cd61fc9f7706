package gpubundle

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// summary is what run.sh writes last.
type summary struct {
	Binary string
	Torch  string
	Ok     bool
	Steps  []struct {
		Step, Device, Outcome, File string
		Status                      int
	}
}

// bundle makes a folder with run.sh and the given contents of binaries.
func bundle(t *testing.T, binaries map[string]string) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("run.sh is for Linux")
	}
	dir := t.TempDir()
	script, err := os.ReadFile("run.sh")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "run.sh"), string(script))
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
	cmd.Env = append(os.Environ(), "TORCH_BENCH=", "LP_NUM_THREADS=0")
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
conform) [ "$3" != vulkan:1 ] || { echo 'bench: "lost" \ device' >&2; exit 1; } ;;
train) [ "$3" != cuda:0 ] || exec sleep 60 ;;
esac
echo "{\"step\":\"$1\"}"
`

// TestStepsFail lets one step fail and one hang: the others run, and the summary
// says what happened.
func TestStepsFail(t *testing.T) {
	s, status, said := run(t, bundle(t, map[string]string{"bench": stub}), "--step-limit", "1")
	if status != 1 || s.Ok || s.Torch != "none" {
		t.Errorf("status %d, %+v\n%s", status, s, said)
	}
	var got []string
	for _, st := range s.Steps {
		got = append(got, st.Step+" "+st.Device+": "+st.Outcome)
	}
	want := []string{
		"conform cuda:0: ok", "op cuda:0: ok", "train cuda:0: over the limit of 1 s",
		`conform vulkan:1: failed: bench: "lost" \ device`, "op vulkan:1: ok", "train vulkan:1: ok",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("steps:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestWithoutVulkan starts where the first binary does not, and where none does.
func TestWithoutVulkan(t *testing.T) {
	broken := "#!/bin/sh\necho 'version GLIBC_2.99 not found' >&2\nexit 127\n"
	s, status, _ := run(t, bundle(t, map[string]string{"bench": broken, "bench-novulkan": stub}), "--device", "cuda:5", "--skip", "op")
	if status != 0 || s.Binary != "bench-novulkan" || !s.Ok || len(s.Steps) != 2 {
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
		"python":         "#!/bin/sh\n[ \"$1\" != -c ] || { echo 2.11.0 cuda; exit; }\necho \"{\\\"args\\\":\\\"$*\\\"}\"\n",
		"torch_bench.py": "",
	})
	t.Setenv("PYTHON", filepath.Join(dir, "python"))
	s, status, said := run(t, dir, "--device", "cuda:0", "--skip", "conform", "--skip", "op", "--skip", "train", "--op-time", "2s")
	if status != 0 || s.Torch != "2.11.0 cuda" || len(s.Steps) != 1 || s.Steps[0].File != "torch-cuda.jsonl" {
		t.Fatalf("status %d, %+v\n%s", status, s, said)
	}
	b, _ := os.ReadFile(filepath.Join(dir, "out put", "torch-cuda.jsonl"))
	if !strings.Contains(string(b), "torch_bench.py --device cuda --only  --seconds 2\"") {
		t.Errorf("called with %s", b)
	}
}

// TestRealBinary checks and times the CPU and, where there is one, Mesa's
// software GPU.
func TestRealBinary(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command")
	}
	dir := bundle(t, nil)
	if b, err := exec.Command("go", "build", "-o", filepath.Join(dir, "bench"), "../../cmd/bench").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, b)
	}
	args := []string{"--conform-run", "^(tanh|dot)/", "--op-run", "^(add/f32/1M|no such)", "--op-time", "10ms", "--skip", "train", "--device", "cpu:0"}
	steps := 2
	if b, err := exec.Command(filepath.Join(dir, "bench"), "devices", "-format", "json").Output(); err == nil && strings.Contains(string(b), `"vulkan:0"`) {
		args, steps = append(args, "--device", "vulkan:0"), 4
	}
	s, status, said := run(t, dir, args...)
	if status != 0 || !s.Ok || len(s.Steps) != steps {
		t.Fatalf("status %d, %+v\n%s", status, s, said)
	}
	for _, st := range s.Steps {
		b, err := os.ReadFile(filepath.Join(dir, "out put", st.File))
		if err != nil || !json.Valid(b) || !strings.Contains(strings.ToLower(string(b)), `"device":"`+st.Device+`"`) {
			t.Errorf("%s: %v: %s", st.File, err, b)
		}
	}
}
