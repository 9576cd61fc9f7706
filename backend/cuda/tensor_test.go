//go:build linux && (amd64 || arm64)

package cuda

import (
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
)

// TestTensorConformance runs the cases of 16-bit types that tensor cores compute, on a GPU that has them.
func TestTensorConformance(t *testing.T) {
	m := &fakecuda.Machine{Major: 8}
	dev := openFake(t, m)
	conformance.Run(t, dev, conformance.Options{Run: regexp.MustCompile(`^(attention(grad)?|conv(transpose|weight)?|matmul|linear)/.*float16`)})
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
