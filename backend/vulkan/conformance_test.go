package vulkan_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/conformance"
)

// TestConformance checks an eighth of the cases, drawn by the seed: all of them
// take a software driver half an hour. HEKLA_CASES selects other cases by
// regular expression; a dot means all.
func TestConformance(t *testing.T) {
	d := open(t)
	o := conformance.Options{Short: true}
	if s := os.Getenv("HEKLA_CASES"); s != "" {
		o = conformance.Options{Run: regexp.MustCompile(s)}
	}
	conformance.Run(t, d, o)
}
