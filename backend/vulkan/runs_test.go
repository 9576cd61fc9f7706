package vulkan

import (
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// numbers makes a tensor of whole numbers around 0, fewer than most of them.
type numbers func(t dtype.DType, times, most int, s ...int) *tensor.Tensor

// TestJoinRuns compares what many indices send to few places, as GPUs join it,
// with the CPU device's, in whole numbers, of which sums are exact.
func TestJoinRuns(t *testing.T) {
	d := first(t, likeGPU)
	for _, c := range []struct {
		why string
		run func(whole numbers) *tensor.Tensor
	}{
		{"rows", func(whole numbers) *tensor.Tensor {
			return tensor.Apply(nil, op.IndexPut, op.IndexPutAttrs{Accumulate: true}, whole(dtype.Float32, 3, 7, 9, 5), whole(dtype.Float32, 7, 11, 200, 5), whole(dtype.Int64, 5, 18, 200))[0]
		}},
		{"two indices that broadcast, small floats", func(whole numbers) *tensor.Tensor {
			return tensor.Apply(nil, op.IndexPut, op.IndexPutAttrs{Accumulate: true}, whole(dtype.BFloat16, 3, 7, 4, 3, 3), whole(dtype.BFloat16, 7, 3, 40, 3, 1), whole(dtype.Int32, 5, 4, 40, 1), whole(dtype.Int64, 1, 6, 3))[0]
		}},
		{"along the first axis", func(whole numbers) *tensor.Tensor {
			return tensor.Apply(nil, op.ScatterAdd, op.AxisAttrs{}, whole(dtype.Float32, 3, 7, 6, 4), whole(dtype.Int64, 7, 11, 300, 4).Abs(), whole(dtype.Float32, 5, 9, 300, 4))[0]
		}},
		{"the largest along the last, integers", func(whole numbers) *tensor.Tensor {
			return tensor.Apply(nil, op.ScatterReduce, op.ScatterReduceAttrs{Axis: 1, By: op.ByMax}, whole(dtype.Int32, 3, 7, 2, 2000), whole(dtype.Int64, 7, 2000, 2, 3000).Abs(), whole(dtype.Int32, 5, 999, 2, 3000))[0]
		}},
	} {
		on := func(dev backend.Device) *tensor.Tensor {
			return c.run(func(t dtype.DType, times, most int, s ...int) *tensor.Tensor {
				n := 1
				for _, k := range s {
					n *= k
				}
				l := make([]float32, n)
				for i := range l {
					l[i] = float32(i*times*7919%most - most/2)
				}
				return tensor.From(dev, l, s...).To(t)
			})
		}
		got, want := on(d), on(tensor.CPU())
		if k := differ(got, want, 0); k >= 0 {
			t.Errorf("%s: differs at %d: %v, want %v", c.why, k, got.Float64s()[k], want.Float64s()[k])
		}
	}
}
