package conformance_test

import (
	"flag"
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/tensor"
)

var (
	only = flag.String("case", "", "check only cases whose name matches this `regexp`")
	seed = flag.Uint64("seed", 1, "seed of operands and order")
)

// TestCPU checks every case, with -short an eighth, or what HEKLA_DRAW says.
func TestCPU(t *testing.T) {
	o, err := conformance.FromEnv(conformance.Options{Seed: *seed, Short: testing.Short()})
	if err != nil {
		t.Fatal(err)
	}
	if *only != "" {
		o.Run, o.OneIn, o.Short = regexp.MustCompile(*only), 1, false
	}
	conformance.Run(t, tensor.CPU(), o)
}
