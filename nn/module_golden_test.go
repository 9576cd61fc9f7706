package nn_test

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/golden"
	"github.com/hekla-ml/hekla/tensor"
)

// In float64 sums of up to 1e6 terms allow 1e-9. In float32 inputs are of size 1 and
// sums have up to 1e4 terms, two or three in a row; a transformer is many more.

func TestGoldenModules(t *testing.T) {
	golden.Modules(t, tensor.CPU(), dtype.Float64, 1e-9, 1)
	golden.Modules(t, tensor.CPU(), dtype.Float32, 1e-4, 1)
}

func TestGoldenLosses(t *testing.T) {
	golden.Losses(t, tensor.CPU(), dtype.Float64, 1e-9)
	golden.Losses(t, tensor.CPU(), dtype.Float32, 1e-4)
}

func TestGoldenSequences(t *testing.T) {
	golden.Sequences(t, tensor.CPU(), dtype.Float64, 1e-9, 1)
	golden.Sequences(t, tensor.CPU(), dtype.Float32, 1e-4, 1)
}
