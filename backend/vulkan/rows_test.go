package vulkan

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestSoftmaxGrad compares what softmax and its logarithm pass back with the CPU
// device's, along rows, short ones and other axes.
func TestSoftmaxGrad(t *testing.T) {
	// Gradients are below 8, of sums of up to 1,003 terms in parts; of 16 bits, two
	// units in the last place, one of the result's and one of the gradient's.
	tolerance := map[dtype.DType]float64{dtype.Float32: 8 * 8 * 0x1p-23, dtype.BFloat16: 2 * 0x1p-5, dtype.Float16: 2 * 0x1p-8}
	for name, change := range map[string]func(*device){"software": func(*device) {}, "gpu": likeGPU} {
		d := first(t, change)
		for i, c := range []struct {
			why  string
			s    []int
			axis int
			t    dtype.DType
		}{
			{"rows of fours", []int{5, 512}, 1, dtype.Float32},
			{"rows of odd length", []int{3, 1003}, 1, dtype.Float32},
			{"short rows", []int{9, 7}, 1, dtype.Float32},
			{"lines side by side", []int{2, 11, 40}, 1, dtype.Float32},
			{"an odd number of lines", []int{2, 11, 5}, 1, dtype.Float32},
			{"rows of 16 bits", []int{3, 128}, 1, dtype.BFloat16},
			{"lines of 16 bits", []int{20, 64}, 0, dtype.Float16},
			{"many lines", []int{2, 3, 4096}, 1, dtype.Float32}, // enough for a GPU
		} {
			if testing.Short() && i%3 > 0 { // each compiles kernels
				continue
			}
			run := func(dev backend.Device) (out []*tensor.Tensor) {
				x, g := numbersOf(dev, dtype.Float32, c.s...).To(c.t), numbersOf(dev, dtype.Float32, c.s...).Flip(c.axis).To(c.t)
				for log, f := range []*op.Op{op.SoftmaxGrad, op.LogSoftmaxGrad} {
					y := x.Softmax(c.axis)
					if log == 1 {
						y = x.LogSoftmax(c.axis)
					}
					out = append(out, tensor.Apply(dev, f, op.AxisAttrs{Axis: c.axis}, g, y)[0])
				}
				return out
			}
			want := run(tensor.CPU())
			for i, got := range run(d) {
				l := got.Float64s()
				for k, w := range want[i].Float64s() {
					if !(math.Abs(l[k]-w) <= tolerance[c.t]) {
						t.Fatalf("%s, %s: gradient %d, element %d is %v, want %v", name, c.why, i, k, l[k], w)
					}
				}
			}
		}
	}
}
