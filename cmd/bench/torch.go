package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/cpu"

	"github.com/hekla-ml/hekla/cmd/bench/internal/measure"
	"github.com/hekla-ml/hekla/cmd/bench/internal/show"
)

// torchConfig says how to run the two sides.
type torchConfig struct {
	python, script      string
	device, torchDevice string
	run                 string
	threads             []int
	rounds              int
	limit               time.Duration
	anyBLAS, replay     bool
	core                string // what OpenBLAS should take the processor for; empty: as it finds
}

func compareTorch(f *flag.FlagSet) action {
	c := torchConfig{threads: []int{1, 2}}
	f.StringVar(&c.python, "python", "/usr/bin/python3", "Python `PROGRAM` that has PyTorch")
	f.StringVar(&c.script, "script", os.Getenv("HEKLA_TORCH_BENCH"), "the PyTorch side, torch_bench.py (default: HEKLA_TORCH_BENCH, or ../shared/bench/torch_bench.py)")
	f.StringVar(&c.device, "device", "cpu", "our `DEVICE`")
	f.StringVar(&c.torchDevice, "torch-device", "cpu", "PyTorch's `DEVICE`: cpu or cuda")
	f.StringVar(&c.run, "run", "", "compare the named cases that match this `REGEXP`")
	f.Func("threads", "compare with these `NUMBERS` of threads, one after the other (default 1,2)", c.setThreads)
	f.IntVar(&c.rounds, "rounds", 3, "alternate `N` times")
	f.DurationVar(&c.limit, "time", time.Second, "`TIME` to spend on each case, side and round")
	f.BoolVar(&c.replay, "replay", false, "replay our training steps, see bench op -h, beside PyTorch's eager ones")
	f.BoolVar(&c.anyBLAS, "any-blas", false, "compare even if PyTorch has a slow BLAS")
	return func(ctx context.Context, _ []string, out *output) error {
		if _, err := regexp.Compile(c.run); err != nil {
			return fmt.Errorf("%w: -run: %v", errUsage, err)
		}
		if c.rounds < 1 || c.limit <= 0 {
			return fmt.Errorf("%w: want -rounds of at least 1 and -time above 0, not %d and %v", errUsage, c.rounds, c.limit)
		}
		return c.compare(ctx, out)
	}
}

func (c *torchConfig) setThreads(s string) error {
	c.threads = nil
	for part := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 {
			return fmt.Errorf("%q is not a number of threads", part)
		}
		c.threads = append(c.threads, n)
	}
	return nil
}

func (c *torchConfig) compare(ctx context.Context, out *output) error {
	if err := c.find(); err != nil {
		return err
	}
	about, err := c.probe(ctx)
	if err != nil {
		return err
	}
	out.Printf("PyTorch %s with %s; %d rounds in alternation, %v a case\n\n", about.Torch, about.BLAS, c.rounds, c.limit)
	p := pairs{}
	bar := out.Progress(2*c.rounds*len(c.threads), "sides run")
	for range c.rounds {
		for _, n := range c.threads {
			for _, s := range []struct {
				name string
				cmd  *exec.Cmd
			}{{"hekla", c.ours(ctx, n)}, {"torch", c.torch(ctx, n)}} {
				if err = runSide(s.cmd, func(line timeRecord) { p.add(s.name, n, line) }); err != nil {
					err = fmt.Errorf("%s side: %w", s.name, err)
					break
				}
				bar.Add(1)
			}
		}
		if err != nil || ctx.Err() != nil {
			break // print what is done
		}
	}
	bar.Finish()
	return errors.Join(p.print(about, out), cmpErr(ctx, err))
}

// cmpErr prefers the interrupt to what it did to the child processes.
func cmpErr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// find looks for the script and for Python.
func (c *torchConfig) find() error {
	tried := []string{c.script}
	if c.script == "" {
		tried = []string{"../shared/bench/torch_bench.py", "shared/bench/torch_bench.py"}
	}
	i := slices.IndexFunc(tried, func(p string) bool { _, err := os.Stat(p); return err == nil })
	if i < 0 {
		return fmt.Errorf("no torch_bench.py at %s: name it with -script or HEKLA_TORCH_BENCH", strings.Join(tried, " or "))
	}
	c.script = tried[i]
	if _, err := exec.LookPath(c.python); err != nil {
		return fmt.Errorf("no Python: %w: name one with -python", err)
	}
	return nil
}

// torchAbout is what the probe found.
type torchAbout struct {
	Torch string `json:"torch"`
	BLAS  string `json:"blas"` // the library that is mapped once PyTorch is loaded
}

const probeScript = `
import json, re, torch
torch.ones(64, 64) @ torch.ones(64, 64)
maps = open("/proc/self/maps").read()
libs = sorted(set(re.findall(r"\S*/lib(?:openblas|blas|mkl_rt|mkl_core)[^\s/]*", maps)))
print(json.dumps({"torch": torch.__version__, "blas": ", ".join(libs) or "its own BLAS"}))`

// probe loads PyTorch as the script will and looks at its BLAS: with the
// reference BLAS, or with OpenBLAS's own threads beside OpenMP's, PyTorch is
// several times slower than it can be.
func (c *torchConfig) probe(ctx context.Context) (a torchAbout, err error) {
	cmd := exec.CommandContext(ctx, c.python, "-c", probeScript)
	cmd.Env = append(torchEnv(os.Environ()), "OPENBLAS_VERBOSE=2")
	var said bytes.Buffer
	cmd.Stderr = &said
	text, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, lastLine(said.Bytes()))
		return a, fmt.Errorf("cannot load PyTorch with %s: %w (Debian: apt-get install python3-torch python3-torchvision libopenblas0-openmp)", c.python, err)
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return a, fmt.Errorf("probe of PyTorch: %w in %q", err, text)
	}
	c.core = betterCore(said.String())
	slow := strings.Contains(a.BLAS, "pthread") || strings.Contains(a.BLAS, "libblas.so") && !strings.Contains(a.BLAS, "openblas")
	if slow && !c.anyBLAS {
		return a, fmt.Errorf("PyTorch uses %s, with which it is several times slower than it can be: install libopenblas0-openmp, or say -any-blas", a.BLAS)
	}
	return a, nil
}

// torchEnv takes away what would hobble PyTorch's BLAS, and prefers OpenBLAS's
// OpenMP build where it is installed.
func torchEnv(env []string) []string {
	env = slices.DeleteFunc(slices.Clone(env), func(s string) bool {
		return strings.HasPrefix(s, "OPENBLAS_") || strings.HasPrefix(s, "OMP_") || strings.HasPrefix(s, "MKL_")
	})
	if dirs, _ := filepath.Glob("/usr/lib/*/openblas-openmp"); len(dirs) > 0 {
		env = append(env, "LD_LIBRARY_PATH="+strings.Trim(dirs[0]+":"+os.Getenv("LD_LIBRARY_PATH"), ":"))
	}
	return env
}

// betterCore returns the kernels that OpenBLAS should use instead of those it
// says it does, or nothing. A release older than the processor takes the oldest
// kernels it has, which are several times slower: 0.3.21 does on Intel's fourth
// generation of Xeons.
func betterCore(said string) string {
	for _, old := range []string{"Prescott", "Core2", "Nehalem", "Generic"} {
		if !strings.Contains(said, "Core: "+old) {
			continue
		}
		switch {
		case cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL:
			return "SkylakeX"
		case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
			return "Haswell"
		}
	}
	return ""
}

func (c *torchConfig) torch(ctx context.Context, threads int) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.python, c.script, "--threads", strconv.Itoa(threads), "--device", c.torchDevice,
		"--only", c.run, "--seconds", fmt.Sprint(c.limit.Seconds()))
	cmd.Env = torchEnv(os.Environ())
	if c.core != "" {
		cmd.Env = append(cmd.Env, "OPENBLAS_CORETYPE="+c.core)
	}
	return cmd
}

// ours runs this program again, so that both sides are fresh processes.
func (c *torchConfig) ours(ctx context.Context, threads int) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	cmd := exec.CommandContext(ctx, self, "op", "-device", c.device, "-hot", "-named", "-format", "json", "-run", c.run, "-time", c.limit.String(),
		"-replay="+strconv.FormatBool(c.replay))
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(threads), "HEKLA_BENCH_FLAGS=")
	return cmd
}

// runSide runs one side and passes on its lines as they come.
func runSide(cmd *exec.Cmd, each func(timeRecord)) error {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.WaitDelay = time.Second
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		var r timeRecord
		if json.Unmarshal(lines.Bytes(), &r) == nil && r.Case != "" && r.Median != nil && *r.Median > 0 {
			each(r)
		}
	}
	io.Copy(io.Discard, pipe)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, lastLine(stderr.Bytes()))
	}
	return nil
}

func lastLine(b []byte) string {
	l := strings.Split(strings.TrimSpace(string(b)), "\n")
	return l[len(l)-1]
}

// pairs collects medians of the alternations, by case and threads, in the order
// in which they first came.
type pairs struct {
	order []pairKey
	ms    map[pairKey]map[string][]float64 // by side
}

type pairKey struct {
	name    string
	threads int
}

func (p *pairs) add(side string, threads int, r timeRecord) {
	k := pairKey{r.Case, threads}
	if p.ms == nil {
		p.ms = map[pairKey]map[string][]float64{}
	}
	if p.ms[k] == nil {
		p.ms[k] = map[string][]float64{}
		p.order = append(p.order, k)
	}
	p.ms[k][side] = append(p.ms[k][side], *r.Median)
}

// torchRecord is the JSON line of a case; a ratio below 1 means that we are
// faster.
type torchRecord struct {
	Case    string    `json:"case"`
	Threads int       `json:"threads"`
	Hekla   float64   `json:"hekla_ms,omitempty"` // medians of the rounds
	Torch   float64   `json:"torch_ms,omitempty"`
	Ratio   float64   `json:"ratio,omitempty"`
	Ratios  []float64 `json:"ratios,omitempty"` // of each round
}

// torchSummary is the line that ends the comparison for a number of threads.
type torchSummary struct {
	Threads int        `json:"threads"`
	Cases   int        `json:"cases"`
	Faster  int        `json:"faster"` // cases in which we are faster
	Mean    float64    `json:"geometric_mean_ratio"`
	PyTorch torchAbout `json:"pytorch"`
}

func (p *pairs) record(k pairKey) torchRecord {
	r := torchRecord{Case: k.name, Threads: k.threads}
	h, t := p.ms[k]["hekla"], p.ms[k]["torch"]
	for i := range min(len(h), len(t)) {
		r.Ratios = append(r.Ratios, h[i]/t[i])
	}
	if len(h) > 0 {
		r.Hekla = measure.Summarize(slices.Clone(h)).Median
	}
	if len(t) > 0 {
		r.Torch = measure.Summarize(slices.Clone(t)).Median
	}
	if len(r.Ratios) > 0 {
		r.Ratio = r.Hekla / r.Torch
	}
	return r
}

func (p *pairs) print(about torchAbout, out *output) error {
	slices.SortStableFunc(p.order, func(a, b pairKey) int { return a.threads - b.threads })
	t := &show.Table{Columns: []show.Column{{Name: "case"}, {Name: "threads", Verb: "%d"}, {Name: "Hekla ms", Verb: "%.4g"}, {Name: "PyTorch ms", Verb: "%.4g"},
		{Name: "ratio", Verb: "%.2f"}, {Name: "of rounds", Drop: 1}, {Name: "note", Drop: 2}}}
	sums := map[int]*torchSummary{}
	for _, k := range p.order {
		r := p.record(k)
		if err := out.Record(r); err != nil {
			return err
		}
		if r.Ratio == 0 {
			note := "not on PyTorch's side"
			if r.Hekla == 0 {
				note = "not on our side"
			}
			t.Add(r.Case, r.Threads, orNone(r.Hekla), orNone(r.Torch), nil, nil, note)
			continue
		}
		s := sums[k.threads]
		if s == nil {
			s = &torchSummary{Threads: k.threads, PyTorch: about}
			sums[k.threads] = s
		}
		s.Cases++
		note := "slower"
		if s.Mean += math.Log(r.Ratio); r.Ratio < 1 {
			s.Faster++
			note = "faster"
		}
		t.Add(r.Case, r.Threads, r.Hekla, r.Torch, r.Ratio, fmt.Sprintf("%.2f to %.2f", slices.Min(r.Ratios), slices.Max(r.Ratios)), note)
	}
	if err := out.Table(t); err != nil {
		return err
	}
	out.Printf("\n")
	for _, n := range slices.Sorted(maps.Keys(sums)) {
		s := sums[n]
		s.Mean = math.Exp(s.Mean / float64(s.Cases))
		if err := out.Record(s); err != nil {
			return err
		}
		out.Printf("%d threads: geometric mean of the ratios %.3f over %d cases, faster than PyTorch in %d\n", s.Threads, s.Mean, s.Cases, s.Faster)
	}
	return nil
}
