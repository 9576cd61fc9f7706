package nn_test

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/internal/golden"
	"github.com/hekla-ml/hekla/tensor"
)

// TestTrainingCurves repeats trainings that were recorded from PyTorch, loss by
// loss to the end.
func TestTrainingCurves(t *testing.T) {
	for _, d := range floatTypes {
		golden.Train(t, tensor.CPU(), d, math.MaxInt)
	}
}
