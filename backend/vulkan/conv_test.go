package vulkan_test

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestConvWeightOfMany sums over more places than one invocation's loops may
// have turns on Mesa's software driver.
func TestConvWeightOfMany(t *testing.T) {
	const n, size = 100, 28
	pixels, grads := make([]float32, n*size*size), make([]float32, n*2*size*size)
	for i := range pixels {
		pixels[i] = float32(math.Sin(float64(i)))
	}
	for i := range grads {
		grads[i] = float32(math.Cos(float64(i) * 1.7))
	}
	run := func(d backend.Device) []float64 {
		x, y := tensor.From(d, pixels, n, 1, size, size), tensor.From(d, grads, n, 2, size, size)
		return tensor.Apply(d, op.ConvWeight, op.ConvAttrs{Pad: []int{1}, Size: []int{3, 3}}, x, y)[0].Float64s()
	}
	got, want := run(open(t)), run(tensor.CPU())
	for i := range want {
		if math.Abs(got[i]-want[i]) > 0.02 {
			t.Errorf("element %d is %v, on the CPU %v", i, got[i], want[i])
		}
	}
}
