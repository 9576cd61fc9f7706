package vulkan

import (
	"math"
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// likeGPU makes a device run what a GPU does: on larger workgroups, and in more
// parts.
func likeGPU(d *device) { d.info.Kind = backend.DiscreteGPU }

// TestRadixSort compares with the CPU device, in lines of one block and of
// several.
func TestRadixSort(t *testing.T) {
	for name, change := range map[string]func(*device){"software": func(*device) {}, "gpu": likeGPU} {
		d := first(t, change)
		for _, c := range []struct {
			shape      []int
			axis       int
			typ        dtype.DType
			descending bool
		}{
			{[]int{3, 129}, 1, dtype.Float32, false},
			{[]int{1, 5000}, 1, dtype.Float32, true},
			{[]int{40001}, 0, dtype.Float32, false},
			{[]int{2, 700, 3}, 1, dtype.Float32, true},
			{[]int{2, 300}, 1, dtype.Int64, true},
			{[]int{2, 300}, 1, dtype.Int8, false},
			{[]int{2, 3000}, 1, dtype.BFloat16, false},
		} {
			x := make([]float32, 0, 40001)
			for i := range cap(x) { // many are equal
				x = append(x, float32(i*7919%1009-504)/4)
			}
			if c.typ.IsFloat() {
				x[5], x[17], x[100], x[128] = float32(math.NaN()), float32(math.Inf(-1)), float32(math.Copysign(0, -1)), float32(math.NaN())
			}
			sorted := func(dev backend.Device) []*tensor.Tensor {
				n := 1
				for _, k := range c.shape {
					n *= k
				}
				return tensor.Apply(dev, op.Sort, op.SortAttrs{Axis: c.axis, Descending: c.descending}, tensor.From(dev, x[:n], c.shape...).To(c.typ))
			}
			got, want := sorted(d), sorted(tensor.CPU())
			for i := range got {
				if k := differ(got[i], want[i], 0); k >= 0 {
					t.Fatalf("%s, %v: output %d differs at %d", name, c, i, k)
				}
			}
		}
	}
}

// differ returns the first place where got is not within a part of want, or -1.
// NaN is like NaN.
func differ(got, want *tensor.Tensor, part float64) int {
	g, w := got.Float64s(), want.Float64s()
	for k := range w {
		if g[k] != w[k] && !(g[k] != g[k] && w[k] != w[k]) && !(math.Abs(g[k]-w[k]) <= part*math.Abs(w[k])) {
			return k
		}
	}
	return -1
}

// TestRadixConformance sorts the samples of the table digit by digit.
func TestRadixConformance(t *testing.T) {
	defer func(n int) { radixFrom = n }(radixFrom)
	radixFrom = 0
	d := first(t, func(*device) {})
	o := conformance.Options{Short: true, Skip: LeftOut(t, d), Run: regexp.MustCompile(`^(sort|topk|kthvalue|median)/`)}
	if testing.Short() {
		o.OneIn = 16
	}
	conformance.Run(t, d, o)
}
