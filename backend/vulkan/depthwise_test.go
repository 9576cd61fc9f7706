package vulkan

import (
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestDepthwise compares convolutions of whole numbers, of which sums are exact,
// and their gradients with those of the CPU device.
func TestDepthwise(t *testing.T) {
	for name, change := range map[string]func(*device){"software": func(*device) {}, "gpu": likeGPU} {
		d := first(t, change)
		for _, c := range []struct {
			why            string
			x, w           []int
			stride, pad, d int
			typ            dtype.DType
		}{
			{"rows made of fours", []int{2, 3, 9, 12}, []int{3, 1, 3, 3}, 1, 1, 1, dtype.Float32},
			{"7 by 7", []int{1, 2, 8, 16}, []int{2, 1, 7, 7}, 1, 3, 1, dtype.Float32},
			{"no padding", []int{2, 2, 6, 8}, []int{2, 1, 3, 5}, 1, 0, 1, dtype.Float32},
			{"odd rows", []int{2, 3, 7, 7}, []int{3, 1, 3, 3}, 1, 1, 1, dtype.Float32},
			{"stride, dilation", []int{2, 3, 11, 12}, []int{3, 1, 3, 2}, 2, 2, 2, dtype.Float32},
			{"two channels of one", []int{2, 3, 6, 8}, []int{6, 1, 3, 3}, 1, 1, 1, dtype.Float32},
			{"one axis", []int{2, 3, 20}, []int{3, 1, 5}, 1, 2, 1, dtype.Float32},
			{"bfloat16", []int{2, 3, 5, 8}, []int{3, 1, 3, 3}, 1, 1, 1, dtype.BFloat16},
		} {
			attrs := op.ConvAttrs{Groups: c.x[1], Stride: []int{c.stride}, Pad: []int{c.pad}, Dilation: []int{c.d}}
			run := func(dev backend.Device) []*tensor.Tensor {
				whole := func(s []int, times, most int) *tensor.Tensor {
					n := 1
					for _, k := range s {
						n *= k
					}
					l := make([]float32, n)
					for i := range l {
						l[i] = float32(i*times%most - most/2)
					}
					return tensor.From(dev, l, s...).To(c.typ)
				}
				x, w := whole(c.x, 7, 5), whole(c.w, 5, 3)
				y := tensor.Apply(dev, op.Conv, attrs, x, w)[0]
				g := whole(y.Shape(), 3, 5)
				back, weight := attrs, attrs
				back.Size, weight.Size = c.x[2:], c.w[2:]
				return []*tensor.Tensor{y, tensor.Apply(dev, op.ConvTranspose, back, g, w)[0], tensor.Apply(dev, op.ConvWeight, weight, x, g)[0]}
			}
			got, want := run(d), run(tensor.CPU())
			for i := range got {
				if k := differ(got[i], want[i], 0); k >= 0 {
					t.Errorf("%s, %s: result %d differs at %d: %v, want %v", name, c.why, i, k, got[i].Float64s()[k], want[i].Float64s()[k])
				}
			}
		}
	}
}
