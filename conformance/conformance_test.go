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

func TestCPU(t *testing.T) {
	o := conformance.Options{Seed: *seed, Short: testing.Short()}
	if *only != "" {
		o.Run = regexp.MustCompile(*only)
	}
	conformance.Run(t, tensor.CPU(), o)
}
