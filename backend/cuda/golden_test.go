//go:build linux && (amd64 || arm64)

package cuda

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/golden"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
)

// PyTorch's recorded layers and losses, with all gradients, in float32 and within
// the tolerance of the CPU device: sums of up to 1e4 terms.

func TestGoldenModules(t *testing.T) {
	golden.Modules(t, openFake(t, &fakecuda.Machine{}), dtype.Float32, 1e-4, 1)
}

func TestGoldenLosses(t *testing.T) {
	golden.Losses(t, openFake(t, &fakecuda.Machine{}), dtype.Float32, 1e-4)
}

// Every fifth: the interpreter takes its time.
func TestGoldenSequences(t *testing.T) {
	golden.Sequences(t, openFake(t, &fakecuda.Machine{}), dtype.Float32, 1e-4, 5)
}

func TestMixedPrecision(t *testing.T) { golden.Mixed(t, openFake(t, &fakecuda.Machine{})) }

// The trainings recorded from PyTorch whose nets are smallest, two steps of each:
// the interpreter takes its time.
func TestGoldenTrain(t *testing.T) {
	golden.Train(t, openFake(t, &fakecuda.Machine{}), dtype.Float32, 2, "mlp_mnist_sgd", "rnn_names_sgd", "lstm_names_sgd")
}
