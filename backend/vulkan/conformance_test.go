package vulkan_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/conformance"
)

// TestConformance checks the whole table. HEKLA_CASES selects cases.
func TestConformance(t *testing.T) {
	d := open(t)
	var o conformance.Options
	if s := os.Getenv("HEKLA_CASES"); s != "" {
		o.Run = regexp.MustCompile(s)
	}
	conformance.Run(t, d, o)
}
