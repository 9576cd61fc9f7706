package conformance_test

import (
	"testing"

	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/tensor"
)

func TestCPU(t *testing.T) {
	conformance.Run(t, tensor.CPU())
}
