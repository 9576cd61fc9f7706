package nn_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

func readJSON[T any](t testing.TB, path string) (v T) {
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

func readTensors(t testing.TB, path string) map[string]*tensor.Tensor {
	t.Helper()
	m, err := checkpoint.Load(tensor.CPU(), path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A tally counts the cases of one section of the recorded data.
type tally struct {
	section        string
	passed, failed int
	skipped        []string
}

func (c *tally) report(t *testing.T) {
	fmt.Printf("golden: section=%s passed=%d failed=%d skipped=%d\n", c.section, c.passed, c.failed, len(c.skipped))
	if len(c.skipped) > 0 {
		slices.Sort(c.skipped)
		fmt.Printf("golden: section=%s skipped: %s\n", c.section, strings.Join(slices.Compact(c.skipped), ", "))
	}
	if c.failed > 0 {
		t.Errorf("%s: %d cases failed", c.section, c.failed)
	}
}

// differs returns where two tensors differ by more than tol, relative to the
// larger of 1 and the wanted element; "" if nowhere.
func differs(got, want *tensor.Tensor, tol float64) string {
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

func l2(t *tensor.Tensor) float64 {
	s := 0.0
	for _, x := range t.Float64s() {
		s += x * x
	}
	return math.Sqrt(s)
}

var floatTypes = []dtype.DType{dtype.Float64, dtype.Float32}
