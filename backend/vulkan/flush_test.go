package vulkan

import (
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// Flushes reports whether arithmetic of a device takes denormals for zeros.
func Flushes(d backend.Device) bool {
	x := tensor.Full(d, dtype.Float32, 1e-40, 1)
	return x.Add(x).Float64s()[0] == 0
}

// LeftOut matches the conformance cases that a device need not pass, or is nil.
func LeftOut(t *testing.T, d backend.Device) *regexp.Regexp {
	t.Helper()
	if !Flushes(d) {
		return nil
	}
	t.Log("the device flushes denormals to zero, as Vulkan allows: samples of them are left out")
	return regexp.MustCompile(` denormals`)
}
