package vulkan

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// TestTranspose copies views with two of their axes exchanged, as GPUs do: by squares
// that are full and that are not, of elements of each size.
func TestTranspose(t *testing.T) {
	var own *device
	d := first(t, func(d *device) {
		likeGPU(d)
		own = d
	})
	copied := func() (n int) {
		for key := range own.pipelines {
			if strings.HasPrefix(key, "transpose ") {
				n++
			}
		}
		return n
	}
	for i, c := range []struct {
		why  string
		t    dtype.DType
		view func(dev backend.Device) *tensor.Tensor
	}{
		{"full squares", dtype.Float32, func(dev backend.Device) *tensor.Tensor { return numbersOf(dev, dtype.Float32, 64, 96).Transpose(0, 1) }},
		{"not full", dtype.Float32, func(dev backend.Device) *tensor.Tensor { return numbersOf(dev, dtype.Float32, 67, 83).Transpose(0, 1) }},
		{"part of rows, from an odd place", dtype.Int32, func(dev backend.Device) *tensor.Tensor {
			return numbersOf(dev, dtype.Int32, 90, 70).Narrow(1, 3, 50).Transpose(0, 1)
		}},
		{"long elements", dtype.Int64, func(dev backend.Device) *tensor.Tensor { return numbersOf(dev, dtype.Int64, 61, 75).Transpose(0, 1) }},
		{"pairs", dtype.BFloat16, func(dev backend.Device) *tensor.Tensor { return numbersOf(dev, dtype.BFloat16, 66, 70).Transpose(0, 1) }},
		{"no pairs", dtype.Float16, func(dev backend.Device) *tensor.Tensor { return numbersOf(dev, dtype.Float16, 67, 70).Transpose(0, 1) }},
		{"single bytes", dtype.Uint8, func(dev backend.Device) *tensor.Tensor { return numbersOf(dev, dtype.Uint8, 64, 96).Transpose(0, 1) }},
		{"more axes, not in order", dtype.Float32, func(dev backend.Device) *tensor.Tensor {
			return numbersOf(dev, dtype.Float32, 3, 17, 2, 40, 5).Permute(4, 2, 3, 0, 1).Narrow(2, 1, 35)
		}},
		{"channels last", dtype.Float32, func(dev backend.Device) *tensor.Tensor {
			return numbersOf(dev, dtype.Float32, 2, 20, 9, 33).Permute(0, 2, 3, 1)
		}},
	} {
		before := copied()
		got, want := c.view(d).Contiguous(), c.view(tensor.CPU()).Contiguous()
		if string(got.Bytes()) != string(want.Bytes()) {
			t.Errorf("%s: differs at element %d", c.why, differ(got, want, 0))
		}
		if n := copied() - before; (i == 0 || c.why == "long elements" || c.why == "pairs") && n != 1 && own.limits.SharedBytes > 9<<10 {
			t.Errorf("%s: %d kernels of squares are made, want one", c.why, n)
		}
	}
}
