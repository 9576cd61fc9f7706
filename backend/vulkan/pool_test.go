package vulkan

import (
	"errors"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestMaxPoolGrad compares the gradient as GPUs compute it with the CPU device's,
// in whole numbers, of which sums are exact.
func TestMaxPoolGrad(t *testing.T) {
	d := first(t, likeGPU)
	for _, c := range []struct {
		why string
		x   []int
		a   op.PoolAttrs
	}{
		{"apart", []int{2, 3, 6, 8}, op.PoolAttrs{Kernel: []int{2}}},
		{"overlapping, padded", []int{2, 2, 7, 9}, op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}}},
		{"one axis, dilated", []int{2, 1, 19}, op.PoolAttrs{Kernel: []int{3}, Stride: []int{1}, Dilation: []int{2}, Pad: []int{1}}},
		{"three axes, last window over the end", []int{1, 2, 5, 4, 6}, op.PoolAttrs{Kernel: []int{2, 3, 2}, Stride: []int{2, 1, 3}, Ceil: true}},
	} {
		run := func(dev backend.Device) *tensor.Tensor {
			n := 1
			for _, k := range c.x {
				n *= k
			}
			l := make([]float32, n)
			for i := range l {
				l[i] = float32(i * 7919 % 61)
			}
			out := tensor.Apply(dev, op.MaxPool, c.a, tensor.From(dev, l, c.x...))
			back := c.a
			back.Size = c.x[2:]
			return tensor.Apply(dev, op.MaxPoolGrad, back, out[0], out[1])[0]
		}
		got, want := run(d), run(tensor.CPU())
		if k := differ(got, want, 0); k >= 0 {
			t.Errorf("%s: %v, want %v", c.why, got.Float64s(), want.Float64s())
		}
	}
}

// TestManyWindows: products of how many windows there are with how many elements do
// not fit into a word, but do without a common divisor; where they do not, there is
// an error and no wrong mean.
func TestManyWindows(t *testing.T) {
	p := first(t, func(*device) {})
	for windows, good := range map[int]bool{66000: true, 65999: false} {
		run := func(dev backend.Device) (y []float64, err error) {
			err = tensor.Try(func() error {
				x := tensor.Arange(dev, dtype.Float32, 0, 70000, 1).Reshape(1, 1, 70000)
				y = tensor.Apply(dev, op.AdaptiveAvgPool, op.AdaptiveAttrs{Size: []int{windows}}, x)[0].Float64s()
				return nil
			})
			return y, err
		}
		got, err := run(p)
		if !good {
			if !errors.Is(err, backend.ErrUnsupported) {
				t.Errorf("%d windows: error %v, want ErrUnsupported", windows, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		want, _ := run(tensor.CPU())
		if !slices.Equal(got, want) {
			t.Errorf("%d windows of 70000 elements differ from the CPU's", windows)
		}
	}
}
