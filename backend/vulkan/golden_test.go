package vulkan_test

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/golden"
)

// Every third of PyTorch's recorded modules, with all gradients, in float32: the
// types and sizes repeat, and the rest runs on the CPU device.
func TestGoldenModules(t *testing.T) {
	golden.Modules(t, trainer(t), dtype.Float32, 1e-4, 1) // as on the CPU device: sums of up to 1e4 terms
}
