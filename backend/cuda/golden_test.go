//go:build linux && (amd64 || arm64)

package cuda

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/golden"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
)

// Every ninth of PyTorch's recorded modules, with all gradients, in float32; the
// interpreter takes its time.
func TestGoldenModules(t *testing.T) {
	golden.Modules(t, openFake(t, &fakecuda.Machine{}), dtype.Float32, 1e-4, 1)
}
