package nn_test

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/golden"
	"github.com/hekla-ml/hekla/tensor"
)

func TestGoldenModules(t *testing.T) {
	golden.Modules(t, tensor.CPU(), dtype.Float64, 1e-9, 1) // sums of up to 1e6 terms
}

// In float32: inputs of size 1, sums of up to 1e4 terms, two or three in a row.
func TestGoldenModulesFloat32(t *testing.T) {
	golden.Modules(t, tensor.CPU(), dtype.Float32, 1e-4, 1)
}
