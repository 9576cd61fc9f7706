//go:build linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestPlantedFlash does so with attention on tensor cores.
func TestPlantedFlash(t *testing.T) {
	for name, c := range map[string]struct {
		kernel   string
		size     int // of heads
		from, to string
	}{
		"no barriers behind copies":                    {"forward_64", 16, `bar\.sync\s+0;`, ""},
		"copies that nobody waits for":                 {"forward_64", 16, `cp\.async\.wait_group 0;`, ""},
		"one group of copies too early":                {"forward_64", 16, `cp\.async\.wait_group 0;`, "cp.async.wait_group 1;"},
		"no barrier between the warps that share rows": {"back_q_256", 136, `(st\.shared\.v4\.f32[^;]*;\s*// end inline asm\s*)bar\.sync\s+0;`, "$1"},
	} {
		t.Run(name, func(t *testing.T) {
			form := regexp.MustCompile(c.from)
			m := &fakecuda.Machine{Major: 8, Edit: func(text string) string {
				if !strings.Contains(text, c.kernel) {
					return text
				}
				return form.ReplaceAllString(text, c.to)
			}}
			x := tensor.Full(openFake(t, m), dtype.Float16, 1, 130, c.size).SetRequiresGrad(true)
			_ = tensor.Try(func() error { // the host hears of the fault, or not yet
				autograd.Backward(x.Attention(x, x, nil, op.AttentionAttrs{}).Sum())
				return nil
			})
			var f *ptxsim.Fault
			if !errors.As(m.Fault, &f) || f.Kind != ptxsim.Race || f.Kernel != c.kernel || f.Line == 0 {
				t.Errorf("%v, want a race", m.Fault)
			}
		})
	}
}

// TestPlanted breaks the written kernels in one place at a time: the interpreter
// finds each and names the kernel, block, thread and line.
func TestPlanted(t *testing.T) {
	for _, c := range []struct {
		name     string
		d        dtype.DType
		from, to string
		kind     ptxsim.FaultKind
	}{
		{"no barriers", dtype.Float32, `bar\.sync\s+0;`, "", ptxsim.Race},
		{"a vector too far in memory", dtype.Float32, `(st\.global\.v4\.f32\s+\[%rd\d+)\+256\]`, "$1+272]", ptxsim.BadAddress},
		{"an element beside a vector", dtype.Float32, `(ld\.global\.v4\.f32\s+\{.*\}, \[%rd\d+)\]`, "$1+4]", ptxsim.Misaligned},
		{"a row too far in shared memory", dtype.Float32, `(ld\.shared\.v4\.f32\s+\{.*\}, \[%rd\d+\+)8448\]`, "${1}33792]", ptxsim.BadAddress},
		{"copies that nobody waits for", dtype.Float16, `cp\.async\.wait_group 1;`, "", ptxsim.Race},
		{"no barriers behind copies", dtype.Float16, `bar\.sync\s+0;`, "", ptxsim.Race},
	} {
		t.Run(c.name, func(t *testing.T) {
			form, edits := regexp.MustCompile(c.from), 0
			m := &fakecuda.Machine{Major: 8, Edit: func(text string) string {
				if !strings.Contains(text, "gemm_kn") {
					return text
				}
				edits += len(form.FindAllString(text, -1))
				return form.ReplaceAllString(text, c.to)
			}}
			dev := openFake(t, m)
			x, y := tensor.Full(dev, c.d, 1, 128, 64), tensor.Full(dev, c.d, 1, 64, 128)
			z := x.MatMul(y)
			if edits == 0 {
				t.Fatal("nothing was changed")
			}
			var f *ptxsim.Fault
			if !errors.As(m.Fault, &f) || f.Kind != c.kind || f.Kernel != "gemm_kn" || f.Line == 0 || f.Instr == "" {
				t.Errorf("%v, want %v", m.Fault, c.kind)
			}
			if err := tensor.Try(func() error { z.Bytes(); return nil }); err == nil {
				t.Error("the host did not hear of it")
			}
		})
	}
}
