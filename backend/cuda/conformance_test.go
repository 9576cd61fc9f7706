//go:build linux && (amd64 || arm64)

package cuda

import (
	"testing"

	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
)

// TestConformance runs half of the suite on an interpreted GPU: all of it takes some
// four minutes of a processor. HEKLA_DRAW and HEKLA_CASES select other cases, see
// conformance.FromEnv; make conformance runs all.
func TestConformance(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	o := conformance.Options{OneIn: 2}
	if testing.Short() {
		o.OneIn = 64
	}
	o, err := conformance.FromEnv(o)
	if err != nil {
		t.Fatal(err)
	}
	conformance.Run(t, dev, o)
	t.Logf("%d launches, %d million thread-instructions", m.Launches, m.Steps/1e6)
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
