package autograd_test

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// TestReplayDraws replays a pass with dropout: each replay drops others, and the
// gradient is of what was dropped.
func TestReplayDraws(t *testing.T) {
	rec := backend.Record(tensor.CPU())
	x := tensor.Ones(rec, dtype.Float32, 64).SetRequiresGrad(true)
	rec.Reset()
	y := tensor.NewGenerator(1).Dropout(x, 0.5)
	autograd.Backward(y.Sum())
	seen := [][]float64{y.Float64s()}
	for range 3 {
		if err := rec.Replay(); err != nil {
			t.Fatal(err)
		}
		got := y.Float64s()
		if slices.ContainsFunc(seen, func(l []float64) bool { return slices.Equal(l, got) }) {
			t.Errorf("dropped as before: %v", got)
		}
		if grad := x.Grad().Float64s(); !slices.Equal(grad, got) {
			t.Errorf("gradient %v, want that of %v", grad, got)
		}
		seen = append(seen, got)
	}
}
