// Package golden compares layers with values recorded from PyTorch, on any device.
package golden

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/tensor"
)

// ReadJSON decodes a recorded file.
func ReadJSON[T any](t testing.TB, path string) (v T) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// ReadTensors reads recorded tensors to the host.
func ReadTensors(t testing.TB, path string) map[string]*tensor.Tensor {
	t.Helper()
	m, err := checkpoint.Load(tensor.CPU(), path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A Tally counts the cases of one section of the recorded data.
type Tally struct {
	Section        string
	Passed, Failed int
	Skipped        []string
}

// Report prints the counts and fails the test if a case failed.
func (c *Tally) Report(t *testing.T) {
	fmt.Printf("golden: section=%s passed=%d failed=%d skipped=%d\n", c.Section, c.Passed, c.Failed, len(c.Skipped))
	if len(c.Skipped) > 0 {
		slices.Sort(c.Skipped)
		fmt.Printf("golden: section=%s skipped: %s\n", c.Section, strings.Join(slices.Compact(c.Skipped), ", "))
	}
	if c.Failed > 0 {
		t.Errorf("%s: %d cases failed", c.Section, c.Failed)
	}
}

// Differs returns where two tensors differ by more than tol, relative to the
// larger of 1 and the wanted element; "" if nowhere.
func Differs(got, want *tensor.Tensor, tol float64) string {
	if !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Sprintf("shape %v, want %v", got.Shape(), want.Shape())
	}
	g, w := got.Float64s(), want.Float64s()
	for i := range g {
		if math.IsNaN(g[i]) && math.IsNaN(w[i]) || g[i] == w[i] {
			continue
		}
		if !(math.Abs(g[i]-w[i]) <= tol*max(1, math.Abs(w[i]))) {
			return fmt.Sprintf("element %d of %v is %v, want %v", i, want.Shape(), g[i], w[i])
		}
	}
	return ""
}
