package conformance_test

import (
	"flag"
	"os"
	"regexp"
	"strconv"
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

// TestLarge is of tensors beyond 4 GiB; HEKLA_LARGE is how many GiB of memory it
// may take.
func TestLarge(t *testing.T) {
	s := os.Getenv("HEKLA_LARGE")
	if s == "" {
		t.Skip("takes 5 to 13 GiB of memory: HEKLA_LARGE=13 allows that")
	}
	budget, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	r := conformance.CheckLarge(t.Context(), tensor.CPU(), int64(budget)<<30)
	t.Log(r)
	for _, skip := range r.Skips {
		t.Log(skip.Why)
	}
	for _, f := range r.Failures {
		t.Error(f)
	}
}
