package vulkan_test

import (
	"testing"

	"github.com/hekla-ml/hekla/backend/vulkan"
	"github.com/hekla-ml/hekla/conformance"
)

// TestConformance checks half of the cases: all of them take a software driver some
// five minutes. HEKLA_DRAW and HEKLA_CASES select others, see conformance.FromEnv;
// make conformance runs all.
func TestConformance(t *testing.T) {
	d := open(t)
	o := conformance.Options{OneIn: 2}
	if testing.Short() {
		o.OneIn = 64
	}
	o, err := conformance.FromEnv(o)
	if err != nil {
		t.Fatal(err)
	}
	o.Skip = vulkan.LeftOut(t, d)
	conformance.Run(t, d, o)
}
