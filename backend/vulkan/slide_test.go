package vulkan

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestSlide compares poolings and their gradients with the CPU device's, in rows
// that an invocation sees to many or few columns of, and as GPUs compute them. Sums
// are of whole numbers, and exact.
func TestSlide(t *testing.T) {
	// A quotient or sum of up to four is rounded otherwise, of numbers up to 60.
	tolerance := map[dtype.DType]float64{dtype.Float32: 60 * 0x1p-23, dtype.BFloat16: 60 * 0x1p-8, dtype.Float16: 60 * 0x1p-11}
	for name, change := range map[string]func(*device){"software": func(*device) {}, "gpu": likeGPU} {
		d := first(t, change)
		for i, c := range []struct {
			why string
			x   []int
			t   dtype.DType
			a   op.PoolAttrs
		}{
			{"apart, parts of eight", []int{2, 3, 6, 16}, dtype.Float32, op.PoolAttrs{Kernel: []int{2}}},
			{"overlapping, padded, parts of eight", []int{2, 2, 7, 24}, dtype.Float32, op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}}},
			{"the last part has fewer windows", []int{1, 2, 9, 16}, dtype.Float32, op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}}},
			{"a part of nothing but padding", []int{1, 2, 4, 8}, dtype.Float32, op.PoolAttrs{Kernel: []int{2}, Pad: []int{1}}},
			{"step by step, parts of four", []int{1, 3, 5, 12}, dtype.Float32, op.PoolAttrs{Kernel: []int{3}, Stride: []int{1}, Pad: []int{1}, ExcludePad: true}},
			{"odd rows", []int{2, 2, 7, 9}, dtype.Float32, op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}, Divisor: 5}},
			{"tall windows", []int{1, 2, 31, 8}, dtype.Float32, op.PoolAttrs{Kernel: []int{11, 3}, Stride: []int{4, 1}, Pad: []int{5, 1}}},
			{"one axis, over the end", []int{2, 1, 20}, dtype.Float32, op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Ceil: true}},
			{"three axes", []int{1, 2, 5, 4, 8}, dtype.Float32, op.PoolAttrs{Kernel: []int{2, 3, 2}, Stride: []int{2, 1, 2}, Pad: []int{1, 0, 1}}},
			{"16 bits", []int{2, 2, 6, 16}, dtype.BFloat16, op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}}},
			{"16 bits, odd rows", []int{2, 2, 6, 7}, dtype.Float16, op.PoolAttrs{Kernel: []int{2}, Stride: []int{2}}},
		} {
			if testing.Short() && i%3 > 0 { // each compiles kernels
				continue
			}
			numbers := func(dev backend.Device, odd bool, s ...int) *tensor.Tensor {
				n := 1
				for _, k := range s {
					n *= k
				}
				l := make([]float32, n)
				for i := range l {
					l[i] = float32(i*7919%61 - 30)
				}
				for i := 0; odd && i < n/2; i += 37 {
					l[i], l[n-1-i] = float32(math.NaN()), float32(math.Inf(-1))
				}
				return tensor.From(dev, l, s...).To(c.t)
			}
			run := func(dev backend.Device) []*tensor.Tensor {
				back := c.a
				back.Size = c.x[2:]
				max := tensor.Apply(dev, op.MaxPool, c.a, numbers(dev, true, c.x...))
				mean := tensor.Apply(dev, op.AvgPool, c.a, numbers(dev, false, c.x...))
				g := numbers(dev, false, mean[0].Shape()...)
				return []*tensor.Tensor{max[0], max[1], mean[0], tensor.Apply(dev, op.MaxPoolGrad, back, g, max[1])[0], tensor.Apply(dev, op.AvgPoolTranspose, back, g)[0]}
			}
			want := run(tensor.CPU())
			for i, got := range run(d) {
				l := got.Float64s()
				for k, w := range want[i].Float64s() {
					if l[k] != w && !(l[k] != l[k] && w != w) && (i < 2 || !(math.Abs(l[k]-w) <= tolerance[c.t])) {
						t.Fatalf("%s, %s: output %d, element %d is %v, want %v", name, c.why, i, k, l[k], w)
					}
				}
			}
		}
	}
}
