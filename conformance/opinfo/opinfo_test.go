package opinfo_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/conformance/opinfo"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/tensor"
)

// The names that are covered may not become fewer.
const (
	leastForward  = 526
	leastGradient = 442
)

// HEKLA_OPINFO limits the run to names that match, HEKLA_OPINFO_REPORT is a
// file for the list of what is unsupported.
func TestOpInfo(t *testing.T) {
	dir := recorded.Oracle(t, "opinfo")
	var filter *regexp.Regexp
	if s := os.Getenv("HEKLA_OPINFO"); s != "" {
		filter = regexp.MustCompile(s)
	}
	r := opinfo.Run(t.Context(), tensor.CPU(), dir, filter)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	t.Log(r)
	for _, o := range r.Ops {
		for _, f := range o.Failures {
			t.Error(f)
		}
	}
	if file := os.Getenv("HEKLA_OPINFO_REPORT"); file != "" {
		if err := os.WriteFile(file, []byte(r.String()+"\n"+r.Unsupported()), 0o644); err != nil {
			t.Error(err)
		}
	}
	if filter != nil {
		return
	}
	if n := r.Count((*opinfo.Op).Forward); n < leastForward {
		t.Errorf("%d names forward, want at least %d", n, leastForward)
	}
	if n := r.Count((*opinfo.Op).Gradient); n < leastGradient {
		t.Errorf("%d names with gradients, want at least %d", n, leastGradient)
	}
}
