//go:build linux && (amd64 || arm64)

package cuda

import (
	"os"
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
)

// TestConformance runs the suite on an interpreted GPU. HEKLA_CUDA_CASES selects
// cases by regular expression.
func TestConformance(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	var o conformance.Options
	if s := os.Getenv("HEKLA_CUDA_CASES"); s != "" {
		o.Run = regexp.MustCompile(s)
	}
	conformance.Run(t, dev, o)
	t.Logf("%d launches, %d million thread-instructions", m.Launches, m.Steps/1e6)
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
