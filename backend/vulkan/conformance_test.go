package vulkan_test

import (
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/tensor"
)

// TestConformance checks an eighth of the cases: all of them take a software driver
// half an hour. HEKLA_DRAW and HEKLA_CASES select others, see conformance.FromEnv;
// make conformance runs all.
func TestConformance(t *testing.T) {
	d := open(t)
	o := conformance.Options{OneIn: 8}
	if testing.Short() {
		o.OneIn = 64
	}
	o, err := conformance.FromEnv(o)
	if err != nil {
		t.Fatal(err)
	}
	if flushes(t, d) {
		t.Log("the device flushes denormals to zero, as Vulkan allows: samples of them are left out")
		o.Skip = regexp.MustCompile(` denormals`)
	}
	conformance.Run(t, d, o)
}

// flushes reports whether arithmetic of a device takes denormals for zeros.
func flushes(t *testing.T, d backend.Device) bool {
	t.Helper()
	x := tensor.From(d, []float32{1e-40})
	return x.Add(x).Float64s()[0] == 0
}
