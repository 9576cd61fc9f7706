//go:build linux && (amd64 || arm64)

package cuda

import (
	"os"
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
)

// small are the cases of two layouts and of calls in place, but for those of more
// than 9999 elements in a line: no number of five digits ends the name of the
// sample. All cases together take minutes.
const small = `[^0-9][0-9]{0,4}/(contiguous|sliced|in place)$`

// TestConformance runs the suite on an interpreted GPU, in the contiguous layout
// only if -short is given. HEKLA_CUDA_CASES selects other cases by regular
// expression; a dot means all.
func TestConformance(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	o := conformance.Options{Run: regexp.MustCompile(small)}
	if testing.Short() {
		o.Run = regexp.MustCompile(`[^0-9][0-9]{0,4}/contiguous$`)
	}
	if s := os.Getenv("HEKLA_CUDA_CASES"); s != "" {
		o.Run = regexp.MustCompile(s)
	}
	conformance.Run(t, dev, o)
	t.Logf("%d launches, %d million thread-instructions", m.Launches, m.Steps/1e6)
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
