package vulkan_test

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/golden"
)

// PyTorch's recorded layers and losses, with all gradients, in float32 and within
// the tolerance of the CPU device: sums of up to 1e4 terms.

func TestGoldenModules(t *testing.T)   { golden.Modules(t, open(t), dtype.Float32, 1e-4, 1) }
func TestGoldenLosses(t *testing.T)    { golden.Losses(t, open(t), dtype.Float32, 1e-4) }
func TestGoldenSequences(t *testing.T) { golden.Sequences(t, open(t), dtype.Float32, 1e-4, 1) }

func TestMixedPrecision(t *testing.T) { golden.Mixed(t, open(t)) }

// All trainings recorded from PyTorch, the first five steps of each.
func TestGoldenTrain(t *testing.T) { golden.Train(t, open(t), dtype.Float32, 5) }
